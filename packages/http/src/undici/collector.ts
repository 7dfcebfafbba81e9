import { StoreError } from "@stowage/core";

/** Gathers a body of known or unknown length into memory that it owns whole. */
export class BodyCollector {
  readonly #max: number;
  readonly #length: number | undefined;
  #whole: Uint8Array<ArrayBuffer> | undefined;
  readonly #chunks: Uint8Array[] = [];
  #received = 0;

  constructor(length: number | undefined, max: number) {
    if (length !== undefined && length > max) throw tooLarge(max);
    this.#length = length;
    this.#max = max;
  }

  push(chunk: Uint8Array): void {
    if (this.#length !== undefined) {
      this.#whole ??= new Uint8Array(this.#length);
      if (this.#received + chunk.byteLength > this.#length) throw tooLarge(this.#length);
      this.#whole.set(chunk, this.#received);
    } else {
      if (this.#received + chunk.byteLength > this.#max) throw tooLarge(this.#max);
      this.#chunks.push(chunk);
    }
    this.#received += chunk.byteLength;
  }

  take(): Uint8Array<ArrayBuffer> {
    if (this.#length !== undefined && this.#received === this.#length) return this.#whole ?? new Uint8Array(0);
    const all = new Uint8Array(this.#received);
    if (this.#whole !== undefined) all.set(this.#whole.subarray(0, this.#received));
    let offset = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return all;
  }
}

function tooLarge(limit: number): StoreError {
  return new StoreError({
    code: "Internal",
    message: `The service sent an answer of more than ${limit} bytes where a short one was expected.`,
    retryable: false,
  });
}
