import { AREAS } from "../engine/case.js";
import { VERDICTS } from "./types.js";
import type { AreaSummary, CaseResult, Report, Verdict } from "./types.js";

/** Everything of a report that does not follow from its results. */
export type ReportFacts = Omit<Report, "schema" | "counts" | "areas" | "results" | "ok">;

export function buildReport(facts: ReportFacts, results: readonly CaseResult[]): Report {
  return {
    schema: "conformance-report/1",
    ...facts,
    counts: count(results),
    areas: byArea(results),
    results,
    ok: !results.some(breaks),
  };
}

/** Does this result make a store not conform? */
export function breaks({ verdict, level }: Pick<CaseResult, "verdict" | "level">): boolean {
  return verdict === "unexpected-pass" || (verdict === "fail" && level === "must");
}

function byArea(results: readonly CaseResult[]): Record<string, AreaSummary> {
  const areas: Record<string, AreaSummary> = {};
  for (const [area, title] of Object.entries(AREAS)) {
    const own = results.filter((result) => result.area === area);
    if (own.length > 0) areas[area] = { title, counts: count(own) };
  }
  return areas;
}

function count(results: readonly CaseResult[]): Record<Verdict, number> {
  const counts = { pass: 0, "pass-rejected": 0, fail: 0, "known-fail": 0, "unexpected-pass": 0, "not-run": 0 };
  for (const verdict of VERDICTS) counts[verdict] = results.filter((result) => result.verdict === verdict).length;
  return counts;
}
