import { S3_DOCUMENT_KEPT } from "@stowage/core";
import { integerHeader } from "@stowage/http";
import type { HttpResponse, ResponseHead } from "@stowage/http";

let kept: Uint8Array<ArrayBuffer> | undefined;

/** At least so many bytes for a document, one's own until they are given back: fresh pages cost more than what is done with them. */
export function takeMemory(length: number): Uint8Array<ArrayBuffer> {
  if (kept === undefined || kept.byteLength < length) return new Uint8Array(length);
  const memory = kept;
  kept = undefined;
  return memory;
}

/** For the next document. Nobody may read or write the memory any more. */
export function giveBackMemory(memory: Uint8Array<ArrayBuffer>): void {
  if (memory.byteLength > S3_DOCUMENT_KEPT) return;
  if (kept === undefined || kept.byteLength < memory.byteLength) kept = memory;
}

/** Receives one document after another into the same memory, which is given back once the document has been read. */
export class DocumentMemory {
  #memory: Uint8Array<ArrayBuffer> | undefined;
  #length = 0;

  /** For `S3Request.receive`: successes of known length come here, everything else is collected. */
  receive({ status, headers }: ResponseHead): Uint8Array | "collect" {
    const length = status < 300 ? integerHeader(headers, "content-length") : undefined;
    if (length === undefined || length === 0 || length > S3_DOCUMENT_KEPT) return "collect";
    const memory = takeMemory(length);
    this.#memory = memory;
    this.#length = length;
    return memory.subarray(0, length);
  }

  /** What `read` makes of the document; it must keep nothing of the bytes. */
  read<Result>(answer: HttpResponse, read: (document: Uint8Array) => Result): Result {
    const memory = this.#memory;
    if (memory === undefined) return read(answer.bytes);
    const result = read(memory.subarray(0, Math.min(answer.received, this.#length)));
    this.#memory = undefined;
    giveBackMemory(memory);
    return result;
  }
}
