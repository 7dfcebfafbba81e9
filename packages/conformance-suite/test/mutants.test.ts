import { describe, expect, it } from "vitest";
import { loadHarness } from "../src/harness/load-harness.js";
import { everyCase } from "../src/index.js";
import { mutants } from "../src/mutants/index.js";
import { killMatrix } from "../src/mutants/kill-matrix.generated.js";
import { killersOf } from "../src/mutants/kill-matrix.js";
import type { Mutant } from "../src/mutants/mutant.js";
import { runMutant } from "../src/mutants/run-mutant.js";

const carriers: Readonly<Record<Mutant["over"], string>> = {
  any: "@stowage/store-memory/conformance",
  local: "@stowage/store-file/conformance",
};
const killers = killersOf(killMatrix);

/** Faults that the research behind the suite measured other suites by. */
const measured = [
  ...["del-noop", "del-lies-about-missing", "del-prefix", "put-create-only", "put-no-truncate", "put-append"],
  ...["get-missing-empty", "key-case-fold", "key-trim", "key-nfc", "key-pct-decode", "list-ignores-prefix"],
  ...["list-prefix-not-segment", "list-drops-after-1000", "list-duplicate", "list-shows-deleted", "bytes-utf8"],
  ...["empty-as-missing", "alias-input", "alias-output", "subarray-whole-buffer", "visible-late", "race-interleave"],
  ...["err-untyped", "truncate-64k", "clear-noop", "has-always-true", "ifnoneexist-ignored", "copy-empty", "copy-noop"],
  ...["copy-moves", "get-zeroed", "range-off-by-one", "list-drop-last", "size-wrong"],
];

describe("the committed kill matrix", () => {
  it("knows the mutants that there are, and cases that there are", () => {
    const names = new Set(mutants.map(({ name }) => name));
    expect([...killers.keys()].filter((name) => !names.has(name))).toEqual([]);
    const ids = new Set(everyCase().map(({ id }) => id));
    expect(Object.keys(killMatrix).filter((id) => !ids.has(id))).toEqual([]);
  });

  it("has every mutant killed, at least 80 of them by more than one case", () => {
    expect(mutants.map(({ name }) => name).filter((name) => !killers.has(name))).toEqual([]);
    expect([...killers.values()].filter((ids) => ids.length > 1).length).toBeGreaterThanOrEqual(80);
  });

  it("has every case kill a mutant (but those that need versions, which the reference store lacks): one that kills none cannot fail", () => {
    const seen = everyCase().filter(({ needs }) => !needs.includes("versions"));
    expect(seen.map(({ id }) => id).filter((id) => killMatrix[id] === undefined)).toEqual([]);
  });

  it("has the faults that other suites were measured by", () => {
    expect(measured.filter((name) => !killers.has(name))).toEqual([]);
  });
});

/** A few killers of each mutant are tried in every run, all of them by `npm run test:slow`. */
const TRIED = 3;

describe.each([...new Set(mutants.map(({ family }) => family))])("mutants: %s", (family) => {
  it("are killed by the cases that the matrix names", { timeout: 300_000 }, async () => {
    for (const mutant of mutants) {
      if (mutant.family !== family) continue;
      const known = (killers.get(mutant.name) ?? []).slice(0, TRIED);
      const outcome = await runMutant(await loadHarness(carriers[mutant.over]), mutant, {
        cases: new Set(known),
      });
      expect([mutant.name, ...outcome.killers]).toEqual([mutant.name, ...known]);
    }
  });
});
