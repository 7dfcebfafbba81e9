// Words that say "not finished" or "not checked".
import { runAsScript } from "./run-as-script.mjs";
import { PUBLISHED, sources } from "./sources.mjs";

/** @type {{ pattern: RegExp, why: string, where: RegExp }[]} */
const RULES = [
  {
    // A letter in brackets each, so that this line does not match itself.
    pattern: /\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b/,
    why: "finish it, or write it down where users look",
    where: /^(packages\/[^/]+\/(src|test|native|bin)|tools)\/.*\.(ts|mjs|js|c|h)$/,
  },
  {
    pattern: /\b(it|test|describe|suite)(\.\w+)*\.(skip|only|todo|fails)\b|\bretry:\s*[1-9]/,
    why: "a test runs, or says by needs() what the machine lacks",
    where: /\.test\.ts$/,
  },
  {
    // In a sentence `: any` goes on with a word or a bracket.
    pattern: /\bas any\b|: any\b(?!\s+[\w(])|<any>|\bas unknown as\b|@ts-ignore|@ts-expect-error|@ts-nocheck/,
    why: "unchecked type",
    where: PUBLISHED,
  },
];

/**
 * @param {string} root
 * @returns {string[]}
 */
export function checkWording(root) {
  return RULES.flatMap(({ pattern, why, where }) =>
    sources(root, where).flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, index) => {
        const found = pattern.exec(line);
        return found === null ? [] : [`${path}:${index + 1}: ${found[0]}: ${why}`];
      }),
    ),
  );
}

await runAsScript(import.meta.url, checkWording, "nothing is marked as unfinished or unchecked");
