import { runConformance } from "@stowage/conformance-suite";
import { expect } from "vitest";
import { azureHarness } from "../src/conformance.js";
import type { AzureHarnessSettings } from "../src/conformance.js";
import { Azurite } from "./azurite.js";
import { AZURITE } from "./known-failures.js";

/** The whole suite over an Azurite of its own. Its URIs without options read the environment, as a user's would. */
export async function expectConformance(transport: NonNullable<AzureHarnessSettings["transport"]>): Promise<void> {
  await using azurite = await Azurite.start();
  const { connectionString, account, product, version, environment } = azurite.server;
  const before = { ...process.env };
  Object.assign(process.env, environment);
  try {
    const harness = azureHarness({
      connectionString,
      account,
      transport,
      target: { kind: "emulator", product, version },
      timing: { scale: 4 },
      knownFailures: AZURITE,
    });
    const report = await runConformance(harness);
    const failed = report.results.filter(({ verdict }) => verdict === "fail" || verdict === "unexpected-pass");
    expect(failed.map(({ id, verdict, error }) => `${verdict} ${id}: ${error ?? ""}`)).toEqual([]);
    expect(report.ok).toBe(true);
  } finally {
    for (const name of Object.keys(environment)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
