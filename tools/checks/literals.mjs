// Sizes, limits and timeouts have one home, packages/core/src/constants. A number that looks like one elsewhere fails.
import ts from "typescript";
import { runAsScript } from "./run-as-script.mjs";
import { PUBLISHED, sources, tokens } from "./sources.mjs";

const HOME = "packages/core/src/constants/";

/** Shipped tests: the sizes in them are test data, like those of any test. */
const SHIPPED_TESTS = /^packages\/conformance-suite\/src\/(cases|mutants)\//;

/** From here on a decimal integer is a size, a limit or a time rather than a small count or a status code. */
const FIRST_SUSPECT = 1_000;

/** Exponents from here on make sizes: 2 ** 9 is the smallest sector. */
const FIRST_SUSPECT_EXPONENT = 9;

/** Factors between units (ms and s, bytes and MB, ns): allowed beside `*`, `/` and `%`, and as constants named `…_PER_…`. */
const UNIT_FACTORS = new Set([1_000, 1_000_000, 1_000_000_000]);

/** Seconds of an hour and of a day are nothing else. */
const UNITS_OF_TIME = new Set([3_600, 86_400]);

/**
 * @param {string} root
 * @returns {string[]}
 */
export function checkLiterals(root) {
  return sources(root, PUBLISHED)
    .filter(({ path }) => !path.startsWith(HOME) && !SHIPPED_TESTS.test(path) && !path.endsWith(".generated.ts"))
    .flatMap((source) => {
      const all = tokens(source);
      return all.flatMap((token, index) =>
        isSuspect(token, all[index - 1], all[index + 1], all[index - 2])
          ? [`${source.path}:${token.line}: ${token.text} belongs in ${HOME} (unit, reason, source)`]
          : [],
      );
    });
}

/** @typedef {ReturnType<typeof tokens>[number]} Token */

/**
 * @param {Token} token
 * @param {Token | undefined} before
 * @param {Token | undefined} after
 * @param {Token | undefined} beforeThat
 */
function isSuspect(token, before, after, beforeThat) {
  const isBig = token.kind === ts.SyntaxKind.BigIntLiteral;
  if (token.kind !== ts.SyntaxKind.NumericLiteral && !isBig) return false;
  // Hexadecimal numbers are masks and code points.
  if (/^0[xbo]/i.test(token.text)) return false;
  const value = Number(token.text.replaceAll("_", "").replace(/n$/, ""));
  if (isPowerOrShift(before, beforeThat)) return value >= FIRST_SUSPECT_EXPONENT;
  if (!Number.isInteger(value) || value < FIRST_SUSPECT) return false;
  if (UNITS_OF_TIME.has(value)) return false;
  const isNamedFactor = before?.text === "=" && /_PER_/.test(beforeThat?.text ?? "");
  const scales = [before, after].some((neighbour) => neighbour !== undefined && /^[*/%]=?$/.test(neighbour.text));
  return !(UNIT_FACTORS.has(value) && (scales || isNamedFactor));
}

/**
 * Whether the token after `before` is the exponent of `2 **` or the distance of `1 <<`.
 *
 * @param {Token | undefined} before
 * @param {Token | undefined} base
 */
function isPowerOrShift(before, base) {
  return (before?.text === "**" && base?.text === "2") || (before?.text === "<<" && base?.text === "1");
}

await runAsScript(import.meta.url, checkLiterals, "no size, limit or time outside the constants");
