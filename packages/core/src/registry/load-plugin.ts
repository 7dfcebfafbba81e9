import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { StorePlugin } from "../driver/plugin.js";
import { messageOf, StoreError } from "../errors/index.js";

/** Imports a package that exports `plugin`; injected by tests. */
export type ImportPackage = (name: string) => Promise<unknown>;

/**
 * The plugin of an installed package: as core itself can import it, else as the application's folder can (package managers that do
 * not hoist hide it from core). A package that is not there is `PluginMissing` with the command that installs it; one that is
 * broken inside keeps its own error as the cause.
 */
export async function loadPlugin(
  scheme: string,
  packageName: string,
  importPackage: ImportPackage,
): Promise<StorePlugin> {
  let loaded: unknown;
  try {
    loaded = await importPackage(packageName);
  } catch (error) {
    if (!isMissing(error, packageName)) {
      throw new StoreError({
        code: "PluginIncompatible",
        message: `${packageName} is installed but failed to load: ${messageOf(error)}`,
        cause: error,
        scheme,
      });
    }
    throw new StoreError({
      code: "PluginMissing",
      message: `${scheme}:// needs the package ${packageName}, which is not installed; run: npm install ${packageName}`,
      cause: error,
      scheme,
    });
  }
  if (typeof loaded === "object" && loaded !== null && "plugin" in loaded && isPlugin(loaded.plugin))
    return loaded.plugin;
  throw new StoreError({
    code: "PluginIncompatible",
    message: `${packageName} exports no Stowage plugin; the installed version does not fit this @stowage/core`,
    scheme,
  });
}

export async function importInstalled(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    const fromApplication = createRequire(pathToFileURL(`${process.cwd()}/`));
    let resolved: string;
    try {
      resolved = fromApplication.resolve(name);
    } catch {
      throw error;
    }
    return import(pathToFileURL(resolved).href);
  }
}

export function isPlugin(value: unknown): value is StorePlugin {
  return (
    typeof value === "object" &&
    value !== null &&
    "specVersion" in value &&
    "name" in value &&
    typeof value.name === "string" &&
    "schemes" in value &&
    Array.isArray(value.schemes)
  );
}

/** Was it this very package that was not found, rather than one that it imports? */
function isMissing(error: unknown, packageName: string): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  if (error.code !== "ERR_MODULE_NOT_FOUND" && error.code !== "MODULE_NOT_FOUND") return false;
  return error.message.includes(`'${packageName}'`);
}
