import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { StoreError } from "@stowage/core";
import { isProfile, PROFILES } from "../engine/profiles.js";
import { everyCase, runConformance } from "../engine/run.js";
import { loadHarness } from "../harness/load-harness.js";
import { throughInstruments, throughPrefix } from "../harness/through.js";
import type { Harness } from "../harness/types.js";
import { areaMatrix } from "../report/merge.js";
import { VERDICTS } from "../report/types.js";
import type { CaseResult, Report } from "../report/types.js";

export async function runCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      profile: { type: "string", default: "full" },
      only: { type: "string", multiple: true },
      through: { type: "string" },
      json: { type: "string" },
      seed: { type: "string" },
      verbose: { type: "boolean", default: false },
    },
  });
  const [specifier] = positionals;
  if (specifier === undefined || positionals.length > 1)
    throw wrong("run takes one harness: a file or a package's entry");
  const { profile } = values;
  if (!isProfile(profile)) throw wrong(`${profile} is no profile; known: ${PROFILES.join(", ")}`);
  for (const prefix of values.only ?? [])
    if (!everyCase().some(({ id }) => id.startsWith(prefix)))
      throw wrong(`no case's id begins with ${prefix}; "list" shows them`);
  const harness = through(await loadHarness(specifier), values.through);
  const report = await runConformance(harness, {
    profile,
    only: values.only,
    seed: values.seed,
    onResult: (result) => {
      if (values.verbose || isNoteworthy(result)) process.stdout.write(`${lineOf(result)}\n`);
    },
  });
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(summary(report));
  return report.ok ? 0 : 1;
}

function through(harness: Harness, view: string | undefined): Harness {
  if (view === undefined) return harness;
  if (view === "prefix") return throughPrefix(harness);
  if (view === "instruments") return throughInstruments(harness);
  throw wrong(`--through is prefix or instruments, not ${view}`);
}

function isNoteworthy({ verdict }: CaseResult): boolean {
  return verdict !== "pass" && verdict !== "pass-rejected";
}

function lineOf({ id, verdict, level, error, reason, evidence, ms }: CaseResult): string {
  const why = [error, reason, evidence].filter((text) => text !== undefined).join("\n");
  const head = `${verdict.padEnd(15)} ${id}${level === "should" ? " (should)" : ""} ${ms} ms`;
  return why === "" ? head : `${head}\n    ${why.replaceAll("\n", "\n    ")}`;
}

function summary(report: Report): string {
  const { store, target, counts, seed, ms, results, profile } = report;
  const parts = VERDICTS.filter((verdict) => counts[verdict] > 0 || verdict === "fail" || verdict === "not-run").map(
    (verdict) => `${counts[verdict]} ${verdict}`,
  );
  const version = target.version === undefined ? "" : ` ${target.version}`;
  return (
    `\n${areaMatrix([report])}\n` +
    `${store.name} on ${target.product}${version} (${target.kind}), profile ${profile}: ${results.length} verdicts in ${(ms / 1000).toFixed(1)} s: ${parts.join(", ")}\n` +
    `seed ${seed}: ${report.ok ? "conforms" : "does NOT conform"}\n`
  );
}

function wrong(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
