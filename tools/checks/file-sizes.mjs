// Small files with one job: a file that has grown past the limit has a seam somewhere.
import { runAsScript } from "./run-as-script.mjs";
import { lineCount, sources } from "./sources.mjs";

const MAX_LINES = 350;

/** Lists of cases and of faults are data, one entry after another, an area a file. */
const LISTS = /^packages\/conformance-suite\/src\/(cases|mutants)\//;
const MAX_LINES_OF_LISTS = 600;

const CHECKED = /^(packages\/[^/]+\/(src|native)\/.*\.(ts|c|h)|tools\/.*\.(mjs|ts|c))$/;
const GENERATED = /\.generated\.ts$/;

/**
 * @param {string} root
 * @returns {string[]}
 */
export function checkFileSizes(root) {
  return sources(root, CHECKED)
    .filter(({ path }) => !GENERATED.test(path))
    .map((source) => ({ path: source.path, lines: lineCount(source), most: mostLines(source.path) }))
    .filter(({ lines, most }) => lines > most)
    .map(({ path, lines, most }) => `${path}: ${lines} lines, at most ${most}`);
}

/** @param {string} path */
function mostLines(path) {
  return LISTS.test(path) ? MAX_LINES_OF_LISTS : MAX_LINES;
}

await runAsScript(import.meta.url, checkFileSizes, "every file is short enough");
