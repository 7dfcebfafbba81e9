import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runCommand } from "./command.mjs";
import { repository } from "./install.mjs";

const REPORTER = fileURLToPath(new URL("vitest-reporter.mjs", import.meta.url));

const SUITE = `
import { beforeAll, beforeEach, describe, it } from "vitest";
it("passes", () => {});
it("fails", () => { throw new Error("because"); });
it("is for others", (ctx) => ctx.skip("does not apply to this store's capabilities"));
it("lacks a part", (ctx) => ctx.skip("the harness has no openDenied"));
it("lacks", (ctx) => ctx.skip("needs fio"));
it.runIf(false)("gives no reason", () => {});
describe("all of it", () => {
  beforeEach((ctx) => ctx.skip("needs root"));
  it("lacks too", () => {});
});
describe("broken setup", () => {
  beforeAll(() => { throw new Error("no setup"); });
  it("never runs", () => {});
});`;

it("counts every test, takes a skip only with what the machine lacks, and misses no failure outside tests", async () => {
  const folder = mkdtempSync(join(tmpdir(), "stowage-reporter-"));
  try {
    writeFileSync(join(folder, "a.test.mjs"), SUITE);
    writeFileSync(join(folder, "b.test.mjs"), `throw new Error("no import");`);
    const report = join(folder, "report.json");
    const args = ["run", "--root", folder, "--reporter", REPORTER];
    const vitest = join(repository, "node_modules/vitest/vitest.mjs");
    await runCommand(process.execPath, [vitest, ...args], { cwd: repository, env: { STOWAGE_TEST_REPORT: report } });
    const results: { name: string; state: string; detail?: string }[] = JSON.parse(readFileSync(report, "utf8"));
    const told = results.map(({ name, state, detail = "" }) => `${state}: ${name.trim()}: ${detail}`).toSorted();
    expect(told).toEqual([
      expect.stringMatching(/^failed: a\.test\.mjs: no setup/),
      expect.stringMatching(/^failed: b\.test\.mjs: no import/),
      expect.stringMatching(/^failed: broken setup > never runs: skipped without saying/),
      expect.stringMatching(/^failed: fails: because/),
      expect.stringMatching(/^failed: gives no reason: skipped without saying/),
      "passed: passes: ",
      "skipped: all of it > lacks too: needs root",
      "skipped: lacks a part: needs a machine where the harness has openDenied",
      "skipped: lacks: needs fio",
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
