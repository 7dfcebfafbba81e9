import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { omitted } from "../src/cases/omitted.js";
import { AREAS, everyCase, SUITE_VERSION } from "../src/index.js";

const LAST = 346;

/** A page without what a formatter adds to align its tables. */
function plain(page: string): string {
  return page.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");
}

describe("the list of cases", () => {
  it("has a case, or a recorded reason, for every number", () => {
    const covered = new Set(everyCase().flatMap(({ list }) => list));
    const missing = Array.from({ length: LAST }, (_, index) => index + 1).filter(
      (line) => !covered.has(line) && !omitted[line],
    );
    expect(missing).toEqual([]);
  });

  it("gives no reason for a number that has a case", () => {
    const covered = new Set(everyCase().flatMap(({ list }) => list));
    expect(Object.keys(omitted).filter((line) => covered.has(Number(line)))).toEqual([]);
  });

  it("names every case once, says why it is there, and fits its area", () => {
    const ids = everyCase().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, why, area } of everyCase()) {
      expect(why.length, id).toBeGreaterThan(10);
      expect(AREAS).toHaveProperty(area);
    }
  });

  it("is what docs/conformance/cases.md shows", async () => {
    const { casesPage } = await import("../src/report/cases-page.js");
    const page = readFileSync(new URL("../../../docs/conformance/cases.md", import.meta.url), "utf8");
    expect(plain(page)).toBe(plain(casesPage(everyCase())));
  });

  it("carries the package's version", () => {
    const { version }: { version: string } = JSON.parse(
      readFileSync(new URL("../package.json", import.meta.url), "utf8"),
    );
    expect(SUITE_VERSION).toBe(version);
  });
});
