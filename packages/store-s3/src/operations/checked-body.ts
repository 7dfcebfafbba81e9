import { StoreError } from "@stowage/core";
import type { BodyStream, Checksum } from "@stowage/http";
import { createChecksum } from "@stowage/http";
import { mismatch } from "./checksum-policy.js";
import type { ExpectedChecksum } from "./checksum-policy.js";

/** A body that must be as long as announced and, where the service told a checksum, have it: else its end is an error. */
export class CheckedBody implements AsyncIterator<Uint8Array, undefined, undefined> {
  readonly #body: BodyStream;
  readonly #expected: ExpectedChecksum | undefined;
  readonly #checksum: Checksum | undefined;
  #left: number;

  constructor(body: BodyStream, length: number, expected: ExpectedChecksum | undefined) {
    this.#body = body;
    this.#left = length;
    this.#expected = expected;
    this.#checksum = expected === undefined ? undefined : createChecksum(expected.algorithm);
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const result = await this.#body.next();
    if (result.done === true) {
      this.#verify();
      return result;
    }
    this.#left -= result.value.byteLength;
    if (this.#left < 0) {
      this.#body.cancel(undefined);
      throw new StoreError({ code: "Internal", message: "the service sent more bytes than it announced" });
    }
    this.#checksum?.update(result.value);
    return result;
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#body.cancel(undefined);
    return { done: true, value: undefined };
  }

  #verify(): void {
    if (this.#left > 0)
      throw new StoreError({ code: "Unavailable", message: `the answer ended ${this.#left} bytes early` });
    if (this.#expected === undefined || this.#checksum === undefined) return;
    const actual = this.#checksum.base64();
    // The bytes are with the consumer already: reading on from here cannot mend them.
    if (actual !== this.#expected.value) throw mismatch(this.#expected, actual, false);
  }
}

/** Fills `target` with the bytes after the first `skip`, then gives the body up. */
export async function takeBytes<Target extends Uint8Array>(
  body: BodyStream,
  skip: number,
  target: Target,
): Promise<Target> {
  let toSkip = skip;
  let filled = 0;
  try {
    while (filled < target.byteLength) {
      const { done, value } = await body.next();
      if (done === true) {
        throw new StoreError({
          code: "Unavailable",
          message: `the answer ended after ${filled} of ${target.byteLength} bytes`,
        });
      }
      const from = Math.min(toSkip, value.byteLength);
      toSkip -= from;
      const piece = value.subarray(from, from + target.byteLength - filled);
      target.set(piece, filled);
      filled += piece.byteLength;
    }
  } finally {
    body.cancel(undefined);
  }
  return target;
}
