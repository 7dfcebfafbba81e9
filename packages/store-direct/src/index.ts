import { checkOptions, createStore, registerPlugin, StoreError } from "@stowage/core";
import type { CommonStoreOptions, ObjectStore } from "@stowage/core";
import { checkDirectory } from "@stowage/store-file/local";
import type { DirectOptions } from "./options.js";
import { openDirectDriver, plugin } from "./plugin.js";

export type { Durability } from "@stowage/store-file/local";
export { createArena } from "./arena.js";
export type { DirectOptions, Fallback } from "./options.js";
export { plugin } from "./plugin.js";

declare module "@stowage/core" {
  interface StoreOptionsByScheme {
    direct: DirectOptions;
  }
}

registerPlugin(plugin);

export interface DirectStoreOptions extends CommonStoreOptions, DirectOptions {
  /** Absolute path of the container's directory. It must exist before anything is put into it: `createContainer` makes it. */
  readonly directory: string;
}

/**
 * A store of the files below a directory, with O_DIRECT, without a URI. Throws `InvalidArgument`, and `Unsupported` with
 * `fallback: "error"` where O_DIRECT is not in force.
 */
export function direct(options: DirectStoreOptions): ObjectStore {
  if (typeof options !== "object" || options === null) {
    throw new StoreError({ code: "InvalidArgument", message: "direct() takes options, at least { directory }" });
  }
  checkOptions("direct()", plugin.options, options, ["directory", "prefix"]);
  const { directory, durability, fallback, ioUring, ...common } = options;
  const container = checkDirectory(directory);
  const driver = openDirectDriver(container, { durability, fallback, ioUring });
  return createStore(driver, { ...common, plugin, container });
}
