/** CRC-64/NVME, bit-reversed, as two halves. Source: NVM Express NVM Command Set Specification 1.0b, section 5.2.1.3.4. */
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;
const LANES = 8;

export interface Crc64 {
  readonly high: number;
  readonly low: number;
}

export const CRC64_START: Crc64 = { high: 0, low: 0 };

const highs: Uint32Array = new Uint32Array(LANES * 256);
const lows: Uint32Array = new Uint32Array(LANES * 256);
fillTables();

/** CRC64NVME of `bytes` appended to what `previous` is the CRC64NVME of. Halves, because BigInt would cost fifty times as much. */
export function crc64nvme(bytes: Uint8Array, previous: Crc64 = CRC64_START): Crc64 {
  const end = bytes.length;
  const whole = end - (end % LANES);
  let high = ~previous.high;
  let low = ~previous.low;
  let i = 0;
  for (; i < whole; i += LANES) {
    const a = low ^ (at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24));
    const b = high ^ (at(bytes, i + 4) | (at(bytes, i + 5) << 8) | (at(bytes, i + 6) << 16) | (at(bytes, i + 7) << 24));
    const i7 = 7 * 256 + (a & 255);
    const i6 = 6 * 256 + ((a >>> 8) & 255);
    const i5 = 5 * 256 + ((a >>> 16) & 255);
    const i4 = 4 * 256 + (a >>> 24);
    const i3 = 3 * 256 + (b & 255);
    const i2 = 2 * 256 + ((b >>> 8) & 255);
    const i1 = 256 + ((b >>> 16) & 255);
    const i0 = b >>> 24;
    high =
      at(highs, i7) ^
      at(highs, i6) ^
      at(highs, i5) ^
      at(highs, i4) ^
      at(highs, i3) ^
      at(highs, i2) ^
      at(highs, i1) ^
      at(highs, i0);
    low =
      at(lows, i7) ^
      at(lows, i6) ^
      at(lows, i5) ^
      at(lows, i4) ^
      at(lows, i3) ^
      at(lows, i2) ^
      at(lows, i1) ^
      at(lows, i0);
  }
  for (; i < end; i++) {
    const index = (low ^ at(bytes, i)) & 255;
    low = ((low >>> 8) | (high << 24)) ^ at(lows, index);
    high = (high >>> 8) ^ at(highs, index);
  }
  return { high: ~high >>> 0, low: ~low >>> 0 };
}

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let high = 0;
    let low = byte;
    for (let bit = 0; bit < 8; bit++) {
      const odd = (low & 1) === 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (odd) {
        low ^= POLYNOMIAL_LOW;
        high ^= POLYNOMIAL_HIGH;
      }
    }
    highs[byte] = high;
    lows[byte] = low;
  }
  for (let i = 256; i < highs.length; i++) {
    const high = at(highs, i - 256);
    const low = at(lows, i - 256);
    const index = low & 255;
    lows[i] = ((low >>> 8) | (high << 24)) ^ at(lows, index);
    highs[i] = (high >>> 8) ^ at(highs, index);
  }
}

/** An index within bounds, by construction. */
function at(values: Uint8Array | Uint32Array, index: number): number {
  return values[index] ?? 0;
}
