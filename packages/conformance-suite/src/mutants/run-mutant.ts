import type { Area, Case } from "../engine/case.js";
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

/** Larger cases are tried on the faults of these families only, for time's sake; small ones on all. */
const familiesOf: Readonly<Partial<Record<Area, readonly MutantFamily[]>>> = {
  A: ["lie"],
  B: ["wrong extent", "lost effect"],
  C: ["wrong extent", "torn", "leak", "cancel", "wasteful"],
  D: ["wrong extent", "torn", "leak", "aliasing"],
  E: ["wrong extent"],
  F: ["wrong condition", "lost effect"],
  H: ["wrong key"],
  I: ["wrong listing"],
  J: ["lost effect"],
  K: ["lost effect", "wrong extent"],
  L: ["wrong condition", "torn"],
  M: ["wrong upload", "leak", "wrong extent"],
  N: ["torn", "lost effect", "leak"],
  O: ["cancel", "leak", "lie"],
  P: ["retry", "wrong error", "wrong extent"],
  Q: ["wrong error", "containers"],
  R: ["presign"],
  S: ["wrong extent", "wrong condition", "wrong upload"],
  T: ["wasteful"],
  U: ["local"],
};

export interface MutantOutcome {
  readonly mutant: Mutant;
  /** Ids of the cases that failed, in the order of the suite. */
  readonly killers: readonly string[];
  /** Ids of the cases that were tried. */
  readonly tried: number;
}

export interface MutantOptions {
  /** Cases of this profile. Default `full`. */
  readonly profile?: Profile | undefined;
  /** Only these cases, whatever their size. */
  readonly cases?: ReadonlySet<string> | undefined;
}

/** Runs the suite against a store with one fault. Only failed checks count: a case that merely hangs kills nothing. */
export async function runMutant(harness: Harness, mutant: Mutant, options: MutantOptions = {}): Promise<MutantOutcome> {
  const { profile = "full", cases } = options;
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

/** Cases made from tables are tried on the families that their table is about: hundreds of them say the same of all others. */
const tables: readonly (readonly [string, readonly MutantFamily[]])[] = [
  ["key.", ["wrong key", "lost effect"]],
  ["uri.roundtrip/", ["registry", "lie"]],
  ["ps.", ["presign"]],
  ["range.matrix/", ["wrong extent"]],
  ["abort.pre-aborted/", ["cancel", "leak"]],
  ["close.use-after/", ["lie", "cancel"]],
  ["ct.", ["containers", "wrong error"]],
];

/** Does the mutant say anything about the case? */
function isTried({ id, size, area }: Case, { family, over }: Mutant): boolean {
  if (over === "local") return area === "U";
  const table = tables.find(([prefix]) => id.startsWith(prefix));
  if (table !== undefined) return table[1].includes(family);
  return size === "S" || familiesOf[area]?.includes(family) === true;
}

/** A fault so bad that the store cannot even be looked at is seen by no case: it must be told. */
async function openMutant(harness: Harness, mutant: Mutant, profile: Profile): Promise<Session> {
  try {
    return await openSession(mutate(harness, mutant), { profile, seed: "mutants" });
  } catch (error) {
    throw new Error(`the mutant ${mutant.name} cannot be opened`, { cause: error });
  }
}
