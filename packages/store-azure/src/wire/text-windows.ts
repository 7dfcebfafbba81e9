import { AZURE_LIST_WINDOW } from "@stowage/core";
import { isAscii } from "node:buffer";

/** A document's text, a piece at a time. `next(read)` goes on where the last piece has been read to. */
export interface TextWindows {
  /** The piece at hand reaches the document's end. */
  readonly last: boolean;
  next(read: number): string;
  /** A part of the piece at hand, as a string of its own: a slice would keep the whole piece in memory. */
  copy(start: number, end: number): string;
}

/** A document that is text already: one piece. */
export class TextWindow implements TextWindows {
  readonly last = true;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  next(): string {
    return this.#text;
  }

  copy(start: number, end: number): string {
    return this.#text.slice(start, end);
  }
}

/**
 * Pieces of a document in UTF-8: one string of megabytes costs more to make than to read. Each ends behind a `>`, so no character
 * is cut, and is longer than the one before it where nothing of that could be read.
 */
export class ByteWindows implements TextWindows {
  last = false;
  readonly #bytes: Buffer;
  #start = 0;
  #text = "";
  #ascii = true;
  #size = AZURE_LIST_WINDOW;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  next(read: number): string {
    if (read === 0 && this.#text !== "") this.#size *= 2;
    this.#start += this.#ascii ? read : Buffer.byteLength(this.#text.slice(0, read));
    const piece = this.#bytes.subarray(this.#start, this.#end());
    this.#ascii = isAscii(piece);
    this.#text = this.#ascii ? piece.toString("latin1") : utf8.decode(piece);
    return this.#text;
  }

  copy(start: number, end: number): string {
    if (this.#ascii) return this.#bytes.toString("latin1", this.#start + start, this.#start + end);
    return Buffer.from(this.#text.slice(start, end)).toString();
  }

  #end(): number {
    const { length } = this.#bytes;
    const limit = this.#start + this.#size;
    const bracket = limit >= length ? -1 : this.#bytes.lastIndexOf(GREATER, limit - 1);
    this.last = bracket < this.#start;
    return this.last ? length : bracket + 1;
  }
}

const GREATER = 0x3e;
// Keeps a byte order mark, so that lengths in text and in bytes agree.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
