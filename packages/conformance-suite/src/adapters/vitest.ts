import { afterAll, beforeAll, describe, it } from "vitest";
import { CONFORMANCE_CASE_DEADLINE_DEFAULT_MS } from "@stowage/core";
import { everyCase, openSession } from "../engine/run.js";
import type { RunOptions, Session } from "../engine/run.js";
import { inProfile } from "../engine/profiles.js";
import type { Harness } from "../harness/types.js";
import { breaks } from "../report/build-report.js";

/**
 * The suite as vitest tests, one a case, in a `describe` of the store's name. A case that does not apply or cannot run is
 * skipped with its reason; a known failure passes, and fails once the case does not fail any more.
 */
export function conformance(harness: Harness, options: RunOptions = {}): void {
  describe(`${harness.name} conforms`, () => {
    let session: Session | undefined;
    beforeAll(async () => {
      session = await openSession(harness, options);
    });
    afterAll(async () => {
      await session?.[Symbol.asyncDispose]();
    });
    const { profile = "full", only } = options;
    const cases = [...everyCase(), ...(harness.cases ?? [])].filter(
      (case_) =>
        inProfile(profile, case_) && (only === undefined || only.some((prefix) => case_.id.startsWith(prefix))),
    );
    for (const case_ of cases) {
      it(case_.id, { timeout: CONFORMANCE_CASE_DEADLINE_DEFAULT_MS + case_.deadline }, async (context) => {
        if (session === undefined) throw new Error("the harness did not start");
        if (!session.cases.some(({ id }) => id === case_.id))
          return context.skip("does not apply to this store's capabilities");
        const result = await session.run(case_);
        Object.assign(context.task.meta, {
          conformance: { verdict: result.verdict, reason: result.reason, evidence: result.evidence },
        });
        if (result.verdict === "not-run") return context.skip(result.reason);
        if (breaks(result)) throw new Error(result.error ?? `${result.verdict}: ${result.reason ?? ""}`);
      });
    }
  });
}
