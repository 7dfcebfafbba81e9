import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeMetadataName, unescapeMetadataName } from "./metadata-name.js";

const names = fc.string({
  unit: fc.constantFrom(...Array.from("abcdef_.-0123459xyz_-_2d5fe3")),
  minLength: 1,
  maxLength: 20,
});

describe("metadata names", () => {
  it("every legal name becomes a C# identifier and comes back, whatever it looks like", () => {
    fc.assert(
      fc.property(names, (name) => {
        const escaped = escapeMetadataName(name);
        expect(escaped).toMatch(/^[a-z_][a-z0-9_]*$/);
        expect(unescapeMetadataName(escaped)).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["author", "author"],
    ["under_score", "under_score"],
    ["content-sha", "content_2dsha"],
    ["a.b", "a_2eb"],
    ["1st", "_31st"],
    ["_31st", "_5f31st"],
    ["a_2db", "a_5f2db"],
  ])("%s is stored as %s", (name, escaped) => {
    expect(escapeMetadataName(name)).toBe(escaped);
  });

  it("reads names that other tools wrote, in any case", () => {
    expect(unescapeMetadataName("BuildNumber")).toBe("buildnumber");
    expect(unescapeMetadataName("hdi_isfolder")).toBe("hdi_isfolder");
  });
});
