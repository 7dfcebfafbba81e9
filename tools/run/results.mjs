// What ran, as every part of the test run reports it, and the summary that ends the run.

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {"passed" | "failed" | "skipped"} state
 * @property {string} [detail] of a failure: its message; of a skip: what the machine lacks
 */

/** Failures listed again at the end; the whole output above has them all. */
const FAILURES_SHOWN = 50;

/**
 * `N passed, N failed`, with `, N skipped` when something was.
 *
 * @param {Result[]} results
 */
export function countLine(results) {
  /** @param {Result["state"]} state */
  const count = (state) => results.filter((result) => result.state === state).length;
  const skipped = count("skipped");
  return `${count("passed")} passed, ${count("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * Prints failures and skips by name, then the counts as the last line, and sets the exit code.
 *
 * @param {Result[]} results
 */
export function summarize(results) {
  const failed = results.filter((result) => result.state === "failed");
  if (failed.length > 0) console.log("\nFailed:");
  for (const { name, detail = "" } of failed.slice(0, FAILURES_SHOWN)) {
    console.log(`  ${name}\n    ${detail.trim().split("\n").slice(0, 4).join("\n    ")}`);
  }
  const reasons = groupSkips(results);
  if (reasons.size > 0) console.log("\nSkipped, because the machine lacks something:");
  for (const [reason, names] of reasons) {
    console.log(`  ${reason}: ${names.length}`);
    for (const name of names) console.log(`    ${name}`);
  }
  console.log(`\n${countLine(results)}`);
  process.exitCode = failed.length > 0 || results.length === 0 ? 1 : 0;
}

/**
 * @param {Result[]} results
 * @returns {Map<string, string[]>} names by reason
 */
function groupSkips(results) {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const { name, state, detail = "" } of results) {
    if (state === "skipped") groups.set(detail, [...(groups.get(detail) ?? []), name]);
  }
  return groups;
}
