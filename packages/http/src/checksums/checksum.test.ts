import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHECKSUM_ALGORITHMS, checksumBase64, createChecksum } from "./checksum.js";

const text = Buffer.from("123456789");

describe("checksums", () => {
  // Check values of the catalogue of parametrised CRC algorithms: CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME.
  it.each([
    ["CRC32", "cbf43926"],
    ["CRC32C", "e3069283"],
    ["CRC64NVME", "ae8b14860a799888"],
  ] as const)("%s of 123456789 is %s", (algorithm, hex) => {
    expect(Buffer.from(checksumBase64(algorithm, text), "base64").toString("hex")).toBe(hex);
  });

  it.each([
    ["CRC32", "AAAAAA=="],
    ["CRC32C", "AAAAAA=="],
    ["CRC64NVME", "AAAAAAAAAAA="],
  ] as const)("%s of nothing is %s", (algorithm, value) => {
    expect(checksumBase64(algorithm, new Uint8Array(0))).toBe(value);
  });

  it.each(CHECKSUM_ALGORITHMS)("%s in pieces is the same as at once", (algorithm) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        const checksum = createChecksum(algorithm);
        checksum.update(bytes.subarray(0, cut));
        checksum.update(bytes.subarray(cut));
        expect(checksum.base64()).toBe(checksumBase64(algorithm, bytes));
      }),
    );
  });
});
