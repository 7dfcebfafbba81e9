// Installs a folder's lockfile, once: `npm ci` runs only when the lockfile changed since the last install here.
// Run by itself (`node tools/run/install.mjs [folder...]`) it installs the repository, or the folders named.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { npm } from "./npm.mjs";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

/** How often a waiting process looks whether another one has finished the same install. */
const LOCK_POLL_MS = 200;

/**
 * Installs what `folder`'s package-lock.json asks for, unless it is installed already. Several processes may ask at
 * once: one installs, the others wait for it.
 *
 * @param {string} folder
 * @param {(text: string) => void} [log] told when an install begins and ends
 * @returns {Promise<boolean>} whether anything was installed
 */
export async function install(folder, log = () => {}) {
  if (isInstalled(folder)) return false;
  const release = await lock(folder);
  try {
    if (isInstalled(folder)) return false;
    const name = relative(repository, folder) || "the repository";
    log(`npm ci in ${name} ...`);
    const started = Date.now();
    rmSync(stampPath(folder), { force: true });
    const { code, output } = await npm(["ci", "--no-audit", "--no-fund"], { cwd: folder });
    if (code !== 0) throw new Error(`npm ci failed in ${folder} (exit ${code}):\n${output}`);
    markInstalled(folder);
    log(`npm ci in ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return true;
  } finally {
    release();
  }
}

/**
 * Records that `folder`'s node_modules holds what its lockfile asks for.
 *
 * @param {string} folder
 */
export function markInstalled(folder) {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(stampPath(folder), fingerprint(folder));
}

/** @param {string} folder */
function isInstalled(folder) {
  return existsSync(stampPath(folder)) && readFileSync(stampPath(folder), "utf8") === fingerprint(folder);
}

/** @param {string} folder */
function stampPath(folder) {
  return join(folder, "node_modules", ".stowage-installed");
}

/**
 * What decides whether an install is still good: the lockfile, and the platform its optional packages were chosen for.
 *
 * @param {string} folder
 */
function fingerprint(folder) {
  const lockfile = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  return `${lockfile} ${process.platform}-${process.arch}\n`;
}

/**
 * Holds `folder` for one installing process; a lock whose owner is gone is taken over.
 *
 * @param {string} folder
 * @returns {Promise<() => void>}
 */
async function lock(folder) {
  const path = join(folder, ".install-lock");
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    if (!ownerLives(path)) rmSync(path, { force: true });
    else await wait(LOCK_POLL_MS);
  }
}

/** @param {string} path */
function ownerLives(path) {
  try {
    const owner = Number(readFileSync(path, "utf8"));
    // An empty file is a lock being written at this moment. Our own number is another thread of ours, unless the file is
    // older than this process: then a process of the same number left it.
    if (owner === process.pid) return statSync(path).mtimeMs >= Date.now() - process.uptime() * 1000;
    return owner === 0 || process.kill(owner, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const folders = process.argv.slice(2).map((folder) => resolve(folder));
  for (const folder of folders.length > 0 ? folders : [repository]) await install(folder, console.log);
}
