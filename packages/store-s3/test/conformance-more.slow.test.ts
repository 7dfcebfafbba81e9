import { runConformance } from "@stowage/conformance-suite";
import { expect, it } from "vitest";
import { has } from "../../../tools/machine/needs.mjs";
import { s3Harness } from "../src/conformance.js";
import { CEPH, MINIFLARE } from "./known-failures.js";
import { inEnvironment } from "./support/environment.js";
import { readOnlyOptions, startCeph, startMiniflare } from "./support/servers.js";

const targets = [
  ["miniflare through the SDK", startMiniflare, "sdk", MINIFLARE],
  ["miniflare over undici", startMiniflare, "undici", MINIFLARE],
  ...(has("radosgw")
    ? ([
        ["Ceph RGW over the data path", startCeph, "direct", CEPH],
        ["Ceph RGW through the SDK", startCeph, "sdk", CEPH],
      ] as const)
    : []),
] as const;

it.each(targets)(
  "the store keeps every promise of the suite on %s",
  { timeout: 1_800_000 },
  async (_, start, transport, knownFailures) => {
    await using target = await start();
    const { server, options } = target;
    const { product, version, buckets } = server;
    const harness = s3Harness({
      bucket: buckets[0] ?? "",
      // Versions need a bucket of their own: see versions.slow.test.ts.
      options: { ...options, transport, features: { ...options.features, versions: false } },
      denied: { ...target.denied, transport },
      ...(server.guest === undefined
        ? {}
        : { readOnly: { ...(await readOnlyOptions(target, buckets[0] ?? "")), transport } }),
      target: { kind: "emulator", product, version },
      timing: { scale: 4 },
      knownFailures,
    });
    const report = await inEnvironment(server.environment, () => runConformance(harness));
    const failed = report.results.filter(({ verdict }) => verdict === "fail" || verdict === "unexpected-pass");
    expect(failed.map(({ id, verdict, error }) => `${verdict} ${id}: ${error ?? ""}`)).toEqual([]);
    expect(report.ok).toBe(true);
  },
);
