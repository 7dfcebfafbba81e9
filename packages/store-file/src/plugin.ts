import { createRequire } from "node:module";
import { SPEC_VERSION, StoreError } from "@stowage/core";
import type { StoreDriver, StorePlugin } from "@stowage/core";
import {
  checkOneOf,
  createBufferedPath,
  createContext,
  createDirectory,
  deleteDirectory,
  DURABILITIES,
  formatFileUri,
  InlineCalls,
  listDirectories,
  LocalDriver,
  parseFileUri,
} from "./local/index.js";
import type { Durability } from "./local/index.js";

export interface FileOptions {
  /**
   * What survives a crash of the machine once a write has resolved. `none`: what the system happened to have written back; a crash
   * of this process alone loses nothing. `file`: the bytes and attributes are on the device. `full`: the name too. Default `none`.
   */
  readonly durability?: Durability | undefined;
  /**
   * Read small files on the calling thread while they come from the operating system's cache, on local file systems: several times
   * faster; a slow read sends the following ones to the thread pool. Default true.
   */
  readonly inlineReads?: boolean | undefined;
}

const SCHEME = "file";

const { version }: { version: string } = createRequire(import.meta.url)("../package.json");

export const plugin: StorePlugin<FileOptions> = {
  name: "@stowage/store-file",
  version,
  specVersion: SPEC_VERSION,
  schemes: [SCHEME],
  parse: (uri, as) => parseFileUri(SCHEME, uri, as),
  format,
  options: {
    durability: {
      type: "string",
      values: DURABILITIES,
      description: "what survives a crash of the machine: nothing promised, the bytes, or bytes and name",
      default: "none",
    },
    inlineReads: {
      type: "boolean",
      description: "read small cached files on the calling thread",
      default: "true",
    },
  },
  open: openFileDriver,
  containers: {
    create: (container) => createDirectory(container),
    delete: (container, _options, { force }) => deleteDirectory(container, force),
    // `file:///` alone reaches here as no directory at all.
    list: (parent) => listDirectories(parent === "" ? "/" : parent, (directory) => format(directory, "")),
  },
};

/** The driver of a directory, which may not exist yet. Throws `InvalidArgument`, on Windows `Unsupported`. */
export function openFileDriver(directory: string, options: FileOptions): StoreDriver {
  if (process.platform === "win32") {
    throw new StoreError({
      code: "Unsupported",
      message: "file:// does not run on Windows yet: its names have other rules",
    });
  }
  const durability = checkOneOf("durability", options.durability, DURABILITIES, "none");
  const inline = new InlineCalls(directory, checkBoolean("inlineReads", options.inlineReads, true));
  return new LocalDriver(createContext({ root: directory, durability, dataPath: createBufferedPath(inline), inline }));
}

function format(container: string, key: string): string {
  return formatFileUri(SCHEME, container, key);
}

function checkBoolean(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === "boolean") return value;
  throw new StoreError({ code: "InvalidArgument", message: `${name} is true or false, not ${JSON.stringify(value)}` });
}
