// What a test needs of the machine beyond Node: absent, the test is skipped by name and counted, never passed over.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Set by `.ci/run`, which installs every system package: a program that is missing all the same fails the test. */
const PROGRAMS_ARE_REQUIRED = "STOWAGE_REQUIRE_PROGRAMS";

/** Where system packages put what only administrators have on PATH. */
const ADMINISTRATORS_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * The path of a program, looked up as a shell would.
 *
 * @param {string} program
 * @returns {string | undefined}
 */
export function findProgram(program) {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...ADMINISTRATORS_FOLDERS].filter(Boolean);
  for (const folder of folders) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Needs that are not programs. */
const CONDITIONS = /** @type {const} */ ({
  root: () => process.getuid?.() === 0,
  linux: () => process.platform === "linux",
});

/**
 * Whether the machine has a program (on PATH), or meets one of the conditions `root`, `linux`.
 *
 * @param {string} name
 * @returns {boolean}
 */
export function has(name) {
  const condition = name === "root" || name === "linux" ? CONDITIONS[name] : undefined;
  return condition === undefined ? findProgram(name) !== undefined : condition();
}

/**
 * Skips the running test, saying what the machine lacks, unless it has all that is named. Call it first in a test, or in
 * `beforeEach` for a whole suite: `beforeEach((ctx) => needs(ctx, "radosgw"))`. What is not a program or one of `has`'s
 * conditions is named with its own check: `needs(ctx, { "a tmpfs at /dev/shm": () => existsSync("/dev/shm") })`.
 *
 * @param {{ skip: (note?: string) => void }} context the test's own
 * @param {...(string | Record<string, () => boolean>)} names
 */
export function needs(context, ...names) {
  const missing = names.flatMap((name) =>
    typeof name === "string"
      ? [name].filter((one) => !has(one))
      : Object.entries(name).flatMap(([what, isThere]) => (isThere() ? [] : [what])),
  );
  if (missing.length === 0) return;
  const isProgram = missing.some((name) => names.includes(name) && !(name in CONDITIONS));
  if (isProgram && process.env[PROGRAMS_ARE_REQUIRED] === "1") {
    throw new Error(`${missing.join(", ")} not installed: is its package named in a system-packages.txt?`);
  }
  context.skip(`needs ${missing.join(", ")}`);
}
