import type { DriverRead, ServedRange } from "../driver/types.js";
import { StoreError } from "../errors/index.js";

/**
 * Reads a driver's stream into `target` and gives the number of bytes written: those of `wanted`, whatever wider range the
 * driver served. The stream is released whatever happens.
 */
export async function fillFromStream(read: DriverRead, wanted: ServedRange, target: Uint8Array): Promise<number> {
  let filled = 0;
  for await (const chunk of wantedChunks(read, wanted)) {
    if (filled + chunk.byteLength > target.byteLength) {
      throw new StoreError({
        code: "IntegrityMismatch",
        message: `the answer holds more than the ${wanted.length} bytes it announced`,
      });
    }
    target.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return filled;
}

/**
 * The bytes of `wanted` out of what the driver serves: a wider answer (a service that ignored the range) is sliced, an answer
 * that does not hold them is `IntegrityMismatch`, one that breaks off is the driver's own error or `Unavailable`.
 */
export async function* wantedChunks(
  read: DriverRead,
  wanted: ServedRange,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  const { range, chunks } = read;
  let finished = false;
  try {
    checkServed(range, wanted);
    let position = range.offset;
    const end = wanted.offset + wanted.length;
    while (position < end) {
      const step = await chunks.next();
      if (step.done === true) {
        finished = true;
        throw new StoreError({
          code: "Unavailable",
          message: `the answer ended after ${Math.max(0, position - wanted.offset)} of ${wanted.length} bytes`,
        });
      }
      const chunk = step.value;
      const from = Math.max(0, wanted.offset - position);
      const to = Math.min(chunk.byteLength, end - position);
      position += chunk.byteLength;
      if (position > range.offset + range.length) throw tooMuch(range);
      if (to > from) yield from === 0 && to === chunk.byteLength ? chunk : chunk.subarray(from, to);
    }
    if (range.offset + range.length === end) {
      // Drain to the end so that the driver sees a clean finish (and may reuse its connection); a chunk may be empty.
      let step = await chunks.next();
      while (step.done !== true && step.value.byteLength === 0) step = await chunks.next();
      finished = step.done === true;
      if (!finished) throw tooMuch(range);
    }
    return undefined;
  } finally {
    if (!finished) await chunks.return?.();
  }
}

function tooMuch(range: ServedRange): StoreError {
  return new StoreError({
    code: "IntegrityMismatch",
    message: `the answer holds more than the ${range.length} bytes it announced`,
  });
}

/** Does the served range hold all of the wanted one? */
export function checkServed(served: ServedRange, wanted: ServedRange): void {
  if (served.offset <= wanted.offset && served.offset + served.length >= wanted.offset + wanted.length) return;
  throw new StoreError({
    code: "IntegrityMismatch",
    message:
      `bytes ${wanted.offset} to ${wanted.offset + wanted.length} were asked for, ` +
      `the answer holds ${served.offset} to ${served.offset + served.length}`,
  });
}
