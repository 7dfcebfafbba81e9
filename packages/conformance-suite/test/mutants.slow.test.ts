import { describe, expect, it } from "vitest";
import { loadHarness } from "../src/harness/load-harness.js";
import { mutants } from "../src/mutants/index.js";
import { killMatrix } from "../src/mutants/kill-matrix.generated.js";
import { killersOf } from "../src/mutants/kill-matrix.js";
import { runMutant } from "../src/mutants/run-mutant.js";

const killers = killersOf(killMatrix);

describe("the whole kill matrix", () => {
  it("holds: each case fails on each mutant that it is said to kill", { timeout: 1_800_000 }, async () => {
    for (const mutant of mutants) {
      const carrier = mutant.over === "any" ? "@stowage/store-memory/conformance" : "@stowage/store-file/conformance";
      const known = killers.get(mutant.name) ?? [];
      const outcome = await runMutant(await loadHarness(carrier), mutant, { cases: new Set(known) });
      expect([mutant.name, ...outcome.killers]).toEqual([mutant.name, ...known]);
    }
  });
});
