import { checkOptions, createStore, registerPlugin, StoreError } from "@stowage/core";
import type { CommonStoreOptions, ObjectStore } from "@stowage/core";
import { openDriver } from "./open.js";
import { optionDeclarations } from "./options/options.js";
import type { AzureCallOptions, AzureOptions } from "./options/options.js";
import { plugin } from "./plugin.js";

export type { AzureCallOptions, AzureOptions } from "./options/options.js";
export { plugin } from "./plugin.js";

declare module "@stowage/core" {
  interface StoreOptionsByScheme {
    az: AzureOptions;
  }
  interface NativeCallOptions {
    az?: AzureCallOptions;
  }
}

registerPlugin(plugin);

export interface AzureStoreOptions extends AzureOptions, CommonStoreOptions {
  /** Name of the storage account. */
  readonly account: string;
  /** Name of the container. */
  readonly container: string;
  /** Everything is confined below it. Default: the whole container. */
  readonly prefix?: string | undefined;
}

/** A store on one container, without a URI. Throws `InvalidArgument`; a missing container shows at the first operation. */
export function azure(options: AzureStoreOptions): ObjectStore {
  checkOptions("azure()", optionDeclarations, options, ["account", "container", "prefix"]);
  const { account, container, prefix, partSize, concurrency, multipartThreshold, rangeThreshold } = options;
  const { retries, timeouts, budget, keyRules, ...own } = options;
  if (typeof account !== "string" || typeof container !== "string") {
    throw new StoreError({ code: "InvalidArgument", message: "azure() needs account and container, both strings" });
  }
  const path = `${account}/${container}`;
  const common = { partSize, concurrency, multipartThreshold, rangeThreshold, retries, timeouts, budget, keyRules };
  return createStore(openDriver(path, own), { ...common, plugin, container: path, prefix });
}
