import { describe, expect, it } from "vitest";
import { loadHarness } from "../src/harness/load-harness.js";
import { defineArea, runConformance } from "../src/index.js";
import type { Case, CaseResult, Harness } from "../src/index.js";

const memory = await loadHarness("@stowage/store-memory/conformance");

/** The verdict of one case of a store's own. */
async function verdictOf(
  run: Case["run"],
  more: Partial<Harness> = {},
  extra: Partial<Case> = {},
): Promise<CaseResult> {
  const cases = defineArea("A", (define) => define("own.case", [], "a case of the engine's tests", run, extra));
  const { results } = await runConformance({ ...memory, ...more, cases }, { only: ["own."], deadlineMs: 300 });
  return results[0] ?? expect.fail("the case did not run");
}

describe("a case", () => {
  it("passes when its checks hold", async () => {
    expect(await verdictOf(async (t) => t.equal(1, 1))).toMatchObject({ verdict: "pass", checks: 1 });
  });

  it("fails when a check does not hold, and says which", async () => {
    expect(await verdictOf(async (t) => t.equal(1, 2, "the number"))).toMatchObject({
      verdict: "fail",
      error: "the number: 1 instead of 2",
    });
  });

  it("fails when it checks nothing", async () => {
    expect(await verdictOf(async () => {})).toMatchObject({ verdict: "fail", error: "the case checked nothing" });
  });

  it("fails when a method throws instead of rejecting", async () => {
    const result = await verdictOf(async (t) => {
      await t.rejects(() => {
        throw new TypeError("thrown");
      }, "NotFound");
    });
    expect(result.error).toContain("threw instead of rejecting");
  });

  it("fails at its deadline, and tells the seed", async () => {
    const result = await verdictOf(async (t) => {
      t.equal(1, 1);
      await new Promise(() => {});
    });
    expect(result).toMatchObject({ verdict: "fail" });
    expect(result.error).toMatch(/not done after 300 ms \(seed \w+\)/);
  });

  it("fails when it leaves a listener on its signal", async () => {
    const result = await verdictOf(async (t) => {
      t.controller().signal.addEventListener("abort", () => {});
      t.equal(1, 1);
    });
    expect(result.error).toContain("1 abort listeners were left");
  });

  it("fails when it leaves an unfinished upload", async () => {
    const result = await verdictOf(async (t) => t.equal((await t.store.beginUpload("a")).key, "a"));
    expect(result.error).toContain("unfinished upload");
  });

  it("fails when it leaves a file open", async () => {
    const { openSync, closeSync } = await import("node:fs");
    let descriptor = -1;
    const result = await verdictOf(async (t) => {
      descriptor = openSync(new URL(import.meta.url), "r");
      t.equal(1, 1);
    });
    closeSync(descriptor);
    if (process.platform === "linux") expect(result.error).toContain("open file");
  });

  it("is not run, with the reason, when it says so or lacks a part of the harness", async () => {
    expect(await verdictOf(async (t) => t.notRun("too dark"))).toMatchObject({
      verdict: "not-run",
      reason: "too dark",
    });
    expect(await verdictOf(async (t) => t.equal(1, 1), {}, { parts: ["localPath"] })).toMatchObject({
      verdict: "not-run",
      reason: "the harness has no localPath",
    });
  });
});

describe("a known failure", () => {
  const known = (product: string): Partial<Harness> => ({
    knownFailures: { "own.case": { reason: "it is broken", evidence: "issue 1", product } },
  });

  it("is told as such, with its reason and evidence", async () => {
    expect(await verdictOf(async (t) => t.equal(1, 2), known("memory"))).toMatchObject({
      verdict: "known-fail",
      reason: "it is broken",
      evidence: "issue 1",
    });
  });

  it("fails the run once it passes", async () => {
    expect(await verdictOf(async (t) => t.equal(1, 1), known("memory"))).toMatchObject({
      verdict: "unexpected-pass",
      error: expect.stringContaining("remove its entry"),
    });
  });

  it("must name a case: an entry for one that is gone would excuse nothing, in silence", async () => {
    const gone = { reason: "r", evidence: "e", product: "memory" };
    await expect(runConformance({ ...memory, knownFailures: { "put.gone": gone } })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("put.gone"),
    });
  });

  it("is none on another product", async () => {
    expect(await verdictOf(async (t) => t.equal(1, 2), known("elsewhere"))).toMatchObject({ verdict: "fail" });
  });
});

describe("a harness", () => {
  it("cannot switch features: they are read from the store", async () => {
    await expect(runConformance({ ...memory, ...{ capabilities: {} } })).rejects.toMatchObject({
      code: "InvalidArgument",
    });
  });

  it("that does not exist is told by name, with what to give", async () => {
    await expect(loadHarness("@stowage/no-such-store/conformance")).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(loadHarness("./no-such-file.js")).rejects.toThrow(/does not exist/);
  });
});
