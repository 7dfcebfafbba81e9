import { array, assert, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { SequentialWrite } from "./sequential-write.js";
import type { Piece } from "./sequential-write.js";

const BLOCK = 16;

function apply(file: Uint8Array, { position, bytes }: Piece): void {
  file.set(bytes, position);
}

describe("a sequential write", () => {
  test("gives whole blocks at whole blocks only, and loses nothing", () => {
    assert(
      property(array(nat(50)), (lengths) => {
        const write = new SequentialWrite(BLOCK);
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const file = new Uint8Array(total);
        const expected = Uint8Array.from({ length: total }, (_, index) => index % 251);
        let position = 0;
        for (const length of lengths) {
          for (const piece of write.take(position, expected.slice(position, position + length))) {
            expect([piece.position % BLOCK, piece.bytes.byteLength % BLOCK]).toEqual([0, 0]);
            apply(file, piece);
          }
          position += length;
        }
        const rest = write.rest();
        expect(rest.bytes.byteLength).toBeLessThan(BLOCK);
        if (rest.bytes.byteLength > 0) apply(file, rest);
        expect(file).toEqual(expected);
      }),
    );
  });

  test("pieces that come out of order are not mixed with the end that waits", () => {
    const write = new SequentialWrite(BLOCK);
    const file = new Uint8Array(3 * BLOCK + 5);
    const expected = Uint8Array.from(file, (_, index) => index + 1);
    for (const [from, to] of [
      [2 * BLOCK, 3 * BLOCK + 5],
      [0, BLOCK],
      [BLOCK, 2 * BLOCK],
    ]) {
      for (const piece of write.take(from ?? 0, expected.slice(from, to))) apply(file, piece);
    }
    apply(file, write.rest());
    expect(file).toEqual(expected);
  });
});
