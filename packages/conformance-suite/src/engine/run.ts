import type { Capabilities, Feature } from "@stowage/core";
import { StoreError } from "@stowage/core";
import { buildReport } from "../report/build-report.js";
import type { CaseResult, Report } from "../report/types.js";
import { HARNESS_PARTS } from "../harness/types.js";
import type { Harness, HarnessPart, KnownFailure, SideDoor } from "../harness/types.js";
import { allCases } from "../cases/index.js";
import { SUITE_VERSION } from "../version.js";
import type { Case, SizeClass } from "./case.js";
import { inProfile } from "./profiles.js";
import type { Profile } from "./profiles.js";
import { refusals } from "./refusals.js";
import { RejectionWatch } from "./residue.js";
import { attemptCase, namespaceOf } from "./run-case.js";
import type { Attempt } from "./run-case.js";

export interface RunOptions {
  /** Default `full`. */
  readonly profile?: Profile | undefined;
  /** Only cases up to this size. Default: what the profile says. */
  readonly largest?: SizeClass | undefined;
  /** Only cases whose id starts with one of these. */
  readonly only?: readonly string[] | undefined;
  /** Default: random, printed in the report. */
  readonly seed?: string | undefined;
  /** Overrides each case's deadline, in milliseconds. */
  readonly deadlineMs?: number | undefined;
  readonly onResult?: ((result: CaseResult) => void) | undefined;
}

/** Runs the suite against a store, case by case, and reports every verdict. Rejects only when the harness itself fails. */
export async function runConformance(harness: Harness, options: RunOptions = {}): Promise<Report> {
  await using session = await openSession(harness, options);
  const began = performance.now();
  const results: CaseResult[] = [];
  for (const case_ of session.cases) {
    const result = await session.run(case_);
    results.push(result);
    options.onResult?.(result);
  }
  return buildReport(
    {
      suite: SUITE_VERSION,
      store: { name: harness.name, version: harness.version },
      target: harness.target,
      runtime: `node ${process.versions.node} ${process.platform} ${process.arch}`,
      profile: options.profile ?? "full",
      seed: session.seed,
      capabilities: session.capabilities,
      ms: Math.round(performance.now() - began),
    },
    results,
  );
}

/** The cases that apply to one store, and what runs them: for runner adapters. */
export interface Session extends AsyncDisposable {
  readonly cases: readonly Case[];
  readonly capabilities: Capabilities;
  readonly seed: string;
  /** Runs one of them; never rejects. */
  run(case_: Case, deadlineMs?: number): Promise<CaseResult>;
}

/** Starts the harness, reads the capabilities and selects the cases. Disposing it stops the harness. */
export async function openSession(harness: Harness, options: RunOptions = {}): Promise<Session> {
  validate(harness);
  const seed = options.seed ?? Math.random().toString(36).slice(2, 10);
  await harness.start?.();
  const rejections = new RejectionWatch();
  try {
    const { capabilities, parts } = await inspectHarness(harness);
    const cases = select(harness, capabilities, options);
    const refused = new Map<Feature, Promise<CaseResult>>();
    rejections.install();

    const attempt = (case_: Case, deadlineMs = options.deadlineMs ?? case_.deadline): Promise<Attempt> =>
      attemptCase(case_, harness, {
        seed,
        deadlineMs: deadlineMs * (harness.timing?.scale ?? 1),
        rejections,
      });
    const run = async (case_: Case, deadlineMs?: number): Promise<CaseResult> => {
      const lacking = case_.needs.find((feature) => capabilities[feature] === "unsupported");
      if (lacking !== undefined) {
        const refusal = refused.get(lacking) ?? run(refusals[lacking], deadlineMs);
        refused.set(lacking, refusal);
        return standIn(case_, await refusal);
      }
      const absent = case_.parts.find((part) => !parts.has(part));
      if (absent !== undefined) {
        return resultOf(
          case_,
          { outcome: "not-run", reason: `the harness has no ${absent}`, checks: 0, ms: 0 },
          undefined,
        );
      }
      return resultOf(case_, await attempt(case_, deadlineMs), knownFailure(harness, case_.id));
    };
    return {
      cases,
      capabilities,
      seed,
      run,
      async [Symbol.asyncDispose]() {
        rejections.remove();
        await harness.stop?.();
      },
    };
  } catch (error) {
    await harness.stop?.();
    throw error;
  }
}

/** Every case of the suite, refusals included, for listings. */
export function everyCase(): readonly Case[] {
  return [...allCases, ...Object.values(refusals)];
}

