import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentTypeOf } from "./content-type.js";
import { decodeHeaderText, encodeHeaderText } from "./encoded-word.js";
import { normalizeAttributes } from "./normalize.js";

const refused = expect.objectContaining({ code: "InvalidArgument" });

describe("attributes", () => {
  it("have a content type always: given, told by the extension, or octet-stream", () => {
    expect(normalizeAttributes("a.txt", {}).contentType).toBe("text/plain");
    expect(normalizeAttributes("a.txt", { contentType: "text/x; charset=utf-8" }).contentType).toBe(
      "text/x; charset=utf-8",
    );
    expect(normalizeAttributes("a", { metadata: {} }).contentType).toBe("application/octet-stream");
  });

  it("have metadata names in lower case; two that differ by case only are refused", () => {
    expect(normalizeAttributes("k", { metadata: { "X-Y_z.1": "v" } }).metadata).toEqual({ "x-y_z.1": "v" });
    expect(() => normalizeAttributes("k", { metadata: { a: "1", A: "2" } })).toThrow(refused);
  });

  it("keep a name like __proto__ as a plain entry", () => {
    const metadata: Record<string, string> = JSON.parse('{"__proto__":"p","constructor":"c"}');
    const kept = normalizeAttributes("k", { metadata }).metadata;
    expect(Object.entries(kept)).toEqual([
      ["__proto__", "p"],
      ["constructor", "c"],
    ]);
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  });

  it.each([
    [{ metadata: { "a b": "v" } }, "a space in a name"],
    [{ metadata: { "": "v" } }, "an empty name"],
    [{ metadata: { ä: "v" } }, "a letter beyond ASCII in a name"],
    [{ metadata: { "\u212a": "v" } }, "a letter that becomes ASCII in lower case"],
    [{ metadata: { a: "x\ny" } }, "a line feed"],
    [{ metadata: { a: "x\0" } }, "NUL"],
    [{ metadata: { a: "\ud800" } }, "a lone surrogate"],
    [{ metadata: { a: "x".repeat(2048) } }, "too much in all"],
    [{ metadata: { a: "ü".repeat(800) } }, "too much once encoded"],
    [{ metadata: { a: 5 } }, "a number"],
    [{ metadata: new Map([["a", "b"]]) }, "a Map, whose entries would be lost"],
    [{ metadata: [] }, "an array"],
    [{ contentType: "text" }, "no media type"],
    [{ contentType: "" }, "an empty content type"],
    [{ cacheControl: " x" }, "white space at an end"],
    [{ contentLanguage: "x".repeat(1025) }, "a long content attribute"],
    [{ contentDisposition: "a\r\nb" }, "a header injection"],
  ] as [object, string][])("refuse %j: %s", (input) => {
    expect(() => Reflect.apply(normalizeAttributes, undefined, ["k", input])).toThrow(refused);
  });

  it("come back from header text, whatever they hold", () => {
    const text = fc.string({ unit: "binary", maxLength: 60 }).filter((value) => !/[\r\n\0]/.test(value));
    fc.assert(
      fc.property(text, (value) => {
        const encoded = encodeHeaderText(value);
        expect(encoded).toMatch(/^[\x20-\x7e]*$/);
        expect(decodeHeaderText(encoded)).toBe(value);
      }),
      { numRuns: 200, examples: [["=?utf-8?q?a?="], [" a"], ["a  b"], ["=?"], ["ü"]] },
    );
  });

  it("are read as others encode them, too", () => {
    expect(decodeHeaderText("=?utf-8?q?a=C3=BC_b?=")).toBe("aü b");
    expect(decodeHeaderText("=?UTF-8?B?w7w=?= =?UTF-8?B?w7w=?=")).toBe("üü");
    expect(decodeHeaderText("=?broken")).toBe("=?broken");
  });
});

it("a content type is told by the last extension of the last segment", () => {
  expect(contentTypeOf("a/b.tar.gz")).toBe("application/gzip");
  expect(contentTypeOf("A.PNG")).toBe("image/png");
  for (const key of [".gitignore", "a/.png", "a.png/b", "a", "a.", "a.nosuchtype", "toString", "a.constructor"]) {
    expect(contentTypeOf(key)).toBe("application/octet-stream");
  }
});
