export interface SigningTime {
  /** `YYYYMMDD`. */
  readonly day: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly stamp: string;
}

let second = Number.NaN;
let current: SigningTime = { day: "", stamp: "" };

/** A moment as signatures write it; made once a second. */
export function signingTime(now: number): SigningTime {
  const wanted = Math.floor(now / 1000);
  if (wanted === second) return current;
  const stamp = new Date(wanted * 1000).toISOString().replace(/[-:]|\.\d{3}/g, "");
  second = wanted;
  current = { day: stamp.slice(0, 8), stamp };
  return current;
}
