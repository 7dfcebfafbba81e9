let second = 0;
let text = "";

/** Now, as HTTP writes it. Made once a second. */
export function httpDateNow(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    text = new Date(now * 1000).toUTCString();
  }
  return text;
}
