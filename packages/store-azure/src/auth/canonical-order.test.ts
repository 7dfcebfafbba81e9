import { describe, expect, it } from "vitest";
import { compareHeaderNames } from "./canonical-order.js";

describe("order of signed headers", () => {
  it.each([
    [
      ["x-ms-meta-a1", "x-ms-meta-a_1"],
      ["x-ms-meta-a_1", "x-ms-meta-a1"],
    ],
    [
      ["x-ms-meta-b", "x-ms-meta-1", "x-ms-meta-_"],
      ["x-ms-meta-_", "x-ms-meta-1", "x-ms-meta-b"],
    ],
    [
      ["x-ms-meta-ab", "x-ms-meta-a"],
      ["x-ms-meta-a", "x-ms-meta-ab"],
    ],
    [
      ["x-ms-blob-type", "x-ms-access-tier", "x-ms-date"],
      ["x-ms-access-tier", "x-ms-blob-type", "x-ms-date"],
    ],
    [
      ["a-b", "ab"],
      ["ab", "a-b"],
    ],
    [
      ["a-bc", "ab-c"],
      ["ab-c", "a-bc"],
    ],
  ])("%j is signed as %j", (names, ordered) => {
    expect([...names].sort(compareHeaderNames)).toEqual(ordered);
  });
});
