import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defaultRegistry, StoreError } from "@stowage/core";
import type { StorePlugin } from "@stowage/core";

/** Imports the modules of `--plugin`: packages as the current directory sees them, or files. Each registers itself, or exports `plugin`. */
export async function loadPlugins(names: readonly string[], cwd: string): Promise<void> {
  for (const name of names) {
    const loaded = await importFrom(name, cwd);
    if (hasPlugin(loaded)) defaultRegistry.register(loaded.plugin);
  }
}

async function importFrom(name: string, cwd: string): Promise<unknown> {
  try {
    const path = /^\.{0,2}\//.test(name) ? resolve(cwd, name) : createRequire(pathToFileURL(`${cwd}/`)).resolve(name);
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError({
      code: "PluginMissing",
      message: `--plugin ${name} cannot be loaded: ${reason}`,
      cause: error,
    });
  }
}

/** Registration itself checks what it is given. */
function hasPlugin(loaded: unknown): loaded is { readonly plugin: StorePlugin } {
  return typeof loaded === "object" && loaded !== null && "plugin" in loaded && typeof loaded.plugin === "object";
}
