import { join } from "node:path";
import { install, repository } from "./install.mjs";

/** Folders with lockfiles of their own that `npm test` needs. */
export const TOOLS_FOR_TESTS = ["tools/servers/miniflare", "tools/servers/azurite"];

/**
 * Installs tools outside the workspace, each from its own lockfile, before several tests ask for them at once.
 *
 * @param {string[]} folders
 * @param {(text: string) => void} log
 */
export async function installTools(folders, log) {
  for (const folder of folders) await install(join(repository, folder), log);
}
