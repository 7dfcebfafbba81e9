// What the benchmarks' servers serve and take: byte at offset o of every object. s3/sink.c knows the same formula.
// No part size is a multiple of the period, so that a part in another's place shows.
const PERIOD = 2 ** 20 - 3;

/** @param {number} offset */
export function expectedByte(offset) {
  const at = offset % PERIOD;
  return (at * 31 + (at >> 8)) & 255;
}

/**
 * Throws unless `bytes` are `length` bytes of an object from `offset` on; looks at some of them, at no cost that shows.
 *
 * @param {Uint8Array} bytes
 * @param {number} length
 * @param {number} [offset]
 */
export function verify(bytes, length, offset = 0) {
  if (bytes.byteLength !== length) throw new Error(`got ${bytes.byteLength} bytes instead of ${length}`);
  const check = (/** @type {number} */ index) => {
    if (bytes[index] !== expectedByte(offset + index)) throw new Error(`wrong byte at ${offset + index}`);
  };
  for (const index of [0, 1, length >> 2, length >> 1, length - 2, length - 1]) check(index);
  for (let index = PERIOD; index < length; index += PERIOD) check(index);
}

/** @param {number} length */
export function content(length) {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index += 1) bytes[index] = expectedByte(index);
  return bytes;
}
