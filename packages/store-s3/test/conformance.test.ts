import { runConformance } from "@stowage/conformance-suite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { s3Harness } from "../src/conformance.js";
import { MINIFLARE } from "./known-failures.js";
import { inEnvironment } from "./support/environment.js";
import { startMiniflare } from "./support/servers.js";
import type { TestServer } from "./support/servers.js";

let target: TestServer;
beforeAll(async () => {
  target = await startMiniflare();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

it("the store keeps every promise of the suite on miniflare, over the data path", { timeout: 900_000 }, async () => {
  const { server, options } = target;
  const { product, version, buckets } = server;
  const harness = s3Harness({
    bucket: buckets[0] ?? "",
    options,
    denied: target.denied,
    target: { kind: "emulator", product, version },
    timing: { scale: 4 },
    knownFailures: MINIFLARE,
  });
  const report = await inEnvironment(server.environment, () => runConformance(harness));
  const failed = report.results.filter(({ verdict }) => verdict === "fail" || verdict === "unexpected-pass");
  expect(failed.map(({ id, verdict, error }) => `${verdict} ${id}: ${error ?? ""}`)).toEqual([]);
  expect(report.ok).toBe(true);
});
