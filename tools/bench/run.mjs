// `npm run bench -- <area> [--check] [--json]`: runs tools/bench/<area>/bench.mjs, prints what it measured; with --check a
// floor that is missed, or was not measured, exits 1. An area's default export is `async ({ log }) => Row[]`; measure/ has what areas share.
import { existsSync, readdirSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { meetsFloor, meetsGoal, table, unmeasuredFloors } from "./measure/rows.mjs";

const areas = readdirSync(new URL(".", import.meta.url)).filter((name) =>
  existsSync(new URL(`${name}/bench.mjs`, import.meta.url)),
);

const { values, positionals } = parseArgs({
  options: { check: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
  allowPositionals: true,
});
const [area = ""] = positionals;
if (!areas.includes(area) || positionals.length > 1) {
  console.error(`usage: npm run bench -- <area> [--check] [--json]\nareas: ${areas.join(", ")}`);
  process.exit(2);
}

const { default: bench } = await import(new URL(`${area}/bench.mjs`, import.meta.url).href);
/** @type {import("./measure/rows.mjs").Row[]} */
const rows = await bench({ log: (/** @type {string} */ text) => console.error(text) });
const missed = rows.filter((row) => !meetsFloor(row));
const belowGoal = rows.filter((row) => !meetsGoal(row));

if (values.json) {
  const machine = { node: process.version, processors: cpus().length, model: cpus()[0]?.model };
  console.log(JSON.stringify({ area, machine, rows, missed: missed.map(({ name }) => name) }, undefined, 2));
} else {
  console.log(`${table(rows)}\n`);
  const measured = rows.filter(({ floor }) => floor !== undefined).length;
  console.log(`${measured - missed.length} of ${measured} floors met, ${belowGoal.length} below goal`);
}
for (const line of unmeasuredFloors(rows)) console.error(line);
if (values.check && missed.length > 0) process.exitCode = 1;
