import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { NativeBinding } from "./native.js";

/** What came of looking for the native binding. The error is kept: it is what tells a user why direct I/O is not in force. */
export type LoadedBinding =
  | { readonly binding: NativeBinding; readonly path: string; readonly error: undefined }
  | { readonly binding: undefined; readonly path: string; readonly error: Error };

/** Names the binary to load instead of the packaged one: for contributors (`npm run build:native`) and unusual platforms. */
export const BINDING_VARIABLE = "STOWAGE_DIRECT_BINDING";

let loaded: LoadedBinding | undefined;

/**
 * Loads the native binding on first use. Never throws: no binary for this platform, `--no-addons`, the permission model, a
 * binary that the dynamic linker refuses are all facts to report, since the store then works buffered.
 */
export function loadBinding(): LoadedBinding {
  loaded ??= load();
  return loaded;
}

/** Where the packaged binary of this platform is, whether or not there is one. */
export function packagedBinding(): string {
  return fileURLToPath(
    new URL(`../../prebuilds/${process.platform}-${process.arch}/stowage-direct.node`, import.meta.url),
  );
}

function load(): LoadedBinding {
  const path = process.env[BINDING_VARIABLE] ?? packagedBinding();
  try {
    const exported: unknown = createRequire(import.meta.url)(path);
    if (!isBinding(exported)) throw new Error(`${path} is not the binding of this version of @stowage/store-direct`);
    return { binding: exported, path, error: undefined };
  } catch (error) {
    return { binding: undefined, path, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

const FUNCTIONS = [
  "start",
  "read",
  "readRanges",
  "write",
  "probe",
  "cancel",
  "take",
  "allocate",
  "detach",
  "trim",
  "stats",
] as const;

function isBinding(value: unknown): value is NativeBinding {
  if (typeof value !== "object" || value === null) return false;
  return FUNCTIONS.every((name) => typeof Reflect.get(value, name) === "function");
}
