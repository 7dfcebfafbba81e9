// Measures contenders against each other on a noisy machine: a fresh process each time, rounds interleaved, ratios taken
// within a round and only then summed up by their median.
import { execFile, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * One measurement of one contender.
 *
 * @typedef {object} Measurement
 * @property {number} operations
 * @property {number} wallUs
 * @property {number} cpuUs user and system, of all threads of the process
 * @property {number} peakRssBytes
 */

/**
 * A module whose default export sets up the work (see child.mjs), or a program whose output is parsed.
 *
 * @typedef {{ module: URL, options?: object, execArgv?: string[] }
 *   | { command: [string, ...string[]], parse: (stdout: string) => Measurement }} Contender
 */

/** A measurement that takes longer is broken. */
const TIMEOUT_MS = 600_000;

/**
 * Measures every contender once a round, each in a process of its own, the order turned by one every round.
 *
 * @template {string} Name
 * @param {Record<Name, Contender>} contenders
 * @param {{ rounds?: number, between?: () => void | Promise<void>, log?: (text: string) => void }} [settings] `between` runs
 *   before every measurement (dropping caches, say)
 * @returns {Promise<Record<Name, Measurement[]>>} by contender, a measurement each round
 */
export async function interleave(contenders, { rounds = 5, between, log } = {}) {
  const names = /** @type {Name[]} */ (Object.keys(contenders));
  const results = /** @type {Record<Name, Measurement[]>} */ ({});
  for (const name of names) results[name] = [];
  for (let round = 0; round < rounds; round += 1) {
    const turn = round % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      await between?.();
      results[name].push(await measureOnce(contenders[name]));
    }
    log?.(`round ${round + 1} of ${rounds}`);
  }
  return results;
}

/**
 * @param {Contender} contender
 * @returns {Promise<Measurement>}
 */
async function measureOnce(contender) {
  if ("command" in contender) {
    const [program, ...args] = contender.command;
    const { stdout } = await execute(program, args, { timeout: TIMEOUT_MS, maxBuffer: 2 ** 28 });
    return contender.parse(stdout);
  }
  const script = fileURLToPath(new URL("child.mjs", import.meta.url));
  const child = fork(script, [contender.module.href, JSON.stringify(contender.options ?? {})], {
    execArgv: ["--expose-gc", ...(contender.execArgv ?? [])],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    timeout: TIMEOUT_MS,
  });
  return new Promise((resolve, reject) => {
    /** @type {Measurement | undefined} */
    let measured;
    child.once("message", (message) => (measured = /** @type {Measurement} */ (message)));
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (measured !== undefined && code === 0) resolve(measured);
      else reject(new Error(`${contender.module.href} ended with ${signal ?? code}`));
    });
  });
}
