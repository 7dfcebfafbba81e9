import { CONFORMANCE_CASE_DEADLINE_DEFAULT_MS } from "@stowage/core";
import type { Capabilities, Feature } from "@stowage/core";
import type { HarnessPart } from "../harness/types.js";
import type { CaseContext } from "./context.js";

/** Areas of the list of cases. */
export const AREAS = {
  A: "Harness and capabilities",
  B: "Whole-object write",
  C: "Streaming write",
  D: "Read",
  E: "Ranges",
  F: "Stat",
  G: "Attributes",
  H: "Keys",
  I: "List",
  J: "Delete",
  K: "Copy and rename",
  L: "Conditional",
  M: "Multipart",
  N: "Concurrency and consistency",
  O: "Cancellation and lifecycle",
  P: "Errors and retries",
  Q: "Containers",
  R: "Presign",
  S: "Integrity and versions",
  T: "Registry, URI, wrappers",
  U: "Local files",
} as const;

export type Area = keyof typeof AREAS;

/** What a case moves, roughly: S below 64 KiB and a few dozen requests, M below 8 MiB or many requests, L below 256 MiB, XL more. */
export type SizeClass = "S" | "M" | "L" | "XL";

/** One fact about a store. Data: no test runner is involved. */
export interface Case {
  /** Stable; cited by documentation and reports. */
  readonly id: string;
  readonly area: Area;
  /** Numbers of the list of cases in `docs/conformance/cases.md`. */
  readonly list: readonly number[];
  /** `must`: a store that fails it does not conform. `should`: reported, does not fail the run. */
  readonly level: "must" | "should";
  readonly size: SizeClass;
  /** Features without which the case makes no sense: where one is unsupported its refusal is proven instead. */
  readonly needs: readonly Feature[];
  /** Parts of the harness without which it cannot run. */
  readonly parts: readonly HarnessPart[];
  /** Says why the case does not apply to a store with these capabilities; it is then left out of the report. */
  readonly unless?: ((capabilities: Capabilities) => string | undefined) | undefined;
  /** The fault that it catches, or where it was met. */
  readonly why: string;
  /** Milliseconds; default 20,000. */
  readonly deadline: number;
  run(t: CaseContext): Promise<void>;
}

type Extra = Partial<Pick<Case, "level" | "size" | "needs" | "parts" | "unless" | "deadline">>;

/** `define(id, list number, why, run, extra)`. */
export type Define = (
  id: string,
  list: number | readonly number[],
  why: string,
  run: (t: CaseContext) => Promise<void>,
  extra?: Extra,
) => void;

/** The cases of one area, in the order defined. Two with one id are a mistake of the author and throw. */
export function defineArea(area: Area, describe: (define: Define) => void): readonly Case[] {
  const cases = new Map<string, Case>();
  describe((id, list, why, run, extra = {}) => {
    if (cases.has(id)) throw new TypeError(`two cases are called ${id}`);
    cases.set(id, {
      id,
      area,
      list: typeof list === "number" ? [list] : list,
      why,
      run,
      level: extra.level ?? "must",
      size: extra.size ?? "S",
      needs: extra.needs ?? [],
      parts: extra.parts ?? [],
      unless: extra.unless,
      deadline: extra.deadline ?? CONFORMANCE_CASE_DEADLINE_DEFAULT_MS,
    });
  });
  return [...cases.values()];
}
