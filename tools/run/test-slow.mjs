// `npm run test:slow`: the `*.slow.test.ts` files, and the fast ones again on the other Node versions. Starts with node:
// modules only; what the machine lacks is skipped by name and counted.
import { join } from "node:path";
import { install, repository } from "./install.mjs";
import { installTools, TOOLS_FOR_TESTS } from "./install-tools.mjs";
import { NODE_VERSIONS } from "../node-matrix/versions.mjs";
import { summarize } from "./results.mjs";

await install(repository, console.log);
await installTools(TOOLS_FOR_TESTS, console.log);

const { build, runChecks } = await import("./checks.mjs");
const { runVitest } = await import("./run-vitest.mjs");

const results = await runChecks([build]);
results.push(...(await runVitest({ config: "vitest.slow.config.ts" })));

if (process.platform === "linux" && process.arch === "x64") {
  await installTools(["tools/node-matrix"], console.log);
  for (const version of NODE_VERSIONS) {
    console.log(`\nThe tests on Node ${version}:`);
    const node = join(repository, "tools/node-matrix/node_modules", `node${version}`, "bin", "node");
    const ran = await runVitest({ node, config: "vitest.node-matrix.config.ts" });
    results.push(...ran.map((result) => ({ ...result, name: `node ${version}: ${result.name}` })));
  }
} else {
  const detail = "needs linux-x64 (npm has the Node binaries of tools/node-matrix for it)";
  results.push({ name: "the tests on other Node versions", state: "skipped", detail });
}
summarize(results);
