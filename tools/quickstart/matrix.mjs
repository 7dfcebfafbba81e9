// The equivalence matrix: a row per area of the contract, a column per store, what was run, refused, failed and not run.

/**
 * The part of a conformance report that the matrix shows.
 *
 * @typedef {object} Report
 * @property {{ name: string }} store
 * @property {Record<string, number>} counts by verdict
 * @property {Record<string, { title: string, counts: Record<string, number> }>} areas
 */

/** Verdicts by column. Refused: the store says that it lacks the feature, and the suite proved the refusal. */
const COLUMNS = {
  run: ["pass", "known-fail"],
  refused: ["pass-rejected"],
  failed: ["fail", "unexpected-pass"],
  "not run": ["not-run"],
};

/**
 * @param {Report[]} reports
 * @returns {string}
 */
export function equivalenceMatrix(reports) {
  const areas = new Map(
    reports.flatMap(({ areas: one }) => Object.entries(one).map(([area, { title }]) => [area, title])),
  );
  const names = Object.keys(COLUMNS);
  const stores = reports.map(({ store }) => store.name.replace("@stowage/", ""));
  const rows = [...areas].map(([area, title]) => [
    `${area}  ${title}`,
    ...reports.map((report) => cells(report.areas[area]?.counts ?? {})),
  ]);
  rows.push(["all", ...reports.map(({ counts }) => cells(counts))]);
  const head = ["", ...reports.map(() => names.join(" / "))];
  const widths = head.map((_, column) =>
    Math.max(...[["", ...stores], head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  return [["", ...stores], head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}

/** @param {Record<string, number>} counts by verdict */
function cells(counts) {
  return Object.values(COLUMNS)
    .map((verdicts) => verdicts.reduce((sum, verdict) => sum + (counts[verdict] ?? 0), 0))
    .map((count, index) => String(count).padStart(Object.keys(COLUMNS)[index]?.length ?? 0))
    .join(" / ");
}

/** @param {Report} report */
export function failures({ counts }) {
  return COLUMNS.failed.reduce((sum, verdict) => sum + (counts[verdict] ?? 0), 0);
}
