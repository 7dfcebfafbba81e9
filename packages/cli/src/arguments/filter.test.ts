import { describe, expect, it } from "vitest";
import { parseFilter } from "./filter.js";

const keys = [
  "a.json",
  "a.txt",
  ".hidden.json",
  "logs/a.json",
  "logs/2026/b.json",
  "logs/2026/b.gz",
  "node_modules/x/index.js",
  "src/node_modules/y.js",
  "we ird/[x].json",
  "line\nfeed.json",
];

function passing(include: string[], exclude: string[] = []): string[] {
  const filter = parseFilter({ include, exclude });
  return keys.filter((key) => filter?.(key) ?? true);
}

describe("--include and --exclude", () => {
  it("pass everything when none is given", () => {
    expect(parseFilter({})).toBeUndefined();
    expect(parseFilter({ include: [], exclude: [] })).toBeUndefined();
  });

  it("match the last name where the pattern has no slash, dot files and odd names included", () => {
    expect(passing(["*.json"])).toEqual(keys.filter((key) => key.endsWith(".json")));
  });

  it("match the whole key where it has one, a single star staying within a name", () => {
    expect(passing(["logs/*.json"])).toEqual(["logs/a.json"]);
    expect(passing(["logs/**/*.json"])).toEqual(["logs/a.json", "logs/2026/b.json"]);
    expect(passing(["logs/**"])).toEqual(["logs/a.json", "logs/2026/b.json", "logs/2026/b.gz"]);
  });

  it("take a final slash for everything below", () => {
    expect(passing(["logs/"])).toEqual(["logs/a.json", "logs/2026/b.json", "logs/2026/b.gz"]);
  });

  it("exclude what lies in a directory that matches, at any depth", () => {
    const left = passing([], ["node_modules"]);
    expect(left).not.toContain("node_modules/x/index.js");
    expect(left).not.toContain("src/node_modules/y.js");
    expect(left).toHaveLength(keys.length - 2);
  });

  it("let an exclude win over an include", () => {
    expect(passing(["*.json"], ["logs/**"])).toEqual(
      [".hidden.json", "a.json", "we ird/[x].json", "line\nfeed.json"].toSorted(
        (a, b) => keys.indexOf(a) - keys.indexOf(b),
      ),
    );
  });

  it("match braces and escaped brackets", () => {
    expect(passing(["*.{gz,txt}"])).toEqual(["a.txt", "logs/2026/b.gz"]);
    expect(passing(["\\[x\\].json"])).toEqual(["we ird/[x].json"]);
  });

  it("take a leading exclamation mark literally, for --exclude says not", () => {
    const filter = parseFilter({ include: ["!a"] });
    expect(filter?.("!a")).toBe(true);
    expect(filter?.("b")).toBe(false);
  });

  it("refuse an empty pattern", () => {
    expect(() => parseFilter({ include: [""] })).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });
});
