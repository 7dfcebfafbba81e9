import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { repository } from "../../run/install.mjs";

/**
 * What a server is known to do otherwise than the service it stands for, from the table that the store's own tests use.
 *
 * @param {string} store folder of its package
 * @param {string} name of the exported table
 * @returns {Promise<Record<string, import("@stowage/conformance-suite").KnownFailure>>}
 */
export async function knownFailures(store, name) {
  const source = readFileSync(join(repository, "packages", store, "test/known-failures.ts"), "utf8");
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  const tables = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);
  return tables[name];
}
