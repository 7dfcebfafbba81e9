export interface ContentRange {
  /** Absent on an answer that says which range would have been possible (416). */
  readonly offset: number | undefined;
  readonly length: number | undefined;
  /** Bytes of the whole object; absent when the service does not tell. */
  readonly size: number | undefined;
}

/** A `Content-Range` of bytes, or `undefined` when it is missing or senseless. */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const match = /^bytes (?:(\d{1,16})-(\d{1,16})|\*)\/(?:(\d{1,16})|\*)$/.exec(value ?? "");
  if (match === null) return undefined;
  const [, first, last, total] = match;
  const size = total === undefined ? undefined : Number(total);
  if (first === undefined || last === undefined) return { offset: undefined, length: undefined, size };
  const offset = Number(first);
  const length = Number(last) - offset + 1;
  if (length < 1 || (size !== undefined && offset + length > size)) return undefined;
  return { offset, length, size };
}
