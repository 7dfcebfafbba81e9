import { FEATURES } from "@stowage/core";
import type { Feature } from "@stowage/core";
import { describe, expect, it } from "vitest";
import { loadHarness } from "../src/harness/load-harness.js";
import { everyCase, runConformance, throughInstruments, throughPrefix } from "../src/index.js";
import type { Harness, Report } from "../src/index.js";
import { mutate } from "../src/mutants/mutate.js";
import { withoutFeatures } from "../src/mutants/unsupported.js";

const memory = await loadHarness("@stowage/store-memory/conformance");

/** The store as if it lacked features: declared unsupported by its driver, not offered by its plugin. */
function lacking(features: readonly Feature[]): Harness {
  return mutate(memory, {
    name: `without ${features.join(", ")}`,
    family: "lie",
    fault: "none: a store that lacks features and says so",
    over: "any",
    create: () => ({
      driver: (driver) => withoutFeatures(driver, features),
      plugin(plugin) {
        const { create, delete: remove, list } = plugin.containers ?? {};
        const containers = {
          ...(create && !features.includes("createContainer") && { create }),
          ...(remove && !features.includes("deleteContainer") && { delete: remove }),
          ...(list && !features.includes("listContainers") && { list }),
        };
        return { ...plugin, containers };
      },
    }),
  });
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

/** Features that lean on another one go with it. */
const together: Partial<Record<Feature, readonly Feature[]>> = {
  createOnly: ["copyCreateOnly"],
  multipart: ["putStream"],
};

describe("store-memory without", () => {
  for (const feature of FEATURES) {
    it(`${feature}: what needs it is refused by name or derived, its neighbours hold`, async () => {
      const features = [feature, ...(together[feature] ?? [])];
      const concerned = everyCase().filter(
        ({ needs }) => needs.includes(feature) || features.some((one) => needs.includes(one)),
      );
      const only = [...concerned.map(({ id }) => id), "reject.", "calls.", "wrap.", "put.overwrite", "manifest."];
      const report = await runConformance(lacking(features), { largest: "S", only });
      expect(unwelcome(report)).toEqual([]);
      expect(report.results.find(({ id }) => id === `reject.${feature}`)?.verdict).toBe("pass-rejected");
    });
  }

  it("anything that can be left out: everything else holds", async () => {
    const report = await runConformance(lacking(FEATURES), { largest: "S" });
    expect(unwelcome(report)).toEqual([]);
    for (const feature of FEATURES) expect(report.capabilities[feature]).toBe("unsupported");
  });
});
