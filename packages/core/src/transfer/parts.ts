/** One piece of a transfer: `[start, end)` of the object, numbered from 1. */
export interface PartSpan {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** `[start, end)` cut into pieces of `partSize`, the last one shorter. */
export function* partSpans(start: number, end: number, partSize: number): Generator<PartSpan> {
  for (let at = start, number = 1; at < end; at += partSize, number++) {
    yield { number, start: at, end: Math.min(end, at + partSize) };
  }
}
