import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./install.mjs";

/** Where a test names the Debian packages it needs, one a line, `#` for comments. */
const LISTS = [
  ["packages", "test/system-packages.txt"],
  ["tools", "system-packages.txt"],
  ["tools/servers", "system-packages.txt"],
  ["tools/bench", "system-packages.txt"],
];

/**
 * The Debian packages that tests need, by name.
 *
 * @param {string} [root]
 * @returns {string[]}
 */
export function systemPackages(root = repository) {
  const files = LISTS.flatMap(([parent = "", list = ""]) =>
    existsSync(join(root, parent))
      ? readdirSync(join(root, parent)).map((folder) => join(root, parent, folder, list))
      : [],
  );
  const names = files
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, "utf8").split("\n"))
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
  return [...new Set(names)].sort();
}

/**
 * Installs them with apt-get, those that are missing; needs root or sudo.
 *
 * @param {string[]} names
 */
export function installSystemPackages(names) {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  console.log(`apt-get install ${missing.join(" ")}`);
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...missing]]) {
    const [program = "apt-get", ...rest] = [...asRoot, "apt-get", "-qq", ...args];
    const { status, error } = spawnSync(program, rest, { env, stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error(`${program} ${rest.join(" ")} failed: ${error?.message ?? `exit ${status}`}`);
  }
}

/** @param {string} name */
function isInstalled(name) {
  const { status, stdout } = spawnSync("dpkg-query", ["-W", "-f=${Status}", name], { encoding: "utf8" });
  return status === 0 && stdout.endsWith(" installed");
}
