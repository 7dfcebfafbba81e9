/** Castagnoli polynomial, bit-reversed. Source: RFC 3720, section 12.1. */
const POLYNOMIAL = 0x82f63b78;
const LANES = 8;

/** `tables[lane * 256 + byte]`: eight bytes are folded in at a time. */
const tables: Uint32Array = makeTables();

/** CRC32C of `bytes` appended to what `previous` is the CRC32C of. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const t = tables;
  const end = bytes.length;
  const whole = end - (end % LANES);
  let crc = ~previous;
  let i = 0;
  for (; i < whole; i += LANES) {
    crc ^= at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24);
    crc =
      at(t, 7 * 256 + (crc & 255)) ^
      at(t, 6 * 256 + ((crc >>> 8) & 255)) ^
      at(t, 5 * 256 + ((crc >>> 16) & 255)) ^
      at(t, 4 * 256 + (crc >>> 24)) ^
      at(t, 3 * 256 + at(bytes, i + 4)) ^
      at(t, 2 * 256 + at(bytes, i + 5)) ^
      at(t, 256 + at(bytes, i + 6)) ^
      at(t, at(bytes, i + 7));
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ at(t, (crc ^ at(bytes, i)) & 255);
  return ~crc >>> 0;
}

function makeTables(): Uint32Array {
  const made = new Uint32Array(LANES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    made[byte] = crc;
  }
  for (let i = 256; i < made.length; i++) made[i] = (at(made, i - 256) >>> 8) ^ at(made, at(made, i - 256) & 255);
  return made;
}

/** An index within bounds, by construction. */
function at(values: Uint8Array | Uint32Array, index: number): number {
  return values[index] ?? 0;
}
