// Lets a child process of a test run the packages' TypeScript sources, as the tests themselves do: no build comes first.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import * as module from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

const require = module.createRequire(import.meta.url);

/** Compiled sources by hash of their text: loading the compiler takes longer than most tests. */
const CACHE = new URL("../../../../node_modules/.cache/stowage-test-sources/", import.meta.url);

/**
 * Relative imports name the `.js` that a build would make.
 *
 * @type {import("node:module").ResolveHook}
 */
export function resolve(specifier, context, next) {
  if (specifier.startsWith(".") && specifier.endsWith(".js") && context.parentURL?.endsWith(".ts")) {
    const source = new URL(`${specifier.slice(0, -3)}.ts`, context.parentURL);
    if (existsSync(source)) return { url: source.href, format: "module", shortCircuit: true };
  }
  return next(specifier, { ...context, conditions: [...context.conditions, "@stowage/source"] });
}

/** @type {import("node:module").LoadHook} */
export function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  return { format: "module", source: compiled(readFileSync(fileURLToPath(url), "utf8")), shortCircuit: true };
}

/**
 * @param {string} text
 * @returns {string}
 */
function compiled(text) {
  const cached = new URL(`${createHash("sha256").update(text).digest("hex")}.js`, CACHE);
  if (existsSync(cached)) return readFileSync(cached, "utf8");
  /** @type {typeof import("typescript")} */
  const typescript = require("typescript");
  const { outputText } = typescript.transpileModule(text, {
    compilerOptions: {
      target: typescript.ScriptTarget.ES2022,
      module: typescript.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  mkdirSync(CACHE, { recursive: true });
  const temporary = new URL(`${cached.href}.${process.pid}`);
  writeFileSync(temporary, outputText);
  renameSync(temporary, cached);
  return outputText;
}

// Node 22.15 and later run such hooks on the thread itself; from Node 26 on the older way is deprecated.
if ("registerHooks" in module) module.registerHooks({ resolve, load });
else if (isMainThread) module.register(import.meta.url);
