// Tarballs of every package, as a release would publish them.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "../run/npm.mjs";
import { repository } from "../run/install.mjs";

/**
 * @typedef {object} Packed
 * @property {string} name of the package
 * @property {string} tarball absolute path
 */

/**
 * Packs every built package of the workspace into `folder`.
 *
 * @param {string} folder
 * @returns {Promise<Packed[]>}
 */
export async function packAll(folder) {
  mkdirSync(folder, { recursive: true });
  const { code, stdout, output } = await npm(["pack", "--workspaces", "--json", "--pack-destination", folder], {
    cwd: repository,
  });
  if (code !== 0) throw new Error(`npm pack failed (exit ${code}):\n${output}`);
  const listed = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  /** @type {{ name: string, filename: string }[]} */
  const packed = Array.isArray(listed) ? listed : Object.values(listed);
  return packed.map(({ name, filename }) => ({ name, tarball: join(folder, tarballName(filename)) }));
}

/** The packages of the workspace, by name. */
export function workspacePackages() {
  return readdirSync(join(repository, "packages"))
    .map((folder) => join(repository, "packages", folder, "package.json"))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, "utf8")));
}

/**
 * Older npm lists `@scope/name-1.0.0.tgz` for a file that it calls `scope-name-1.0.0.tgz`.
 *
 * @param {string} filename
 */
function tarballName(filename) {
  return filename.replace(/^@/, "").replaceAll("/", "-");
}
