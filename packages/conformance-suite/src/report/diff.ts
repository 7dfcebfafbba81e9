import type { CaseResult, Report, Verdict } from "./types.js";

export interface VerdictChange {
  readonly id: string;
  readonly before: Verdict | undefined;
  readonly after: Verdict | undefined;
  /** A case that passed and does not any more, or is gone. */
  readonly worse: boolean;
}

const good: ReadonlySet<Verdict | undefined> = new Set<Verdict | undefined>(["pass", "pass-rejected"]);

/** Cases whose verdict is another one, or that are only in one of the reports. */
export function diffReports(before: Report, after: Report): readonly VerdictChange[] {
  const verdicts = (results: readonly CaseResult[]): ReadonlyMap<string, Verdict> =>
    new Map(results.map(({ id, verdict }) => [id, verdict]));
  const [old, fresh] = [verdicts(before.results), verdicts(after.results)];
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .map((id) => ({ id, before: old.get(id), after: fresh.get(id) }))
    .filter((change) => change.before !== change.after)
    .map((change) => ({
      ...change,
      worse: good.has(change.before) ? !good.has(change.after) : change.after === "fail",
    }));
}
