import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseContentRange } from "./content-range.js";
import { formatHttpDate, parseDate, parseRetryAfter } from "./dates.js";
import { decodeHeaderText, encodeHeaderText } from "./encoded-words.js";
import { quoteEtag, unquoteEtag } from "./etag.js";

describe("text in headers", () => {
  it("round-trips every text without CR, LF and NUL, through ASCII without outer or double spaces", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        const encoded = encodeHeaderText(text);
        expect(encoded).toMatch(/^(?:[!-~](?:[ -~]*[!-~])?)?$/);
        expect(encoded).not.toContain("  ");
        expect(decodeHeaderText(encoded)).toBe(text);
      }),
    );
  });

  it.each([
    ["raw UTF-8 bytes", "Ã©", "é"],
    ["Latin-1 bytes that are no UTF-8", "\u00e9", "\u00e9"],
    ["an encoded word of another writer", "=?utf-8?Q?a=C3=A9_b?=", "aé b"],
  ])("reads %s", (_, value, text) => {
    expect(decodeHeaderText(value)).toBe(text);
  });
});

describe("dates and waits", () => {
  const date = new Date("2026-03-01T12:00:05.000Z");

  it("reads what Date.parse reads, damaged dates included, as Date.parse does", () => {
    const damage = fc.option(fc.tuple(fc.nat({ max: 23 }), fc.constantFrom("0", "9", "3", "-", "Z", " ", "a")));
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), fc.boolean(), damage, (then, whole, change) => {
        let text = then.toISOString();
        if (whole) text = text.replace(/\.\d+Z/, "Z");
        if (change !== null) text = text.slice(0, change[0]) + change[1] + text.slice(change[0] + 1);
        const time = Date.parse(text);
        expect(parseDate(text)?.getTime()).toBe(Number.isNaN(time) ? undefined : time);
      }),
      { numRuns: 2000 },
    );
  });

  it("reads HTTP's three forms and ISO 8601", () => {
    for (const text of [
      "Sun, 01 Mar 2026 12:00:05 GMT",
      "Sunday, 01-Mar-26 12:00:05 GMT",
      "Sun Mar  1 12:00:05 2026 GMT",
      "2026-03-01T12:00:05.000Z",
    ]) {
      expect(parseDate(text)).toEqual(date);
    }
    expect(parseDate("soon")).toBeUndefined();
    expect(formatHttpDate(date)).toBe("Sun, 01 Mar 2026 12:00:05 GMT");
  });

  it("reads Retry-After as seconds or as a date, never below zero", () => {
    expect(parseRetryAfter("3")).toBe(3000);
    expect(parseRetryAfter("Sun, 01 Mar 2026 12:00:05 GMT", date.getTime() - 1500)).toBe(1500);
    expect(parseRetryAfter("Sun, 01 Mar 2026 12:00:05 GMT", date.getTime() + 1500)).toBe(0);
    expect(parseRetryAfter("-3")).not.toBe(-3000);
    expect(parseRetryAfter("soon")).toBeUndefined();
    expect(parseRetryAfter(undefined)).toBeUndefined();
  });
});

describe("ranges and etags", () => {
  it.each([
    ["bytes 0-9/100", { offset: 0, length: 10, size: 100 }],
    ["bytes 5-5/*", { offset: 5, length: 1, size: undefined }],
    ["bytes */7", { offset: undefined, length: undefined, size: 7 }],
    ["bytes 9-5/100", undefined],
    ["bytes 0-100/100", undefined],
    ["items 0-1/2", undefined],
    [undefined, undefined],
  ])("%j is %j", (value, range) => {
    expect(parseContentRange(value)).toEqual(range);
  });

  it("etags lose and regain their quotes", () => {
    expect(unquoteEtag('"abc-2"')).toBe("abc-2");
    expect(unquoteEtag('W/"abc"')).toBe("abc");
    expect(unquoteEtag("abc")).toBe("abc");
    expect(quoteEtag("abc")).toBe('"abc"');
    expect(quoteEtag("*")).toBe("*");
  });
});
