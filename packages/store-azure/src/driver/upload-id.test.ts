import { describe, expect, it } from "vitest";
import {
  checkUploadId,
  emptyPartBlockId,
  newUploadId,
  partBlockId,
  readBlockId,
  uploadBlockId,
  uploadTime,
} from "./upload-id.js";

describe("block ids", () => {
  it("carry the upload, the part or the part size, all in one length", () => {
    const id = newUploadId(1_790_000_000_123);
    expect(uploadTime(id)).toBe(1_790_000_000_123);
    expect(readBlockId(partBlockId(id, 50_000))).toEqual({ uploadId: id, partNumber: 50_000, empty: false });
    expect(readBlockId(emptyPartBlockId(id, 7))).toEqual({ uploadId: id, partNumber: 7, empty: true });
    expect(readBlockId(uploadBlockId(id, 4_194_304_000))).toEqual({ uploadId: id, partSize: 4_194_304_000 });
    const lengths = [partBlockId(id, 1), partBlockId(id, 50_000), uploadBlockId(id, 1)].map(({ length }) => length);
    expect(new Set(lengths)).toEqual(new Set([64]));
  });

  it("never repeat, and those of other tools are left alone", () => {
    expect(new Set(Array.from({ length: 1000 }, () => newUploadId())).size).toBe(1000);
    expect(readBlockId(Buffer.alloc(48, "x").toString("base64"))).toBeUndefined();
  });

  it("that are none are refused", () => {
    expect(() => checkUploadId("x")).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });
});
