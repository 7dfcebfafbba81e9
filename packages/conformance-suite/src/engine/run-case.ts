import { isStoreError } from "@stowage/core";
import type { Harness } from "../harness/types.js";
import type { Case } from "./case.js";
import { CheckFailed, NotRun } from "./checks.js";
import { CaseContext } from "./context.js";
import { filesLeftOpen, leftovers, openFiles } from "./residue.js";
import type { RejectionWatch } from "./residue.js";

export interface Attempt {
  readonly outcome: "pass" | "fail" | "not-run";
  readonly reason?: string;
  readonly checks: number;
  readonly ms: number;
}

export interface AttemptSettings {
  readonly seed: string;
  readonly deadlineMs: number;
  readonly rejections: RejectionWatch;
}

/** Runs one case on a fresh namespace, then looks at what it left behind. Never rejects. */
export async function attemptCase(case_: Case, harness: Harness, settings: AttemptSettings): Promise<Attempt> {
  const began = performance.now();
  const filesBefore = openFiles();
  settings.rejections.take();
  const namespace = namespaceOf(case_.id);
  let context: CaseContext | undefined;
  let outcome: Pick<Attempt, "outcome" | "reason">;
  try {
    await harness.reset(namespace);
    context = new CaseContext(harness, namespace, await harness.open(namespace), `${settings.seed}/${case_.id}`);
    await withinDeadline(case_.run(context), settings.deadlineMs, `seed ${settings.seed}`);
    outcome = context.checks === 0 ? failed("the case checked nothing") : { outcome: "pass" };
  } catch (error) {
    outcome = error instanceof NotRun ? { outcome: "not-run", reason: error.message } : failed(describe(error));
  }
  if (context !== undefined) {
    // A call that never ends keeps its store from closing: that must not stop the run.
    const cleaning = residueOf(context, harness, namespace, filesBefore, outcome.outcome);
    const residue = await withinDeadline(cleaning, settings.deadlineMs, "closing its stores").catch(describe);
    if (residue !== undefined && outcome.outcome === "pass") outcome = failed(residue);
  }
  const unhandled = settings.rejections.take();
  if (unhandled.length > 0 && outcome.outcome === "pass") {
    outcome = failed(`a rejection was not handled: ${describe(unhandled[0])}`);
  }
  return { ...outcome, checks: context?.checks ?? 0, ms: Math.round(performance.now() - began) };
}

/** Closes what the case opened and empties its namespaces; what was left behind, if anything, in words. */
async function residueOf(
  context: CaseContext,
  harness: Harness,
  namespace: string,
  filesBefore: ReadonlyMap<string, string> | undefined,
  outcome: Attempt["outcome"],
): Promise<string | undefined> {
  try {
    const left: string[] = [];
    if (outcome === "pass" && harness.sideDoor !== undefined && !context.leavesUploads) {
      left.push(...(await leftovers(await harness.sideDoor(namespace))));
    }
    const listeners = await context.finish();
    if (listeners !== undefined) left.push(listeners);
    left.push(...filesLeftOpen(filesBefore).map((path) => `open file ${path}`));
    for (const used of context.namespaces) await harness.reset(used);
    return left.length === 0 ? undefined : `left behind: ${left.join("; ")}`;
  } catch (error) {
    return `cleaning up failed: ${describe(error)}`;
  }
}

async function withinDeadline<Value>(run: Promise<Value>, deadlineMs: number, about: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `not done after ${deadlineMs} ms (${about})`;
    timer = setTimeout(() => reject(new CheckFailed(message)), deadlineMs);
  });
  // A case that goes on after its deadline must not fail the next one.
  run.catch(() => {});
  try {
    return await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Letters, digits and `-` only, short enough for a container name. */
export function namespaceOf(id: string): string {
  let mark = 7;
  for (const unit of id) mark = (Math.imul(mark, 31) + (unit.codePointAt(0) ?? 0)) >>> 0;
  const words = id
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 30)
    .replace(/^-+|-+$/g, "");
  return `c-${words}-${mark.toString(36)}`;
}

function failed(reason: string): Pick<Attempt, "outcome" | "reason"> {
  return { outcome: "fail", reason };
}

function describe(error: unknown): string {
  if (error instanceof CheckFailed) return error.message;
  if (isStoreError(error)) return `StoreError ${error.code}: ${error.message}`;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}
