import { crc32 } from "node:zlib";
import { crc32c } from "./crc32c.js";
import { CRC64_START, crc64nvme } from "./crc64nvme.js";

export const CHECKSUM_ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME"] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** A checksum that grows with its body. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  /** Of everything so far, as services write it: big-endian bytes in base64. */
  base64(): string;
}

/** CRC32 is zlib's (6 GB/s); the other two are computed in JavaScript at around 1 GB/s. */
export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  if (algorithm === "CRC64NVME") {
    let crc = CRC64_START;
    return {
      update: (bytes) => {
        crc = crc64nvme(bytes, crc);
      },
      base64: () => base64(crc.high, crc.low),
    };
  }
  const step = algorithm === "CRC32" ? crc32 : crc32c;
  let crc = 0;
  return {
    update: (bytes) => {
      crc = step(bytes, crc);
    },
    base64: () => base64(crc),
  };
}

/** The checksum of one body. */
export function checksumBase64(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  if (algorithm === "CRC64NVME") {
    const { high, low } = crc64nvme(bytes);
    return base64(high, low);
  }
  return base64(algorithm === "CRC32" ? crc32(bytes) : crc32c(bytes));
}

// Kept: a checksum is made for every small put.
const oneWord = Buffer.alloc(4);
const twoWords = Buffer.alloc(8);

function base64(first: number, second?: number): string {
  if (second === undefined) {
    oneWord.writeUInt32BE(first);
    return oneWord.toString("base64");
  }
  twoWords.writeUInt32BE(first);
  twoWords.writeUInt32BE(second, 4);
  return twoWords.toString("base64");
}
