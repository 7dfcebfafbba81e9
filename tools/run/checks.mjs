// Everything that is checked without running the library: each check counts as one test.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";
import { repository } from "./install.mjs";

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {() => Promise<string>} run resolves to what is wrong, in words; empty when all is well
 */

/** Nx without its daemon, cloud and terminal interface: nothing of it outlives or leaves this run. */
const NX_ENVIRONMENT = { NX_DAEMON: "false", NX_NO_CLOUD: "true", NX_TUI: "false" };

/** @type {Check} */
export const build = {
  name: "build",
  run: () => command("nx", ["run-many", "-t", "build", "--outputStyle=static"], NX_ENVIRONMENT),
};

/** @type {Check[]} */
export const checks = [
  npmScript("lint"),
  npmScript("format:check"),
  npmScript("types"),
  npmScript("knip"),
  own("boundaries", "boundaries.mjs", "checkBoundaries"),
  own("no literal sizes", "literals.mjs", "checkLiterals"),
  own("file sizes", "file-sizes.mjs", "checkFileSizes"),
  own("wording", "wording.mjs", "checkWording"),
];

/**
 * What a package's consumers would trip over, judged on its tarball.
 *
 * @param {{ name: string, tarball: string }[]} packed
 * @returns {Check[]}
 */
export function tarballChecks(packed) {
  return packed.flatMap(({ name, tarball }) => [
    { name: `publint ${name}`, run: () => command("publint", ["run", "--strict", tarball]) },
    { name: `attw ${name}`, run: () => command("attw", [tarball, "--profile", "esm-only"]) },
  ]);
}

/**
 * Runs checks one after another, a line each.
 *
 * @param {Check[]} list
 * @returns {Promise<import("./results.mjs").Result[]>}
 */
export async function runChecks(list) {
  /** @type {import("./results.mjs").Result[]} */
  const results = [];
  for (const { name, run } of list) {
    const started = performance.now();
    const wrong = await run().catch((error) => `it did not run: ${error.stack ?? error}`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${wrong === "" ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
    if (wrong !== "") console.log(wrong.trimEnd().replaceAll(/^/gm, "     "));
    results.push(wrong === "" ? { name, state: "passed" } : { name, state: "failed", detail: wrong });
  }
  return results;
}

/**
 * A check that is a script of the root package.json, so that what people run by hand is what the tests run.
 *
 * @param {string} script
 * @returns {Check}
 */
function npmScript(script) {
  const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  return { name: script, run: () => shell(scripts[script]) };
}

/**
 * A check of tools/checks, in this process.
 *
 * @param {string} name
 * @param {string} file
 * @param {string} exported
 * @returns {Check}
 */
function own(name, file, exported) {
  return {
    name,
    run: async () => {
      const module = await import(new URL(`../checks/${file}`, import.meta.url).href);
      return module[exported](repository).join("\n");
    },
  };
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
async function command(program, args, env) {
  const { code, output } = await runCommand(program, args, { env: { ...env, NO_COLOR: "1" } });
  return code === 0 ? "" : `${program} exited with ${code}\n${output}`;
}

/** @param {string} line */
function shell(line) {
  return process.platform === "win32" ? command("cmd", ["/d", "/s", "/c", line]) : command("sh", ["-c", line]);
}
