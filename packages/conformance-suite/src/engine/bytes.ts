import type { Bytes } from "@stowage/core";

/** A number in [0, 1) each call, the same sequence for the same seed (mulberry32). */
export function seededRandom(seed: string): () => number {
  let state = hash(seed);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/**
 * `size` bytes of which every window of a few bytes tells its position, so that a slice from the wrong place shows, and which
 * are no valid UTF-8. Another `salt` gives other bytes.
 */
export function positionedBytes(size: number, salt = 0): Bytes {
  const words = new Uint32Array(Math.ceil(size / 4));
  const step = Math.imul(salt + 1, 0x9e3779b1) | 1;
  for (let index = 0; index < words.length; index += 1) {
    let word = Math.imul(index + 1, step);
    word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d);
    words[index] = word ^ (word >>> 12) ^ salt;
  }
  // A buffer of exactly `size`: what the suite hands out follows the rule that it checks.
  return new Uint8Array(words.buffer.slice(0, size));
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && Buffer.compare(one, other) === 0;
}

/** Where two byte strings differ, in words. */
export function describeDifference(actual: Uint8Array, expected: Uint8Array): string {
  if (actual.byteLength !== expected.byteLength) {
    return `${actual.byteLength} bytes instead of ${expected.byteLength}`;
  }
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  return `byte ${at} is ${String(actual[at])} instead of ${String(expected[at])}`;
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
