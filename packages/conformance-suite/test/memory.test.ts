import { FEATURES } from "@stowage/core";
import type { Feature } from "@stowage/core";
import { describe, expect, it } from "vitest";
import { loadHarness } from "../src/harness/load-harness.js";
import { runConformance, throughInstruments, throughPrefix } from "../src/index.js";
import type { Harness, Report } from "../src/index.js";
import { forwardDriver } from "../src/index.js";
import { createStore } from "@stowage/core";
import { withoutFeatures } from "../src/mutants/unsupported.js";

const memory = await loadHarness("@stowage/store-memory/conformance");

/** The store as if it lacked features: declared unsupported by its driver, or not offered by its plugin. */
function lacking(harness: Harness, features: readonly Feature[]): Harness {
  const { driver } = harness;
  if (driver === undefined) throw new TypeError("the harness offers no driver");
  return {
    ...harness,
    async driver(namespace) {
      const handle = await driver(namespace);
      const { create, delete: remove, list } = handle.plugin.containers ?? {};
      const containers = {
        ...(create && !features.includes("createContainer") && { create }),
        ...(remove && !features.includes("deleteContainer") && { delete: remove }),
        ...(list && !features.includes("listContainers") && { list }),
      };
      return { ...handle, plugin: { ...handle.plugin, containers }, driver: withoutFeatures(handle.driver, features) };
    },
    async open(namespace, options = {}) {
      const { driver: below, ...settings } = await lacking(harness, features).driver!(namespace);
      return createStore(forwardDriver(below), { ...settings, ...options });
    },
  };
}

function unwelcome({ results }: Report): string[] {
  return results
    .filter(({ verdict }) => verdict !== "pass" && verdict !== "pass-rejected")
    .map(({ id, verdict, error, reason }) => `${verdict} ${id}: ${error ?? reason ?? ""}`);
}

describe("store-memory with everything on", () => {
  it("passes every case; none is left out for want of something in its harness", async () => {
    const report = await runConformance(memory);
    expect(unwelcome(report)).toEqual([]);
    expect(report.results.length).toBeGreaterThanOrEqual(250);
    expect(report.counts["not-run"]).toBe(0);
    expect(report.ok).toBe(true);
  });

  it("passes through a prefix view", async () => {
    expect(unwelcome(await runConformance(throughPrefix(memory)))).toEqual([]);
  });

  it("passes over an instrumented driver", async () => {
    expect(unwelcome(await runConformance(throughInstruments(memory)))).toEqual([]);
  });
});

describe("store-memory without", () => {
  for (const feature of FEATURES) {
    it(`${feature}: what needs it is refused by name or derived, everything else holds`, async () => {
      const report = await runConformance(lacking(memory, [feature]), { profile: "full" });
      expect(unwelcome(report)).toEqual([]);
      const { capabilities } = report;
      expect(capabilities[feature]).toBe("unsupported");
      expect(report.results.find(({ id }) => id === `reject.${feature}`)?.verdict).toBe("pass-rejected");
    });
  }

  it("anything that can be left out", async () => {
    expect(unwelcome(await runConformance(lacking(memory, FEATURES)))).toEqual([]);
  });
});
