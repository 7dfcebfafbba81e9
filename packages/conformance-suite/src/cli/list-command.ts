import { parseArgs } from "node:util";
import { AREAS } from "../engine/case.js";
import { everyCase } from "../engine/run.js";
import { omitted } from "../cases/omitted.js";
import { casesPage } from "../report/cases-page.js";
import { killMatrix } from "../mutants/kill-matrix.generated.js";

export function listCommand(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: "boolean", default: false }, page: { type: "boolean", default: false } },
  });
  if (values.page) {
    process.stdout.write(casesPage(everyCase()));
    return 0;
  }
  const cases = everyCase().map(({ id, area, list, level, size, needs, parts, why }) => ({
    ...{ id, area, list, level, size, needs, parts, why },
    kills: killMatrix[id] ?? [],
  }));
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ areas: AREAS, cases, omitted }, undefined, 2)}\n`);
    return 0;
  }
  for (const { id, list, level, why } of cases)
    process.stdout.write(`${id.padEnd(44)} ${list.join(",").padEnd(8)} ${level.padEnd(6)} ${why}\n`);
  process.stdout.write(
    `\n${cases.length} cases; ${Object.keys(omitted).length} numbers of the list have a reason instead of a case\n`,
  );
  return 0;
}
