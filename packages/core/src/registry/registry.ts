import type { Location, StorePlugin } from "../driver/plugin.js";
import { SPEC_VERSION } from "../driver/plugin.js";
import type { StoreDriver } from "../driver/driver.js";
import { StoreError } from "../errors/index.js";
import { createStore } from "../store/create-store.js";
import { resolveTransfer } from "../store/defaults.js";
import type { ObjectStore } from "../store/object-store.js";
import type { Environment } from "../retry/environment.js";
import type { Budget } from "../transfer/budget.js";
import { createDriverCache } from "./driver-cache.js";
import type { DriverCache } from "./driver-cache.js";
import { importInstalled, isPlugin, loadPlugin } from "./load-plugin.js";
import type { ImportPackage } from "./load-plugin.js";
import { named } from "./named-errors.js";
import { splitOptions } from "./options.js";
import { SCHEME_PACKAGES } from "./scheme-packages.js";
import type { OptionsOf } from "./scheme-options.js";
import { schemeOf, uriText } from "./uri-text.js";

export interface RegistryOptions {
  readonly plugins?: readonly StorePlugin[] | undefined;
  /** Given to every store that names none of its own. */
  readonly budget?: Budget | undefined;
  readonly environment?: Environment | undefined;
  /** How a package is imported that a scheme needs; `false` loads nothing. */
  readonly importPackage?: ImportPackage | false | undefined;
}

/** A URI taken apart by its plugin. */
export interface ParsedUri extends Location {
  readonly scheme: string;
  readonly plugin: StorePlugin;
}

export interface KnownScheme {
  readonly scheme: string;
  /** npm package that provides it. */
  readonly package: string;
  /** Loaded and registered; `undefined` when it is only known by name. */
  readonly plugin: StorePlugin | undefined;
}

/** Plugins by scheme. What two copies of core share is data only, so that versions of this class may differ. */
export interface RegistryData {
  readonly plugins: Map<string, StorePlugin>;
}

/** Opens stores by URI. `createRegistry()` gives an isolated one; the default one is shared by all copies of core. */
export class Registry implements AsyncDisposable {
  readonly #data: RegistryData;
  readonly #options: RegistryOptions;
  readonly #drivers: DriverCache = createDriverCache();

  constructor(data: RegistryData, options: RegistryOptions = {}) {
    checkRegistryOptions(options);
    this.#data = data;
    this.#options = options;
    for (const plugin of options.plugins ?? []) this.register(plugin);
  }

  /**
   * Adds a plugin. The same package again is welcome (a second copy of it replaces nothing); another package for the same scheme
   * is `InvalidArgument`; one written for another contract is `PluginIncompatible`, naming both versions.
   */
  register(plugin: StorePlugin): void {
    if (!isPlugin(plugin))
      throw new StoreError({
        code: "InvalidArgument",
        message: "this is no Stowage plugin: it needs name, specVersion and schemes",
      });
    checkSpecVersion(plugin);
    checkShape(plugin);
    for (const scheme of plugin.schemes) {
      if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) {
        throw new StoreError({
          code: "InvalidArgument",
          message: `${JSON.stringify(scheme)} is no URI scheme (plugin ${plugin.name})`,
        });
      }
      const known = this.#data.plugins.get(scheme);
      if (known !== undefined && known.name !== plugin.name) {
        throw new StoreError({
          code: "InvalidArgument",
          message: `${scheme}:// is registered by ${known.name} already; ${plugin.name} cannot take it too`,
          scheme,
        });
      }
    }
    for (const scheme of plugin.schemes) {
      if (!this.#data.plugins.has(scheme)) this.#data.plugins.set(scheme, plugin);
    }
  }

