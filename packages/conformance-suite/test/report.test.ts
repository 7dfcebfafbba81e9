import { describe, expect, it } from "vitest";
import { loadHarness } from "../src/harness/load-harness.js";
import { runConformance } from "../src/index.js";
import type { Report, Verdict } from "../src/index.js";
import { diffReports } from "../src/report/diff.js";
import { mergeReports } from "../src/report/merge.js";

const memory = await loadHarness("@stowage/store-memory/conformance");
const report = await runConformance(memory, { only: ["put.overwrite", "del.works", "ver."] });

function with_(id: string, verdict: Verdict): Report {
  return {
    ...report,
    results: report.results.map((result) => (result.id === id ? { ...result, verdict, error: "broken" } : result)),
  };
}

describe("a report", () => {
  it("counts verdicts in all and by area, and survives JSON", () => {
    expect(report.counts).toMatchObject({ fail: 0, "not-run": 0 });
    expect(Object.keys(report.areas)).toEqual(["B", "J", "S"]);
    expect(report.areas["B"]?.counts.pass).toBe(report.results.filter(({ area }) => area === "B").length);
    expect(JSON.parse(JSON.stringify(report))).toEqual(JSON.parse(JSON.stringify(report)));
    expect(report).toMatchObject({ schema: "conformance-report/1", ok: true, profile: "full" });
  });

  it("says by which refusal a case passed that the store cannot run", () => {
    expect(report.results.find(({ id }) => id === "ver.read-old")).toMatchObject({
      verdict: "pass-rejected",
      reason: "see reject.versions",
    });
  });
});

describe("report merge", () => {
  it("shows a matrix by area and every case that did not simply pass", () => {
    const page = mergeReports([report, with_("del.works", "fail")]);
    expect(page).toContain("| J Delete | 1/1 | 1/1 |");
    expect(page).toContain("**FAIL**: broken");
    expect(page).toContain("`del.works`");
    expect(page).not.toContain("`put.overwrite-shorter`");
  });
});

describe("report diff", () => {
  it("finds a case that got worse, one that got better, and one that is gone", () => {
    const worse = with_("del.works", "fail");
    expect(diffReports(report, worse)).toEqual([{ id: "del.works", before: "pass", after: "fail", worse: true }]);
    expect(diffReports(worse, report)).toEqual([{ id: "del.works", before: "fail", after: "pass", worse: false }]);
    const gone = { ...report, results: report.results.filter(({ id }) => id !== "del.works") };
    expect(diffReports(report, gone)).toEqual([{ id: "del.works", before: "pass", after: undefined, worse: true }]);
    expect(diffReports(report, report)).toEqual([]);
  });
});
