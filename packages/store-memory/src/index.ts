import { checkOptions, createStore, registerPlugin, StoreError } from "@stowage/core";
import type { CommonStoreOptions, ObjectStore } from "@stowage/core";
import { limitAccess } from "./access.js";
import { emptyContainer } from "./containers.js";
import { memoryDriver } from "./driver.js";
import { plugin } from "./plugin.js";
import type { MemoryOptions } from "./plugin.js";

export { plugin } from "./plugin.js";
export type { MemoryOptions } from "./plugin.js";

declare module "@stowage/core" {
  interface StoreOptionsByScheme {
    memory: MemoryOptions;
  }
}

registerPlugin(plugin);

export interface MemoryStoreOptions extends CommonStoreOptions, Pick<MemoryOptions, "disable" | "access"> {
  /** Name in the store's URIs. Default `private`. */
  readonly name?: string | undefined;
}

/** Made so far: their URIs are alike, what they hold is not. */
let privateStores = 0;

/** A store of its own in memory, reachable through this object only and gone with it. */
export function memory(options: MemoryStoreOptions = {}): ObjectStore {
  if (typeof options !== "object" || options === null) {
    throw new StoreError({ code: "InvalidArgument", message: "options of memory() are an object" });
  }
  checkOptions("memory()", plugin.options, options, ["name", "prefix"]);
  const { name = "private", disable = [], access = "full", ...common } = options;
  const container = emptyContainer();
  privateStores += 1;
  const driver = limitAccess(
    memoryDriver(() => container, disable, `private-${privateStores}`),
    access,
  );
  return createStore(driver, { ...common, plugin, container: name });
}
