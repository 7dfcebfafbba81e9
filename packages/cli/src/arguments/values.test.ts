import { describe, expect, it } from "vitest";
import { parseAttributes } from "./attributes.js";
import { parseRange } from "./range.js";
import { parseBytes, parseCount } from "./size.js";

const usage = expect.objectContaining({ code: "InvalidArgument" });

describe("parseBytes", () => {
  it.each([
    ["0", 0],
    ["4096", 4096],
    ["8MiB", 8 * 1024 ** 2],
    ["8M", 8 * 1024 ** 2],
    ["8MB", 8_000_000],
    ["1.5k", 1536],
    ["2 GiB", 2 * 1024 ** 3],
  ])("reads %j", (text, bytes) => {
    expect(parseBytes(text, "x")).toBe(bytes);
  });

  it.each(["", "-1", "x", "1.3", "8XB", "1e3", "0x10", "9007199254740993"])("refuses %j, naming the value", (text) => {
    expect(() => parseBytes(text, "--offset")).toThrow(/--offset is a number of bytes/);
  });
});

describe("parseCount", () => {
  it("refuses what is below the least", () => {
    expect(() => parseCount("0", "--n", 1)).toThrow(usage);
    expect(parseCount("1", "--n", 1)).toBe(1);
  });
});

describe("parseRange", () => {
  it("reads HTTP ranges with both ends included", () => {
    expect(parseRange({ range: "0-99" })).toEqual({ offset: 0, length: 100 });
    expect(parseRange({ range: "5-5" })).toEqual({ offset: 5, length: 1 });
    expect(parseRange({ range: "100-" })).toEqual({ offset: 100 });
    expect(parseRange({ range: "-100" })).toEqual({ suffix: 100 });
    expect(parseRange({ range: "1KiB-2KiB" })).toEqual({ offset: 1024, length: 1025 });
  });

  it("reads offset, length and suffix, zero included", () => {
    expect(parseRange({ offset: "8KiB" })).toEqual({ offset: 8192 });
    expect(parseRange({ length: "10" })).toEqual({ offset: 0, length: 10 });
    expect(parseRange({ offset: "3", length: "0" })).toEqual({ offset: 3, length: 0 });
    expect(parseRange({ suffix: "0" })).toEqual({ suffix: 0 });
    expect(parseRange({})).toBeUndefined();
  });

  it.each(["", "-", "a-b", "9-1", "1-2-3", "--5", "5"])("refuses the range %j", (range) => {
    expect(() => parseRange({ range })).toThrow(usage);
  });

  it("refuses two ways at once", () => {
    expect(() => parseRange({ range: "0-1", suffix: "3" })).toThrow(usage);
    expect(() => parseRange({ offset: "1", suffix: "3" })).toThrow(usage);
  });
});

describe("parseAttributes", () => {
  it("keeps everything after the first equals sign of a metadata pair", () => {
    expect(parseAttributes({ metadata: ["a=b=c", "empty="] }).metadata).toEqual({ a: "b=c", empty: "" });
  });

  it("refuses a pair without a name", () => {
    expect(() => parseAttributes({ metadata: ["=x"] })).toThrow(usage);
    expect(() => parseAttributes({ metadata: ["x"] })).toThrow(usage);
  });
});
