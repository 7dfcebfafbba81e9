import * as fc from "fast-check";
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

  it(
    "every legal key, of any length and with line breaks, signs, comes back and is listed exactly",
    { timeout: 120_000 },
    async () => {
      await using target = await startCeph();
      await using store = await target.store();
      const legalKey = fc
        .string({ unit: "binary", minLength: 1, maxLength: 1024 })
        .filter(
          (key) => key.isWellFormed() && Buffer.byteLength(key) <= 1024 && !/\0/.test(key) && !key.startsWith("/"),
        )
        .filter((key) => !key.split("/").some((segment) => segment === "." || segment === ".."));
      const property = fc.asyncProperty(legalKey, async (key) => {
        await store.put(key, "x");
        expect((await store.get(key)).text()).toBe("x");
        const listed: string[] = [];
        for await (const entry of store.list({ prefix: key })) listed.push(entry.key);
        expect(listed).toContain(key);
        expect(await store.deleteMany([key])).toEqual([{ key, ok: true }]);
        expect(await store.exists(key)).toBe(false);
      });
      const examples = ["a\rb", "a\nb", "a\r\nb", "\n", "é".repeat(512), "k".repeat(1024), "a/".repeat(500)];
      await fc.assert(property, { numRuns: 60, examples: examples.map((key) => [key]) });
    },
  );
});
