// The files that the checks read, and how they cut them up.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/**
 * A checked file.
 *
 * @typedef {object} Source
 * @property {string} path relative to the root, with `/`
 * @property {string} text
 */

/**
 * Files of the repository (committed, or new and not ignored) whose path matches.
 *
 * @param {string} root
 * @param {RegExp} pattern
 * @returns {Source[]}
 */
export function sources(root, pattern) {
  const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return list
    .split("\0")
    .filter((path) => pattern.test(path) && existsSync(join(root, path)))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** What a package publishes: sources without their tests. */
export const PUBLISHED = /^packages\/[^/]+\/src\/(?!.*\.test\.ts$).*\.ts$/;

/** @param {Source} source */
export function lineCount({ text }) {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/**
 * A source's tokens without comments, with the line each is on.
 *
 * @param {Source} source
 * @returns {{ kind: ts.SyntaxKind, text: string, line: number }[]}
 */
export function tokens({ path, text }) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  /** @type {{ kind: ts.SyntaxKind, text: string, line: number }[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const children = node.getChildren(file).filter((child) => !ts.isJSDoc(child));
    if (children.length === 0 && node.getWidth(file) > 0) {
      const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
      found.push({ kind: node.kind, text: node.getText(file), line });
    }
    for (const child of children) visit(child);
  };
  visit(file);
  return found;
}

/**
 * The modules that a source names in `import`, `export … from`, `import()` and `require()`.
 *
 * @param {Source} source
 * @returns {{ specifier: string, line: number, isType: boolean }[]} `isType`: nothing of the module is there at run time
 */
export function imports({ text }) {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles.map(({ fileName, pos }) => {
    const statement = text.slice(0, pos).split(";").at(-1) ?? "";
    return {
      specifier: fileName,
      line: text.slice(0, pos).split("\n").length,
      isType: /^\s*(\/\/.*\s+|\/\*[\s\S]*?\*\/\s*)*(import|export) type\b/.test(statement),
    };
  });
}
