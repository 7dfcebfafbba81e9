import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./command.mjs";

/**
 * Runs vitest once over all projects, its progress streamed, and returns what ran.
 *
 * @param {{ config?: string, args?: string[], env?: NodeJS.ProcessEnv, node?: string }} [options] `node`: the Node binary to
 *   run it with, instead of this one
 * @returns {Promise<import("./results.mjs").Result[]>}
 */
export async function runVitest({ config = "vitest.config.ts", args = [], env = {}, node = process.execPath } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "stowage-report-"));
  const report = join(folder, "results.json");
  try {
    const reporters = ["--reporter=default", "--reporter=./tools/run/vitest-reporter.mjs"];
    const command = [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--config",
      config,
      "--passWithNoTests",
      ...reporters,
      ...args,
    ];
    const { code } = await runCommand(node, command, {
      env: { ...env, STOWAGE_TEST_REPORT: report, NO_COLOR: "1" },
      stream: true,
    });
    /** @type {import("./results.mjs").Result[]} */
    const results = JSON.parse(readFileSync(report, "utf8"));
    const failed = results.some((result) => result.state === "failed");
    if (code !== 0 && !failed) results.push({ name: "vitest", state: "failed", detail: `vitest exited with ${code}` });
    return results;
  } catch (error) {
    return [{ name: "vitest", state: "failed", detail: `no report: ${String(error)}` }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
