import { runConformance } from "@stowage/conformance-suite";
import { beforeEach, describe, expect, it } from "vitest";
import { needs } from "../../../tools/machine/needs.mjs";
import { s3Harness } from "../src/conformance.js";
import { CEPH } from "./known-failures.js";
import { inEnvironment } from "./support/environment.js";
import { startCeph } from "./support/servers.js";

/** What services differ in most. */
const AREAS = ["put.", "cond.", "mp.", "ct."];

/** The whole suite, its other transports, versions and lowered limits: conformance-more.slow.test.ts and versions.slow.test.ts. */
describe("on Ceph RGW, where the machine has it", () => {
  beforeEach((context) => needs(context, "radosgw"));

  it(
    "the store keeps the suite's promises of writes, conditions, uploads and buckets",
    { timeout: 300_000 },
    async () => {
      await using target = await startCeph();
      const { server, options, denied } = target;
      const { product, version, buckets } = server;
      const harness = s3Harness({
        bucket: buckets[0] ?? "",
        options: { ...options, features: { versions: false } },
        denied,
        target: { kind: "emulator", product, version },
        timing: { scale: 4 },
        knownFailures: CEPH,
      });
      const report = await inEnvironment(server.environment, () =>
        runConformance(harness, { profile: "core", only: AREAS }),
      );
      const failed = report.results.filter(({ verdict }) => verdict === "fail" || verdict === "unexpected-pass");
      expect(failed.map(({ id, verdict, error }) => `${verdict} ${id}: ${error ?? ""}`)).toEqual([]);
      expect(report.ok).toBe(true);
    },
  );
});
