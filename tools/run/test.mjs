// `npm test`: everything that needs neither root nor system packages. Starts with node: modules only, so that it runs in a
// fresh clone; what the machine lacks is skipped by name and counted.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install, repository } from "./install.mjs";
import { installTools, TOOLS_FOR_TESTS } from "./install-tools.mjs";
import { summarize } from "./results.mjs";

await install(repository, console.log);
await installTools(TOOLS_FOR_TESTS, console.log);

const { build, checks, runChecks, tarballChecks } = await import("./checks.mjs");
const { packAll } = await import("../packaging/pack.mjs");
const { runVitest } = await import("./run-vitest.mjs");

const tarballs = mkdtempSync(join(tmpdir(), "stowage-tarballs-"));
/** @type {import("./results.mjs").Result[]} */
const results = [];
try {
  results.push(...(await runChecks([build, ...checks])));
  /** @type {import("../packaging/pack.mjs").Packed[]} */
  let packed = [];
  const pack = { name: "npm pack", run: async () => ((packed = await packAll(tarballs)), "") };
  results.push(...(await runChecks([pack])));
  results.push(...(await runChecks(tarballChecks(packed))));
  results.push(...(await runVitest({ env: { STOWAGE_TARBALLS: tarballs } })));
} finally {
  rmSync(tarballs, { recursive: true, force: true });
}
summarize(results);
