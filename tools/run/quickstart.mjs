// `npm run quickstart`: the product on real files, in a fresh clone. Starts with node: modules only, installs and builds, then
// does what a user would do, printing each command before it runs.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { install, repository } from "./install.mjs";
import { installTools, TOOLS_FOR_TESTS } from "./install-tools.mjs";

/** Trees that every clone has, once installed: together more than 2,000 files. */
const TREES = ["nx", "@aws-sdk"];
const LEAST_FILES = 2_000;

const COMMAND = join(repository, "packages/cli/bin/stowage.js");

/** The part of the conformance suite that is run: whole objects, ranges, attributes, keys, listings. */
const PROFILE = "core";

const started = Date.now();
await install(repository, console.log);
const { build, runChecks } = await import("./checks.mjs");
const { equivalenceMatrix, failures } = await import("../quickstart/matrix.mjs");
const { startStores } = await import("../quickstart/stores.mjs");

const folder = mkdtempSync(join(tmpdir(), "stowage-quickstart-"));
try {
  await main();
} catch (error) {
  console.error(`\nquickstart failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const [built] = await runChecks([build]);
  if (built?.state !== "passed") throw new Error("the build failed");
  for (const name of ["copy", "again"]) mkdirSync(join(folder, name));
  const copy = fileUrl("copy");
  const again = fileUrl("again");

  title("Copy a real tree");
  for (const tree of TREES) await stowage("cp", "-r", `node_modules/${tree}`, `${copy}${tree}/`);

  title("Verify every byte");
  for (const tree of TREES) await stowage("verify", `node_modules/${tree}`, `${copy}${tree}/`);

  title("List it");
  const listing = await stowageQuietly("ls", "-r", "--json", copy);
  const lines = listing.trim().split("\n");
  console.log(`${lines.slice(0, 3).join("\n")}\n... ${lines.length} objects`);
  if (lines.length < LEAST_FILES) throw new Error(`only ${lines.length} files were copied`);

  title("Read a range of one object");
  const object = `${copy}nx/package.json`;
  await stowage("cat", "--range", "0-79", object);
  console.log();

  title("Copy it through memory:// and verify again");
  await run([join(repository, "tools/quickstart/through-memory.mjs"), copy, again]);
  await stowage("verify", copy, again);

  title("Are the stores equivalent? The conformance suite on each, area by area");
  await installTools(TOOLS_FOR_TESTS, console.log);
  const { columns, stop } = await startStores();
  const reports = await Promise.all(columns.map(conformance)).finally(stop);
  console.log(`\n${equivalenceMatrix(reports)}`);
  const failed = reports.reduce((sum, report) => sum + failures(report), 0);
  if (failed > 0) throw new Error(`${failed} conformance cases failed`);

  console.log(`\nquickstart done in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

/** @param {string} name of a folder; its URI, with a final slash */
function fileUrl(name) {
  return `${pathToFileURL(join(folder, name)).href}/`;
}

/** @param {string} text */
function title(text) {
  console.log(`\n== ${text}\n`);
}

/** @param {...string} args */
async function stowage(...args) {
  console.log(`$ npx --no stowage ${args.join(" ")}`);
  await run([COMMAND, ...args]);
}

/** @param {...string} args @returns {Promise<string>} */
async function stowageQuietly(...args) {
  console.log(`$ npx --no stowage ${args.join(" ")}`);
  return run([COMMAND, ...args], { stdout: "pipe" });
}

/**
 * @param {import("../quickstart/stores.mjs").Column} column
 * @returns {Promise<import("../quickstart/matrix.mjs").Report>}
 */
async function conformance({ harness, environment }) {
  const report = join(folder, `${harness.replaceAll(/\W/g, "-")}.json`);
  const args = ["run", harness, "--profile", PROFILE, "--json", report];
  console.log(`$ npx --no stowage-conformance ${args.join(" ")}`);
  const bin = join(repository, "packages/conformance-suite/bin/stowage-conformance.js");
  await run([bin, ...args], { stdout: "ignore", mayFail: true, environment });
  return JSON.parse(readFileSync(report, "utf8"));
}

/**
 * Runs a script in the repository, on the terminal it was started from, so that progress shows; `pipe` collects stdout.
 *
 * @param {string[]} args
 * @param {{ stdout?: "inherit" | "pipe" | "ignore", mayFail?: boolean, environment?: NodeJS.ProcessEnv }} [options]
 *   `mayFail`: exit 1 is an answer, not an error
 * @returns {Promise<string>}
 */
function run(args, { stdout = "inherit", mayFail = false, environment = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: repository,
      env: { ...process.env, ...environment },
      stdio: ["ignore", stdout, "inherit"],
    });
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0 || (mayFail && code === 1)) resolve(output);
      else reject(new Error(`node ${args.join(" ")} ended with ${signal ?? code}`));
    });
  });
}
