import type { Case } from "../engine/case.js";
import { openSession } from "../engine/run.js";
import type { Session } from "../engine/run.js";
import type { Profile } from "../engine/profiles.js";
import type { Harness } from "../harness/types.js";
import type { Mutant, MutantFamily } from "./mutant.js";
import { mutate } from "./mutate.js";

/** A mutant makes calls hang; a case is not waited for as long as with a store under test. */
const MUTANT_DEADLINE_MS = 1500;

/** After so many cases that hang, the rest of a mutant's cases get a tenth of the time. */
const PATIENCE = 4;

/** The areas whose cases are tried on faults of a family: those that can tell. All on all would take an hour and say no more. */
const areasOf: Readonly<Record<MutantFamily, string>> = {
  "lost effect": "ABCDFGHIJKLNO",
  "wrong extent": "BCDEFKLMPS",
  "wrong key": "ABDFHIJKT",
  "wrong listing": "AIJKT",
  "wrong attributes": "BGKL",
  "wrong condition": "BDFIKLMPS",
  "wrong error": "ADEFGJKLPQST",
  "wrong upload": "GILMOPS",
  torn: "BCDKLN",
  aliasing: "ABDG",
  leak: "CDFLMNOP",
  lie: "ABDFHOT",
  cancel: "CO",
  retry: "FLMP",
  "unsupported ignored": "A",
  containers: "ANQ",
  presign: "R",
  registry: "T",
  wasteful: "CIMT",
  local: "U",
};

export interface MutantOutcome {
  readonly mutant: Mutant;
  /** Ids of the cases that failed, in the order of the suite. */
  readonly killers: readonly string[];
  /** Ids of the cases that were tried. */
  readonly tried: number;
}

export interface MutantOptions {
  /** Cases of this profile. Default `slow`. */
  readonly profile?: Profile | undefined;
  /** Only these cases, whatever their size. */
  readonly cases?: ReadonlySet<string> | undefined;
}

/** Runs the suite against a store with one fault. Only failed checks count: a case that merely hangs kills nothing. */
export async function runMutant(harness: Harness, mutant: Mutant, options: MutantOptions = {}): Promise<MutantOutcome> {
  const { profile = "slow", cases } = options;
  const killers: string[] = [];
  let tried = 0;
  let hanging = 0;
  await using session = await openMutant(harness, mutant, profile);
  for (const case_ of session.cases) {
    if (cases === undefined ? !isTried(case_, mutant) : !cases.has(case_.id)) continue;
    tried += 1;
    const result = await session.run(case_, hanging < PATIENCE ? MUTANT_DEADLINE_MS : MUTANT_DEADLINE_MS / 10);
    if (result.verdict !== "fail" || result.reason?.startsWith("see ") === true) continue;
    if (result.error?.startsWith("not done after") === true) hanging += 1;
    else killers.push(case_.id);
  }
  return { mutant, killers, tried };
}

/** Tables of hundreds of cases are tried where each line says something of its own. */
const tables: readonly (readonly [string, readonly MutantFamily[]])[] = [
  ["key.", ["wrong key", "lost effect"]],
  ["uri.roundtrip/", ["registry", "lie"]],
  ["range.matrix/", ["wrong extent"]],
  ["abort.pre-aborted/", ["cancel", "leak"]],
  ["close.use-after/", ["lie", "cancel"]],
];

/** Does the mutant say anything about the case? */
export function isTried({ id, area, size }: Case, { family }: Mutant): boolean {
  if (size === "L" && family !== "wrong extent" && family !== "wasteful") return false;
  const table = tables.find(([prefix]) => id.startsWith(prefix));
  return table === undefined ? areasOf[family].includes(area) : table[1].includes(family);
}

/** A fault so bad that the store cannot even be looked at is seen by no case: it must be told. */
async function openMutant(harness: Harness, mutant: Mutant, profile: Profile): Promise<Session> {
  try {
    return await openSession(mutate(harness, mutant), { profile, seed: "mutants" });
  } catch (error) {
    throw new Error(`the mutant ${mutant.name} cannot be opened`, { cause: error });
  }
}
