// Finds the runnable snippets of a Markdown file: ```ts and ```sh blocks.

/**
 * @typedef {object} Snippet
 * @property {string} file Markdown file, relative to the repository
 * @property {number} line of its first line in it
 * @property {"ts" | "sh"} language
 * @property {string} code
 * @property {string} [skip] the reason given in `<!-- snippet: skip reason -->` before the block
 */

const FENCE = /^(`{3,})(\w*)[^\n]*\n([\s\S]*?)^\1[ \t]*$/gm;
const SKIP = /<!-- snippet: skip (.+?) -->\s*$/;

/**
 * @param {string} file
 * @param {string} text
 * @returns {Snippet[]}
 */
export function parseSnippets(file, text) {
  return [...text.matchAll(FENCE)].flatMap((match) => {
    const [, , language, code = ""] = match;
    if (language !== "ts" && language !== "sh") return [];
    const before = text.slice(0, match.index);
    const skip = SKIP.exec(before)?.[1];
    return [{ file, line: before.split("\n").length + 1, language, code, ...(skip === undefined ? {} : { skip }) }];
  });
}