  /** Every scheme that is registered or known by name. */
  schemes(): KnownScheme[] {
    const registered = [...this.#data.plugins].map(([scheme, plugin]) => ({ scheme, package: plugin.name, plugin }));
    const named = Object.entries(SCHEME_PACKAGES).filter(([scheme]) => !this.#data.plugins.has(scheme));
    const all: KnownScheme[] = [
      ...registered,
      ...named.map(([scheme, name]) => ({ scheme, package: name, plugin: undefined })),
    ];
    return all.sort((a, b) => (a.scheme < b.scheme ? -1 : 1));
  }

  /** The plugin of a URI or of a scheme, loaded if need be, for `operation`, which errors name. */
  pluginOf(uri: string | URL, operation = "pluginOf"): Promise<StorePlugin> {
    return named(operation, uri, () => this.#pluginOf(uri));
  }

  async #pluginOf(uri: string | URL): Promise<StorePlugin> {
    const text = uriText(uri);
    const scheme = schemeOf(text);
    const plugin = this.#claimed(text) ?? this.#data.plugins.get(scheme) ?? (await this.#load(scheme));
    checkSpecVersion(plugin);
    return plugin;
  }

  /** Takes a URI apart, as that of a store (container and prefix) or of an object (container and key). */
  parse(uri: string | URL, as: "store" | "object"): Promise<ParsedUri> {
    return named("parseUri", uri, () => this.#parse(uri, as));
  }

  /** Opens the store that a URI names, at its prefix. Close it when done. */
  openStore<const Uri extends string>(uri: Uri | URL, options?: OptionsOf<Uri>): Promise<ObjectStore> {
    return named("openStore", uri, async () => {
      const { plugin, container, key } = await this.#parse(uri, "store");
      return this.#open(plugin, container, key, options, false);
    });
  }

  /** Opens the store of an object URI, and gives the key in it. */
  openObject<const Uri extends string>(
    uri: Uri | URL,
    options?: OptionsOf<Uri>,
  ): Promise<{ readonly store: ObjectStore; readonly key: string }> {
    return named("openObject", uri, async () => {
      const { plugin, container, key } = await this.#parse(uri, "object");
      return { store: await this.#open(plugin, container, "", options, false), key };
    });
  }

  /** As `openStore`, for the URI-level function `operation`: the connection stays with the registry for the next of them. */
  borrowStore(operation: string, uri: string | URL, options: object | undefined): Promise<ObjectStore> {
    return named(operation, uri, async () => {
      const { plugin, container, key } = await this.#parse(uri, "store");
      return this.#open(plugin, container, key, options, true);
    });
  }

  /** As `openObject`, for the URI-level function `operation`. */
  borrowObject(
    operation: string,
    uri: string | URL,
    options: object | undefined,
  ): Promise<{ readonly store: ObjectStore; readonly key: string }> {
    return named(operation, uri, async () => {
      const { plugin, container, key } = await this.#parse(uri, "object");
      return { store: await this.#open(plugin, container, "", options, true), key };
    });
  }

  /** Closes everything that URI-level functions have left open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drivers.close();
  }

  async #parse(uri: string | URL, as: "store" | "object"): Promise<ParsedUri> {
    if (as !== "store" && as !== "object") {
      throw new StoreError({ code: "InvalidArgument", message: `a URI is parsed as "store" or as "object"` });
    }
    const plugin = await this.#pluginOf(uri);
    const { container, key } = plugin.parse(uri, as);
    return { scheme: plugin.schemes[0], plugin, container, key };
  }

  async #open(
    plugin: StorePlugin,
    container: string,
    prefix: string,
    options: object | undefined,
    keep: boolean,
  ): Promise<ObjectStore> {
    const { common, own } = splitOptions(plugin, options);
    const transfer = resolveTransfer(common);
    const open = async (): Promise<StoreDriver> => plugin.open(container, own, { transfer });
    const { driver, release } = await this.#drivers.acquire(plugin, container, { ...own, ...common }, keep, open);
    try {
      const { budget, environment } = this.#options;
      return createStore(driver, { budget, ...common, plugin, container, prefix, environment, release });
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** The plugin that claims a URI of a foreign scheme (`https:`); two claims are an error. */
  #claimed(uri: string): StorePlugin | undefined {
    const plugins = [...new Set(this.#data.plugins.values())];
    const claims = plugins.filter(
      (plugin) => !plugin.schemes.includes(schemeOf(uri)) && plugin.matches?.(uri) === true,
    );
    if (claims.length < 2) return claims[0];
    throw new StoreError({
      code: "InvalidUri",
      message: `several plugins claim this URI: ${claims.map((plugin) => plugin.name).join(", ")}; use their own scheme`,
    });
  }

  async #load(scheme: string): Promise<StorePlugin> {
    const packageName = SCHEME_PACKAGES[scheme];
    const { importPackage = importInstalled } = this.#options;
    if (packageName === undefined || !Object.hasOwn(SCHEME_PACKAGES, scheme) || importPackage === false) {
      const known = this.schemes().map((entry) => `${entry.scheme}://`);
      throw new StoreError({
        code: "UnknownScheme",
        message: `no plugin for ${scheme}://; known: ${known.join(", ")} (a third party's is there once its package is imported)`,
        scheme,
      });
    }
    const plugin = await loadPlugin(scheme, packageName, importPackage);
    // An isolated registry gets its own entry; the default one has it from the package's own registration.
    this.register(plugin);
    return this.#data.plugins.get(scheme) ?? plugin;
  }
}

const optionNames = ["plugins", "budget", "environment", "importPackage"];

function checkRegistryOptions(options: RegistryOptions): void {
  if (typeof options !== "object" || options === null) throw invalid("options of a registry are an object");
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown !== undefined) {
    throw invalid(`unknown option ${JSON.stringify(unknown)}; known: ${optionNames.join(", ")}`);
  }
  if (options.plugins !== undefined && !Array.isArray(options.plugins)) throw invalid("plugins is an array of plugins");
  if (options.budget !== undefined && typeof options.budget?.acquire !== "function") {
    throw invalid("budget is what createBudget(bytes) gives");
  }
  const { importPackage } = options;
  if (importPackage !== undefined && importPackage !== false && typeof importPackage !== "function") {
    throw invalid("importPackage is a function, or false");
  }
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}

/** Throws `InvalidArgument` unless it is a registry, of this or another copy of core. */
export function checkRegistry(registry: unknown): void {
  if (registry === undefined || registry instanceof Registry) return;
  if (typeof registry === "object" && registry !== null && "borrowStore" in registry) return;
  throw invalid("registry is what createRegistry() gives");
}

/** Judged when a plugin is registered, and again when it is used: another copy of core may have registered it. */
function checkSpecVersion(plugin: StorePlugin): void {
  if (plugin.specVersion === SPEC_VERSION) return;
  throw new StoreError({
    code: "PluginIncompatible",
    message:
      `${plugin.name} ${plugin.version} speaks version ${plugin.specVersion} of the plugin contract, this @stowage/core version ` +
      `${SPEC_VERSION}; install versions that fit: npm install @stowage/core@latest ${plugin.name}@latest`,
    scheme: plugin.schemes[0],
  });
}

function checkShape(plugin: StorePlugin): void {
  const missing = (["parse", "format", "open"] as const).find((name) => typeof plugin[name] !== "function");
  const options = typeof plugin.options === "object" && plugin.options !== null;
  if (missing === undefined && options && plugin.schemes.length > 0) return;
  const what = missing === undefined ? (options ? "a scheme" : "options") : `${missing}()`;
  throw new StoreError({ code: "InvalidArgument", message: `the plugin ${plugin.name} lacks ${what}` });
}
