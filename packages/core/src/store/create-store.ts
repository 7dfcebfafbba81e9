import { normalizeStorePrefix, prefixDriver } from "../driver/prefix-driver.js";
import { resolveCapabilities } from "../driver/resolve-capabilities.js";
import type { Feature } from "../driver/capabilities.js";
import type { StoreDriver } from "../driver/driver.js";
import type { StorePlugin } from "../driver/plugin.js";
import { StoreError } from "../errors/index.js";
import { systemEnvironment } from "../retry/environment.js";
import type { Environment } from "../retry/environment.js";
import { createRetryTokens } from "../retry/retry-tokens.js";
import { describe } from "./call-arguments.js";
import { StoreLife } from "./context.js";
import type { StoreContext } from "./context.js";
import { resolveTransfer } from "./defaults.js";
import { keepFreedMemory } from "./freed-memory.js";
import { ObjectStore } from "./object-store.js";
import { COMMON_OPTION_DECLARATIONS } from "../registry/options.js";
import type { CommonStoreOptions } from "./settings.js";

export interface CreateStoreOptions extends CommonStoreOptions {
  readonly plugin: Pick<StorePlugin, "name" | "schemes" | "format"> & {
    readonly containers?: StorePlugin["containers"] | undefined;
  };
  readonly container: string;
  /** Everything is confined below it. */
  readonly prefix?: string | undefined;
  /** Clock and chance, for tests. */
  readonly environment?: Environment | undefined;
  /** Called instead of `driver.close()`, by whoever shares the driver. */
  readonly release?: (() => Promise<void>) | undefined;
}

/** An ObjectStore over a driver, without a URI or a registry. Throws `InvalidArgument`, `Unsupported`. */
export function createStore(driver: StoreDriver, options: CreateStoreOptions): ObjectStore {
  checkDriver(driver);
  checkNames(options);
  const { plugin, container, keyRules = "portable", budget } = options;
  if (budget !== undefined && typeof budget?.acquire !== "function") {
    throw new StoreError({ code: "InvalidArgument", message: "budget is what createBudget(bytes) gives" });
  }
  const prefix = normalizeStorePrefix(options.prefix ?? "");
  const scheme = plugin.schemes[0];
  if (keyRules !== "portable" && keyRules !== "service") {
    throw new StoreError({
      code: "InvalidArgument",
      message: `keyRules is "portable" or "service", not ${describe(keyRules)}`,
    });
  }
  if (keyRules === "service" && !driver.capabilities.keys.serviceKeys) {
    throw new StoreError({
      code: "Unsupported",
      message: `${scheme}:// has no key rules of its own: keyRules "service" is for cloud stores`,
      capability: "keyRules",
    });
  }
  keepFreedMemory();
  const context: StoreContext = {
    driver: prefixDriver(driver, prefix),
    scheme,
    plugin: plugin.name,
    container,
    capabilities: resolveCapabilities(driver, containerFeatures(plugin)),
    transfer: resolveTransfer(options),
    budget,
    keyRules,
    prefix,
    environment: options.environment ?? systemEnvironment,
    retryTokens: createRetryTokens(),
    life: new StoreLife(),
    uriOf: (key) => plugin.format(container, prefix + key),
  };
  return new ObjectStore(context, options.release ?? (() => driver.close()));
}

const required = ["stat", "read", "write", "list", "delete", "containerExists", "close"] as const;

function checkDriver(driver: StoreDriver): void {
  const missing =
    typeof driver !== "object" || driver === null
      ? required[0]
      : required.find((name) => typeof driver[name] !== "function");
  if (missing === undefined && typeof driver.capabilities === "object") return;
  throw new StoreError({
    code: "InvalidArgument",
    message: `this is no StoreDriver: ${missing === undefined ? "capabilities are" : `${missing}() is`} missing`,
  });
}

const names: ReadonlySet<string> = new Set([
  ...Object.keys(COMMON_OPTION_DECLARATIONS),
  ...["plugin", "container", "prefix", "environment", "release"],
]);

/** Options that nobody reads are a mistake that their giver wants to hear of. */
function checkNames(options: CreateStoreOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new StoreError({ code: "InvalidArgument", message: "options of a store are an object" });
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || names.has(name)) continue;
    throw new StoreError({
      code: "InvalidArgument",
      message: `unknown option ${JSON.stringify(name)}; known: ${Object.keys(COMMON_OPTION_DECLARATIONS).join(", ")}, prefix`,
    });
  }
}

function containerFeatures(plugin: CreateStoreOptions["plugin"]): readonly Feature[] {
  const { containers } = plugin;
  return [
    ...(containers?.create === undefined ? [] : (["createContainer"] as const)),
    ...(containers?.delete === undefined ? [] : (["deleteContainer"] as const)),
    ...(containers?.list === undefined ? [] : (["listContainers"] as const)),
  ];
}
