/** The whole conformance suite, with O_DIRECT in force where the system's place for temporary files lies on a disk. */
import { runConformance } from "@stowage/conformance-suite";
import { expect, test } from "vitest";
import harness from "../src/conformance.js";

test("store-direct passes the conformance suite", { timeout: 600_000 }, async () => {
  const report = await runConformance(harness, { seed: "1" });
  const bad = report.results.filter(({ verdict }) => verdict === "fail");
  expect(bad.map(({ id, error }) => `${id}: ${error ?? ""}`)).toEqual([]);
  expect(report.counts.pass).toBeGreaterThan(0);
});
