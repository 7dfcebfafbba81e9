// A project outside the repository that has installed our tarballs, as a user's would from the registry.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npm, npmEnvironment } from "../run/npm.mjs";
import { runCommand } from "../run/command.mjs";
import { packAll } from "./pack.mjs";

/** Set by `npm test`, which packs once for everything that reads tarballs. */
const TARBALLS = process.env["STOWAGE_TARBALLS"];

/** @type {Promise<Record<string, string>> | undefined} */
let packed;

/**
 * The tarball of every package, by package name; made by `npm test`, or now.
 *
 * @returns {Promise<Record<string, string>>}
 */
export function tarballs() {
  packed ??= packOnce();
  return packed;
}

async function packOnce() {
  const isPacked = TARBALLS !== undefined && readdirSync(TARBALLS).length > 0;
  const folder = isPacked ? TARBALLS : mkdtempSync(join(tmpdir(), "stowage-tarballs-"));
  if (!isPacked) process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  if (!isPacked) await packAll(folder);
  return Object.fromEntries(
    readdirSync(folder).map((file) => [
      file.replace(/^stowage-(.+)-\d+\.\d+\.\d+.*\.tgz$/, "@stowage/$1"),
      join(folder, file),
    ]),
  );
}

/**
 * An empty folder with the tarballs of `names` installed by npm, with whatever they need from the registry.
 *
 * @param {string[]} names packages of ours
 * @param {{ dependencies?: Record<string, string>, installFlags?: string[], path?: string }} [options] `path`: instead of
 *   this process's PATH
 */
export async function createConsumer(names, { dependencies = {}, installFlags = [], path } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "stowage-consumer-"));
  const all = await tarballs();
  const ours = Object.fromEntries(names.map((name) => [name, `file:${all[name] ?? missing(name)}`]));
  const manifest = { name: "consumer", private: true, type: "module", dependencies: { ...ours, ...dependencies } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const { code, output } = await npm(["install", "--no-audit", "--no-fund", ...installFlags], {
    cwd: folder,
    ...(path === undefined ? {} : { env: { PATH: path } }),
  });
  if (code !== 0) throw new Error(`npm install in ${folder} failed:\n${output}`);
  return {
    folder,
    /** @param {string} path */
    has: (path) => existsSync(join(folder, path)),
    /** What is installed, `@scope/name` or `name`. */
    installed: () => installedIn(join(folder, "node_modules")),
    /**
     * `npx --no <args>` in the folder.
     *
     * @param {...string} args
     */
    npx: (...args) => npxIn(folder, args),
    /**
     * @param {string[]} args
     * @param {string} [node]
     */
    node: (args, node = process.execPath) => runCommand(node, args, { cwd: folder, env: outside() }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * `npx --no <args>` in `folder`: runs what is installed there, never what npm could fetch. npm takes the word after `--no` for
 * its value and so a flag right after the command for its own: `--` keeps them apart.
 *
 * @param {string} folder
 * @param {string[]} args
 */
export function npxIn(folder, args) {
  const [command = "", ...rest] = args;
  return runCommand("npx", ["--no", ...(rest[0]?.startsWith("-") ? ["--"] : []), command, ...rest], {
    cwd: folder,
    env: outside(),
  });
}

/** The environment without what npm and the test runner add for this repository. */
function outside() {
  const inherited = Object.keys(process.env).filter((name) =>
    /^(npm_|NODE_OPTIONS|NODE_PATH|VITEST|INIT_CWD)/.test(name),
  );
  return { ...Object.fromEntries(inherited.map((name) => [name, undefined])), ...npmSettings(), NO_COLOR: "1" };
}

/** What the user told npm itself (registry, cache) stays. */
function npmSettings() {
  return Object.fromEntries(Object.entries(npmEnvironment()).filter(([name]) => name.startsWith("npm_config_")));
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function installedIn(folder) {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(folder, name)).map((one) => `${name}/${one}`) : [name],
    );
}

/** @param {string} name @returns {never} */
function missing(name) {
  throw new Error(`no tarball of ${name}: run npm run build first`);
}
