// What an area measures, as rows: printed as a table, judged by their floors.

/**
 * @typedef {object} Row
 * @property {string} name what was done, on what
 * @property {string} measure what the value is, e.g. `speed, x of fs.promises.readFile` or `CPU us an operation`
 * @property {number} value NaN where nothing was measured
 * @property {"higher" | "lower"} better
 * @property {number} [floor] the worst value that passes
 * @property {number} [goal]
 * @property {string} [unmeasured] why nothing was: a floor is missed then, as nobody knows that it is met
 */

/** @param {Row} row */
export function meetsFloor({ value, floor, better }) {
  if (floor === undefined) return true;
  return better === "higher" ? value >= floor : value <= floor;
}

/**
 * A line for each floor that was not measured, which --check must not pass over.
 *
 * @param {Row[]} rows
 */
export function unmeasuredFloors(rows) {
  return rows.flatMap(({ name, measure, floor, unmeasured }) =>
    floor === undefined || unmeasured === undefined ? [] : [`not measured: ${name}, ${measure}: ${unmeasured}`],
  );
}

/** @param {Row} row */
export function meetsGoal({ value, goal, better, unmeasured }) {
  if (goal === undefined || unmeasured !== undefined) return true;
  return better === "higher" ? value >= goal : value <= goal;
}

/**
 * @param {Row[]} rows
 * @returns {string}
 */
export function table(rows) {
  const head = ["case", "measure", "value", "floor", "goal", ""];
  const body = rows.map((row) => [
    row.name,
    row.measure,
    format(row.value),
    limit(row, row.floor),
    limit(row, row.goal),
    verdict(row),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((line) => (line[column] ?? "").length)));
  const isNumber = (/** @type {number} */ column) => column >= 2 && column <= 4;
  return [head, ...body]
    .map((line) =>
      line
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** @param {Row} row */
function verdict(row) {
  if (row.unmeasured !== undefined) return "NOT MEASURED";
  if (!meetsFloor(row)) return "MISSED";
  return meetsGoal(row) ? "" : "below goal";
}

/** @param {Row} row @param {number | undefined} value */
function limit({ better }, value) {
  return value === undefined ? "" : `${better === "higher" ? ">=" : "<="} ${format(value)}`;
}

/** @param {number} value */
function format(value) {
  if (Number.isNaN(value)) return "-";
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}
