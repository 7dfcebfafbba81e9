import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseContentRange } from "./content-range.js";
import { formatHttpDate, parseDate, parseRetryAfter } from "./dates.js";
import { decodeHeaderText, encodeHeaderText } from "./encoded-words.js";
import { quoteEtag, unquoteEtag } from "./etag.js";

describe("text in headers", () => {
  it("leaves plain ASCII as it is", () => {
    for (const text of ["", "a", "text/plain; charset=utf-8", "a b c", "~!@#"])
      expect(encodeHeaderText(text)).toBe(text);
  });

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

  it("keeps every encoded word within 75 characters", () => {
    for (const word of encodeHeaderText("ключ😀".repeat(100)).split(" ")) expect(word.length).toBeLessThanOrEqual(75);
  });

  it.each([
    ["=?UTF-8?Q?a=C3=A9_b?=", "aé b"],
    ["=?ISO-8859-1?Q?a=E9?=", "aé"],
    ["=?utf-8?b?w6k=?= =?utf-8?b?w6k=?=", "éé"],
    ["=?nonsense?B?w6k=?=", "=?nonsense?B?w6k=?="],
    ["Ã©", "é"],
    ["\u00e9", "\u00e9"],
  ])("reads %j as %j", (value, text) => {
    expect(decodeHeaderText(value)).toBe(text);
  });
});

describe("dates and waits", () => {
  const date = new Date("2026-03-01T12:00:05.000Z");

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

  it("etags lose and regain their quotes; weak ones keep their mark", () => {
    expect(unquoteEtag('"abc-2"')).toBe("abc-2");
    expect(unquoteEtag("abc")).toBe("abc");
    expect(quoteEtag("abc")).toBe('"abc"');
    expect(quoteEtag(unquoteEtag('W/"abc"'))).toBe('W/"abc"');
  });
});
