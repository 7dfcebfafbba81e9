import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodePercent, encodePath, encodeQueryValue } from "./percent.js";

it("encodes everything but RFC 3986's unreserved characters, and in paths the slash", () => {
  expect(encodePath("a/b-c_d.e~f")).toBe("a/b-c_d.e~f");
  expect(encodePath("a b+c&d=é!'()*?#%")).toBe("a%20b%2Bc%26d%3D%C3%A9%21%27%28%29%2A%3F%23%25");
  expect(encodeQueryValue("a/b")).toBe("a%2Fb");
});

it("every well-formed text comes back", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
      (text) => {
        expect(decodePercent(encodePath(text))).toBe(text);
        expect(decodePercent(encodeQueryValue(text))).toBe(text);
      },
    ),
  );
});

it("leaves alone what is not an encoding", () => {
  expect(decodePercent("100%")).toBe("100%");
  expect(decodePercent("a+b")).toBe("a+b");
});
