import { StoreError } from "@stowage/core";

/** Gathers a body of unknown length into memory that it owns whole. */
export class BodyCollector {
  readonly #max: number;
  readonly #chunks: Uint8Array[] = [];
  #received = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes a copy. */
  push(chunk: Uint8Array): void {
    this.#received += chunk.byteLength;
    if (this.#received > this.#max) throw tooLarge(this.#max);
    // Not slice(): a Buffer's is a view.
    this.#chunks.push(new Uint8Array(chunk));
  }

  take(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#received);
    let offset = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return all;
  }
}

export function tooLarge(limit: number): StoreError {
  return new StoreError({
    code: "Internal",
    message: `The service sent an answer of more than ${limit} bytes where a short one was expected.`,
    retryable: false,
  });
}