const SIZES: readonly SizeClass[] = ["S", "M", "L", "XL"];

function select(harness: Harness, capabilities: Capabilities, options: RunOptions): readonly Case[] {
  const { profile = "full", only } = options;
  return [...everyCase(), ...(harness.cases ?? [])].filter(
    (case_) =>
      inProfile(profile, case_) &&
      (case_.area !== "U" || harness.localPath !== undefined || harness.target.kind === "local") &&
      (options.largest === undefined || SIZES.indexOf(case_.size) <= SIZES.indexOf(options.largest)) &&
      case_.unless?.(capabilities) === undefined &&
      (only === undefined || only.some((prefix) => case_.id.startsWith(prefix))),
  );
}

async function inspectHarness(
  harness: Harness,
): Promise<{ readonly capabilities: Capabilities; readonly parts: ReadonlySet<HarnessPart> }> {
  const namespace = namespaceOf("inspection");
  await harness.reset(namespace);
  const store = await harness.open(namespace);
  const { capabilities } = store;
  await store.close();
  const door = await harness.sideDoor?.(namespace);
  const offered: Readonly<Record<HarnessPart, boolean>> = {
    driver: harness.driver !== undefined,
    openMissingContainer: harness.openMissingContainer !== undefined,
    openDenied: harness.openDenied !== undefined,
    openReadOnly: harness.openReadOnly !== undefined,
    containers: harness.containers !== undefined,
    faults: harness.faults !== undefined || harness.driver !== undefined,
    sideDoor: door !== undefined,
    listUploads: offers(door, "listUploads"),
    corrupt: offers(door, "corrupt"),
    localPath: harness.localPath !== undefined,
  };
  return { capabilities, parts: new Set(HARNESS_PARTS.filter((part) => offered[part])) };
}

function offers(door: SideDoor | undefined, name: keyof SideDoor): boolean {
  return door?.[name] !== undefined;
}

function knownFailure({ knownFailures, target }: Harness, id: string): KnownFailure | undefined {
  const known = knownFailures?.[id];
  if (known === undefined || known.product !== target.product) return undefined;
  return known.version === undefined || known.version === target.version ? known : undefined;
}

function resultOf(case_: Case, attempt: Attempt, known: KnownFailure | undefined): CaseResult {
  const { id, area, list, level } = case_;
  const base = { id, area, list, level, checks: attempt.checks, ms: attempt.ms };
  if (attempt.outcome === "not-run") return { ...base, verdict: "not-run", reason: attempt.reason };
  if (known !== undefined) {
    const { reason, evidence } = known;
    if (attempt.outcome === "fail") return { ...base, verdict: "known-fail", reason, evidence, error: attempt.reason };
    const error = "passes, though the harness calls it a known failure: remove its entry of knownFailures";
    return { ...base, verdict: "unexpected-pass", reason, evidence, error };
  }
  if (attempt.outcome === "fail") return { ...base, verdict: "fail", error: attempt.reason };
  return { ...base, verdict: id.startsWith("reject.") ? "pass-rejected" : "pass" };
}

/** The verdict of a case whose feature is refused: that of the refusal. */
function standIn({ id, area, list, level }: Case, refusal: CaseResult): CaseResult {
  const base = { id, area, list, level, checks: refusal.checks, ms: 0, reason: `see ${refusal.id}` };
  return { ...base, verdict: refusal.verdict, error: refusal.error };
}

/** Feature switches in a harness would let a store be tested as other than users get it. */
function validate(harness: Harness): void {
  const forbidden = ["capabilities", "supports", "features", "skip"].find((name) => name in harness);
  if (forbidden !== undefined) {
    throw new StoreError({
      code: "InvalidArgument",
      message: `a harness has no "${forbidden}": the suite reads store.capabilities and nothing else`,
    });
  }
  if (typeof harness.open !== "function" || typeof harness.reset !== "function") {
    throw new StoreError({ code: "InvalidArgument", message: "a harness needs open(namespace) and reset(namespace)" });
  }
  const ids = new Set([...everyCase(), ...(harness.cases ?? [])].map(({ id }) => id));
  const unknown = Object.keys(harness.knownFailures ?? {}).find((id) => !ids.has(id));
  if (unknown !== undefined) {
    throw new StoreError({
      code: "InvalidArgument",
      message: `knownFailures names ${JSON.stringify(unknown)}, which is no case: its failure would not be known any more`,
    });
  }
}
