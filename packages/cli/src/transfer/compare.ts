import { VERIFY_WHOLE_MAX } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";

/** One of two objects to compare. */
export interface Side {
  readonly store: ObjectStore;
  readonly key: string;
}

/**
 * Reads two objects and tells where they first differ: an offset in bytes, or `undefined` for none. `size` is that of the
 * first. Small ones in memory, large ones as two streams.
 */
export async function firstDifference(
  a: Side,
  b: Side,
  size: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (size <= VERIFY_WHOLE_MAX) {
    const [left, right] = await Promise.all([a.store.get(a.key, { signal }), b.store.get(b.key, { signal })]);
    return differenceOf(left.bytes, right.bytes);
  }
  await using left = await a.store.getStream(a.key, { signal });
  await using right = await b.store.getStream(b.key, { signal });
  if (left.info.size !== right.info.size) return Math.min(left.info.size, right.info.size);
  return await compareStreams(left.stream, right.stream);
}

/** Of two byte arrays; where one ends early, its length. */
export function differenceOf(a: Uint8Array, b: Uint8Array): number | undefined {
  if (Buffer.compare(a, b) === 0) return undefined;
  const shared = Math.min(a.byteLength, b.byteLength);
  for (let offset = 0; offset < shared; offset++) if (a[offset] !== b[offset]) return offset;
  return shared;
}

/** Compares whatever overlaps of the two current chunks, so chunk sizes may differ. */
async function compareStreams(
  a: ReadableStream<Uint8Array>,
  b: ReadableStream<Uint8Array>,
): Promise<number | undefined> {
  const left = new Chunks(a);
  const right = new Chunks(b);
  for (let offset = 0; ;) {
    const [x, y] = [await left.peek(), await right.peek()];
    if (x === undefined || y === undefined) return x === y ? undefined : offset;
    const length = Math.min(x.byteLength, y.byteLength);
    const difference = differenceOf(x.subarray(0, length), y.subarray(0, length));
    if (difference !== undefined) return offset + difference;
    left.skip(length);
    right.skip(length);
    offset += length;
  }
}

/** The chunks of a stream, with the part of the current one that is not compared yet. */
class Chunks {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #current: Uint8Array = new Uint8Array(0);

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** What is left of the current chunk, never empty; `undefined` at the end. */
  async peek(): Promise<Uint8Array | undefined> {
    while (this.#current.byteLength === 0) {
      const next = await this.#reader.read();
      if (next.done) return undefined;
      this.#current = next.value.subarray();
    }
    return this.#current;
  }

  skip(length: number): void {
    this.#current = this.#current.subarray(length);
  }
}
