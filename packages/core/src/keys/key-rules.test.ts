import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRawUri, parseRawUri } from "../uri/raw-uri.js";
import { compareUtf16, compareUtf8 } from "./compare.js";
import { checkKeyLimits, checkPortableKey, checkServiceKey } from "./key-rules.js";

const segment = fc
  .string({ unit: "binary", minLength: 1, maxLength: 20 })
  .map((text) => text.replaceAll(/[/\0]/g, "x"))
  .filter((text) => text !== "." && text !== "..");
const legalKey = fc.array(segment, { minLength: 1, maxLength: 6 }).map((segments) => segments.join("/"));

describe("portable keys", () => {
  it.each([
    "a",
    "a/b",
    "a//b",
    "a/",
    "...",
    "a/.../b",
    ".a",
    " ",
    "%41",
    "a?b#c",
    "ü",
    "😀",
    "a\\b",
    "é",
    "a".repeat(1024),
    "é".repeat(512),
  ])("take %j", (key) => expect(() => checkPortableKey(key)).not.toThrow());

  it.each([
    "",
    "/a",
    ".",
    "..",
    "a/.",
    "a/..",
    "./a",
    "a/../b",
    "a\0b",
    "\ud800",
    "a\udc00",
    "a".repeat(1025),
    "é".repeat(513),
  ])("refuse %j", (key) =>
    expect(() => checkPortableKey(key)).toThrow(expect.objectContaining({ code: "InvalidKey" })),
  );

  it.each([undefined, null, 5, {}, ["a"]])("refuse %j, which is no string", (key) => {
    expect(() => checkPortableKey(key)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });

  it("are lifted by the service's own rules as far as a service goes", () => {
    for (const key of ["/a", "..", "a/../b", "a\0b"]) expect(() => checkServiceKey(key)).not.toThrow();
    for (const key of ["", "\ud800", "a".repeat(1025)]) {
      expect(() => checkServiceKey(key)).toThrow(expect.objectContaining({ code: "InvalidKey" }));
    }
  });

  it("are limited further by what a store cannot hold", () => {
    const local = {
      emptySegments: false,
      trailingSlash: false,
      objectAndPrefix: false,
      segmentBytes: 255,
      distinctSpellings: true,
      serviceKeys: false,
    };
    for (const key of ["a/", "a//b", "x".repeat(256), `a/${"é".repeat(128)}`]) {
      expect(() => checkKeyLimits(key, local)).toThrow(expect.objectContaining({ code: "InvalidKey" }));
    }
    for (const key of ["a/b", "x".repeat(255), `a/${"é".repeat(127)}`])
      expect(() => checkKeyLimits(key, local)).not.toThrow();
  });
});

describe("raw URIs", () => {
  it("carry every legal key unchanged", () => {
    fc.assert(
      fc.property(legalKey, (key) => {
        checkPortableKey(key);
        const uri = formatRawUri("s3", "bucket", key);
        expect(parseRawUri("s3", uri, "object")).toEqual({ container: "bucket", key });
        expect(formatRawUri("s3", "bucket", parseRawUri("s3", uri, "object").key)).toBe(uri);
      }),
    );
  });

  it("open a store at a prefix that ends in a slash", () => {
    expect(parseRawUri("s3", "s3://b", "store")).toEqual({ container: "b", key: "" });
    expect(parseRawUri("s3", "s3://b/a", "store")).toEqual({ container: "b", key: "a/" });
    expect(parseRawUri("az", "az://acc/con/a/b", "object", 2)).toEqual({ container: "acc/con", key: "a/b" });
  });

  it("refuse URL objects, which have altered the key, and what names no container or no key", () => {
    const refused = [
      new URL("s3://b/a"),
      "s3:///a",
      "s3://",
      "http://b/a",
      "s3:/b/a",
      "s3://b c/a",
      "s3://a@b/k",
    ] as const;
    for (const uri of refused) {
      expect(() => parseRawUri("s3", uri, "store")).toThrow(expect.objectContaining({ code: "InvalidUri" }));
    }
    expect(() => parseRawUri("s3", "s3://b/", "object")).toThrow(expect.objectContaining({ code: "InvalidUri" }));
    expect(() => parseRawUri("az", "az://acc", "store", 2)).toThrow(expect.objectContaining({ code: "InvalidUri" }));
  });
});

describe("orders", () => {
  it("compareUtf8 orders as the bytes do", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      {
        numRuns: 500,
        examples: [
          ["｡", "😀"],
          ["😀", "\u{10FFFF}"],
          ["a", "a"],
        ],
      },
    );
  });

  it("compareUtf16 orders as Azure does", () => {
    expect(compareUtf16("｡", "😀")).toBe(1);
    expect(compareUtf8("｡", "😀")).toBeLessThan(0);
    expect(compareUtf16("a", "a")).toBe(0);
  });
});
