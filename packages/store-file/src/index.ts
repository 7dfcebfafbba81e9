import { checkOptions, createStore, registerPlugin, StoreError } from "@stowage/core";
import type { CommonStoreOptions, ObjectStore } from "@stowage/core";
import { checkDirectory } from "./local/index.js";
import { openFileDriver, plugin } from "./plugin.js";
import type { FileOptions } from "./plugin.js";

export type { Durability } from "./local/index.js";
export { plugin } from "./plugin.js";
export type { FileOptions } from "./plugin.js";

declare module "@stowage/core" {
  interface StoreOptionsByScheme {
    file: FileOptions;
  }
}

registerPlugin(plugin);

export interface FileStoreOptions extends CommonStoreOptions, FileOptions {
  /** Absolute path of the container's directory. It must exist before anything is put into it: `createContainer` makes it. */
  readonly directory: string;
}

/** A store of the files below a directory, without a URI. Throws `InvalidArgument`. */
export function file(options: FileStoreOptions): ObjectStore {
  if (typeof options !== "object" || options === null) {
    throw new StoreError({ code: "InvalidArgument", message: "file() takes options, at least { directory }" });
  }
  checkOptions("file()", plugin.options, options, ["directory", "prefix"]);
  const { directory, durability, inlineReads, ...common } = options;
  const container = checkDirectory(directory);
  return createStore(openFileDriver(container, { durability, inlineReads }), { ...common, plugin, container });
}
