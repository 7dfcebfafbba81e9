import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { StoreError } from "@stowage/core";
import type { Harness } from "./types.js";

/**
 * The harness that a module exports as default. `specifier` is a file, or a package's entry
 * (`@stowage/store-file/conformance`), found from the current folder as an application would find it.
 */
export async function loadHarness(specifier: string): Promise<Harness> {
  const loaded = await importFrom(specifier);
  const harness: unknown =
    typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : undefined;
  if (isHarness(harness)) return harness;
  throw new StoreError({
    code: "InvalidArgument",
    message: `${specifier} exports no harness: its default export needs open(namespace), reset(namespace), name and target`,
  });
}

async function importFrom(specifier: string): Promise<unknown> {
  if (/^[./]|^[a-z]:\\/i.test(specifier) || existsSync(specifier))
    return await importFile(resolve(specifier), specifier);
  try {
    const { resolve: fromHere } = createRequire(pathToFileURL(`${process.cwd()}/`));
    return await import(pathToFileURL(fromHere(specifier)).href);
  } catch (error) {
    // Where the suite itself is installed beside the store, its own resolution finds what the folder's does not.
    try {
      return await import(specifier);
    } catch {
      throw notFound(specifier, error);
    }
  }
}

async function importFile(path: string, specifier: string): Promise<unknown> {
  if (!existsSync(path)) throw notFound(specifier, new Error(`${path} does not exist`));
  return await import(pathToFileURL(path).href);
}

function notFound(specifier: string, cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
  return new StoreError({
    code: "InvalidArgument",
    message: `${specifier} cannot be loaded (${reason}); give a file, or an installed package's entry such as @stowage/store-file/conformance`,
    cause,
  });
}

function isHarness(value: unknown): value is Harness {
  return (
    typeof value === "object" &&
    value !== null &&
    "open" in value &&
    typeof value.open === "function" &&
    "reset" in value &&
    typeof value.reset === "function" &&
    "name" in value &&
    "target" in value
  );
}
