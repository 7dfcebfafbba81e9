// Small files with one job: a file that has grown past the limit has a seam somewhere.
import { runAsScript } from "./run-as-script.mjs";
import { lineCount, sources } from "./sources.mjs";

const MAX_LINES = 350;
const CHECKED = /^(packages\/[^/]+\/(src|native)\/.*\.(ts|c|h)|tools\/.*\.(mjs|ts|c))$/;
const GENERATED = /\.generated\.ts$/;

/**
 * @param {string} root
 * @returns {string[]}
 */
export function checkFileSizes(root) {
  return sources(root, CHECKED)
    .filter(({ path }) => !GENERATED.test(path))
    .map((source) => ({ path: source.path, lines: lineCount(source) }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${MAX_LINES}`);
}

await runAsScript(import.meta.url, checkFileSizes, "every file is short enough");
