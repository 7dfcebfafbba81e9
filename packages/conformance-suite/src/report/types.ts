import type { Capabilities } from "@stowage/core";
import type { Area } from "../engine/case.js";
import type { Target } from "../harness/types.js";

/**
 * `pass-rejected`: the store lacks what the case needs, and refuses it as it should. `known-fail`: fails, as the harness says
 * it does on this product. `unexpected-pass`: was expected to fail and does not any more; fails the run.
 */
export const VERDICTS = ["pass", "pass-rejected", "fail", "known-fail", "unexpected-pass", "not-run"] as const;

export type Verdict = (typeof VERDICTS)[number];

export interface CaseResult {
  readonly id: string;
  readonly area: Area;
  readonly list: readonly number[];
  readonly level: "must" | "should";
  readonly verdict: Verdict;
  /** Why it was not run, why it was expected to fail, which refusal stands for it. */
  readonly reason?: string | undefined;
  /** Where a known failure can be looked up. */
  readonly evidence?: string | undefined;
  /** What went wrong. */
  readonly error?: string | undefined;
  readonly checks: number;
  readonly ms: number;
}

/** `conformance-report/1`. */
export interface Report {
  readonly schema: "conformance-report/1";
  readonly suite: string;
  readonly store: { readonly name: string; readonly version: string | undefined };
  readonly target: Target;
  readonly runtime: string;
  readonly profile: string;
  /** Run again with this to get the same random choices. */
  readonly seed: string;
  readonly capabilities: Capabilities;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Verdicts by area, for a matrix. */
  readonly areas: Readonly<Record<string, AreaSummary>>;
  readonly ms: number;
  readonly results: readonly CaseResult[];
  /** No `must` case failed, and none passed unexpectedly. */
  readonly ok: boolean;
}

export interface AreaSummary {
  readonly title: string;
  readonly counts: Readonly<Record<Verdict, number>>;
}
