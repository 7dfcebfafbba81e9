/** One piece of a file to write. */
export interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/**
 * Cuts data that comes in ascending pieces of any size into whole blocks. What does not fill a block waits for the next piece, or
 * for the end: so nothing but whole blocks is written, and nothing passes through the page cache.
 */
export class SequentialWrite {
  readonly #waiting: Uint8Array;
  #waitingLength = 0;
  /** Where the waiting bytes belong. */
  #position = 0;

  constructor(block: number) {
    this.#waiting = new Uint8Array(block);
  }

  /** What can be written now. The pieces are views of `bytes` and of this object's own block, valid until the next call. */
  take(position: number, bytes: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    const block = this.#waiting.byteLength;
    // What does not continue the waiting bytes must not be mixed with them. The engine writes any piece, at the price of edges
    // that pass through the page cache.
    const expected = this.#waitingLength > 0 ? this.#position + this.#waitingLength : position - (position % block);
    if (position !== expected) return [{ position, bytes }];
    let from = 0;
    if (this.#waitingLength > 0) {
      from = Math.min(block - this.#waitingLength, bytes.byteLength);
      this.#waiting.set(bytes.subarray(0, from), this.#waitingLength);
      this.#waitingLength += from;
      if (this.#waitingLength < block) return pieces;
      pieces.push({ position: this.#position, bytes: this.#waiting });
      this.#waitingLength = 0;
    }
    const whole = bytes.byteLength - from - ((bytes.byteLength - from) % block);
    if (whole > 0) pieces.push({ position: position + from, bytes: bytes.subarray(from, from + whole) });
    this.#keep(position + from + whole, bytes.subarray(from + whole), pieces);
    return pieces;
  }

  /** What is left at the end; less than a block, perhaps nothing. */
  rest(): Piece {
    return { position: this.#position, bytes: this.#waiting.subarray(0, this.#waitingLength) };
  }

  #keep(position: number, bytes: Uint8Array, pieces: Piece[]): void {
    this.#position = position;
    if (bytes.byteLength === 0) return;
    // The block may be on its way to the disk as the first of the pieces.
    const [first] = pieces;
    if (first?.bytes === this.#waiting) pieces[0] = { position: first.position, bytes: this.#waiting.slice() };
    this.#waiting.set(bytes);
    this.#waitingLength = bytes.byteLength;
  }
}
