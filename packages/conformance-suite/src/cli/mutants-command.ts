import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { StoreError } from "@stowage/core";
import { everyCase } from "../engine/run.js";
import { loadHarness } from "../harness/load-harness.js";
import type { Harness } from "../harness/types.js";
import { mutants } from "../mutants/index.js";
import { killMatrix } from "../mutants/kill-matrix.generated.js";
import { formatMatrix, killersOf, matrixOf } from "../mutants/kill-matrix.js";
import type { Mutant } from "../mutants/mutant.js";
import { runMutant } from "../mutants/run-mutant.js";
import type { MutantOutcome } from "../mutants/run-mutant.js";

/** The stores that carry the faults, found at run time: the suite itself depends on no store. */
const CARRIERS: Readonly<Record<Mutant["over"], string>> = {
  any: "@stowage/store-memory/conformance",
  local: "@stowage/store-file/conformance",
};

export async function mutantsCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      update: { type: "string" },
      harness: { type: "string", default: CARRIERS.any },
    },
  });
  const { only, update } = values;
  const recorded = killersOf(killMatrix);
  const chosen = mutants.filter(({ name }) => only === undefined || only.some((prefix) => name.startsWith(prefix)));
  if (chosen.length === 0)
    throw new StoreError({ code: "InvalidArgument", message: `no mutant's name begins with ${only?.join(" or ")}` });
  const carriers = new Map<Mutant["over"], Harness>();
  const outcomes: MutantOutcome[] = [];
  for (const mutant of chosen) {
    const carrier =
      carriers.get(mutant.over) ?? (await loadHarness(mutant.over === "any" ? values.harness : CARRIERS[mutant.over]));
    carriers.set(mutant.over, carrier);
    const known = recorded.get(mutant.name);
    const outcome = await runMutant(
      carrier,
      mutant,
      values.full || known === undefined ? {} : { cases: new Set(known) },
    );
    outcomes.push(outcome);
    process.stdout.write(`${lineOf(outcome)}\n`);
  }
  if (update !== undefined)
    await writeFile(
      update,
      formatMatrix(
        matrixOf(
          allOutcomes(outcomes, recorded),
          everyCase().map(({ id }) => id),
        ),
      ),
    );
  const killed = outcomes.filter(({ killers }) => killers.length > 0).length;
  const broadly = outcomes.filter(({ killers }) => killers.length > 1).length;
  process.stdout.write(`\n${killed} of ${outcomes.length} mutants killed, ${broadly} of them by two or more cases\n`);
  return killed === outcomes.length ? 0 : 1;
}

/** In the order of the mutants; of those that were not run (`--only`) what is recorded. */
function allOutcomes(
  run: readonly MutantOutcome[],
  recorded: ReadonlyMap<string, readonly string[]>,
): readonly Pick<MutantOutcome, "mutant" | "killers">[] {
  return mutants.map(
    (mutant) =>
      run.find((outcome) => outcome.mutant === mutant) ?? { mutant, killers: recorded.get(mutant.name) ?? [] },
  );
}

function lineOf({ mutant, killers, tried }: MutantOutcome): string {
  const shown = killers.length > 4 ? [...killers.slice(0, 4), `and ${killers.length - 4} more`] : killers;
  const verdict = killers.length === 0 ? `SURVIVED ${tried} cases` : `killed by ${shown.join(", ")}`;
  return `${mutant.family.padEnd(20)} ${mutant.name.padEnd(36)} ${verdict}`;
}
