import { AREAS } from "../engine/case.js";
import { VERDICTS } from "./types.js";
import type { Report, Verdict } from "./types.js";

const marks: Readonly<Record<Verdict, string>> = {
  pass: "✓",
  "pass-rejected": "refused",
  fail: "**FAIL**",
  "known-fail": "known",
  "unexpected-pass": "**UNEXPECTED**",
  "not-run": "not run",
};

/** Several reports as one Markdown page: totals, a matrix by area, and every case that did not simply pass. */
export function mergeReports(reports: readonly Report[]): string {
  return `${totals(reports)}\n${byArea(reports)}\n${remarkable(reports)}`;
}

/** The matrix by area alone: one row an area, one column a store, passed of all. */
export function areaMatrix(reports: readonly Report[]): string {
  return byArea(reports);
}

function totals(reports: readonly Report[]): string {
  const rows = reports.map((report) => {
    const counts = VERDICTS.map((verdict) => String(report.counts[verdict]));
    return row([columnOf(report), report.profile, report.runtime, ...counts]);
  });
  return table(["Store", "Profile", "Runtime", ...VERDICTS], rows);
}

function byArea(reports: readonly Report[]): string {
  const rows = Object.entries(AREAS)
    .filter(([area]) => reports.some(({ areas }) => areas[area] !== undefined))
    .map(([area, title]) => row([`${area} ${title}`, ...reports.map((report) => cell(report, area))]));
  return table(["Area", ...reports.map(columnOf)], rows);
}

function cell({ areas }: Report, area: string): string {
  const counts = areas[area]?.counts;
  if (counts === undefined) return "";
  const passed = counts.pass + counts["pass-rejected"];
  const all = VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0);
  const rest = (["fail", "unexpected-pass", "known-fail", "not-run"] as const).filter((verdict) => counts[verdict] > 0);
  return [`${passed}/${all}`, ...rest.map((verdict) => `${counts[verdict]} ${verdict}`)].join(", ");
}

/** Cases that some store did not simply pass, with every store's verdict. */
function remarkable(reports: readonly Report[]): string {
  const ids = [...new Set(reports.flatMap(({ results }) => results.map(({ id }) => id)))];
  const byId = reports.map(({ results }) => new Map(results.map((result) => [result.id, result])));
  const rows = ids
    .map((id) => ({ id, found: byId.map((results) => results.get(id)) }))
    .filter(({ found }) => found.some((result) => result !== undefined && result.verdict !== "pass"))
    .map(({ id, found }) =>
      row([
        `\`${id}\``,
        ...found.map((result) =>
          result === undefined ? "" : marks[result.verdict] + because(result.reason ?? result.error),
        ),
      ]),
    );
  return rows.length === 0 ? "Every case passed everywhere.\n" : table(["Case", ...reports.map(columnOf)], rows);
}

function because(reason: string | undefined): string {
  return reason === undefined || reason.startsWith("see ") ? "" : `: ${reason.split("\n")[0]?.slice(0, 160) ?? ""}`;
}

function columnOf({ store, target }: Report): string {
  const version = target.version === undefined ? "" : ` ${target.version}`;
  return `${store.name} on ${target.product}${version} (${target.kind})`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  return [row(head), row(head.map(() => "---")), ...rows, ""].join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((text) => text.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
