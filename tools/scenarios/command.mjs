// The built command, as a user runs it.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "../run/command.mjs";
import { repository } from "../run/install.mjs";

const COMMAND = join(repository, "packages/cli/bin/stowage.js");

/**
 * Runs `stowage`, in the repository.
 *
 * @param {...string} args
 */
export function stowage(...args) {
  return runCommand(process.execPath, [COMMAND, ...args], { env: { NO_COLOR: "1" } });
}

/**
 * Runs `stowage` and tells what its process was like: peak memory, directories opened before the first byte of output.
 *
 * @param {string} report path of a file for the findings
 * @param {...string} args
 */
export function stowageObserved(report, ...args) {
  const observer = fileURLToPath(new URL("observe.cjs", import.meta.url));
  return runCommand(process.execPath, ["--require", observer, COMMAND, ...args], {
    env: { NO_COLOR: "1", STOWAGE_OBSERVATIONS: report },
  });
}
