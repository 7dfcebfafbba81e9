// `file://` is this package's own: registered here, found also where package managers hide it from core.
import "@stowage/store-file";
import { COMMON_OPTION_DECLARATIONS, defaultRegistry, knownSchemes } from "@stowage/core";
import type { CommonStoreOptions, ObjectStore, StorePlugin } from "@stowage/core";
import { schemeOf } from "../arguments/location.js";
import { coerceOptions, unknownOption } from "../arguments/store-options.js";
import type { DeclaredOptions, GivenOption } from "../arguments/store-options.js";

/** Options in the types that the store declares; core checks them again. */
export type StoreOptions = CommonStoreOptions & { readonly [name: string]: unknown };

/** Options of two stores as given: for both, for one of them. */
export interface GivenTransferOptions extends GivenSides {
  readonly both: readonly GivenOption[];
}

/** Options of a transfer, sorted by the side that they are for. */
export interface GivenSides {
  readonly source: readonly GivenOption[];
  readonly destination: readonly GivenOption[];
}

/**
 * Do both sides reach the same service in the same way, so that equal URIs are the same place? Options that every store takes
 * (sizes, concurrency, retries) say how much at a time, never where.
 */
export function sameOptions({ source, destination }: GivenSides): boolean {
  return reachedBy(source) === reachedBy(destination);
}

function reachedBy(given: readonly GivenOption[]): string {
  const own = given.filter(({ name }) => !Object.hasOwn(COMMON_OPTION_DECLARATIONS, name));
  return JSON.stringify(own.map(({ name, value }) => [name, value]));
}

/** Opens stores for one run of the command, and closes them all at its end. */
export class Stores implements AsyncDisposable {
  readonly #opened = new Set<ObjectStore>();

  async openStore(uri: string, given: readonly GivenOption[]): Promise<ObjectStore> {
    return this.#keep(await defaultRegistry.openStore(uri, await this.optionsOf(uri, given)));
  }

  async openObject(
    uri: string,
    given: readonly GivenOption[],
  ): Promise<{ readonly store: ObjectStore; readonly key: string }> {
    const options = await this.optionsOf(uri, given);
    const { store, key } = await defaultRegistry.openObject(uri, options);
    return { store: this.#keep(store), key };
  }

  /** The options given, in the types that the URI's store declares. Throws `InvalidArgument` for an unknown one, with the list. */
  async optionsOf(uri: string, given: readonly GivenOption[]): Promise<StoreOptions> {
    const plugin = await pluginOf(uri);
    return coerceOptions(given, declaredBy(plugin), `${plugin.schemes[0]}://`);
  }

  /**
   * Options of a transfer, by side. What is given for both goes to each side that knows it; known to neither it is an error, and
   * so is an option given for one side that this side does not know.
   */
  async transferOptions(source: string, destination: string, given: GivenTransferOptions): Promise<GivenSides> {
    const [from, to] = [await pluginOf(source), await pluginOf(destination)];
    const [fromDeclared, toDeclared] = [declaredBy(from), declaredBy(to)];
    for (const { name, flag } of given.both) {
      if (Object.hasOwn(fromDeclared, name) || Object.hasOwn(toDeclared, name)) continue;
      const owner = from === to ? `${from.schemes[0]}://` : `neither ${from.schemes[0]}:// nor ${to.schemes[0]}://`;
      throw unknownOption(name, flag, { ...fromDeclared, ...toDeclared }, owner);
    }
    const known = (declared: DeclaredOptions): GivenOption[] =>
      given.both.filter(({ name }) => Object.hasOwn(declared, name));
    return {
      source: [...known(fromDeclared), ...given.source],
      destination: [...known(toDeclared), ...given.destination],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#opened) await store.close();
    this.#opened.clear();
    await defaultRegistry[Symbol.asyncDispose]();
  }

  #keep(store: ObjectStore): ObjectStore {
    this.#opened.add(store);
    return store;
  }
}

/** The plugin of a URI, loaded from its installed package if need be. */
async function pluginOf(uri: string): Promise<StorePlugin> {
  if (schemeOf(uri) === "https" || schemeOf(uri) === "http") await loadInstalled();
  return defaultRegistry.pluginOf(uri);
}

/** Loads every installed store, so that each can say whether a URI of a foreign scheme (`https:`) is its own. */
async function loadInstalled(): Promise<void> {
  for (const { scheme, plugin } of knownSchemes()) {
    if (plugin !== undefined) continue;
    // One that is not installed, or broken, claims nothing.
    await defaultRegistry.pluginOf(`${scheme}://`).catch(() => {});
  }
}

/** The plugin's own options and core's, which every store takes. */
export function declaredBy(plugin: StorePlugin): DeclaredOptions {
  return { ...COMMON_OPTION_DECLARATIONS, ...plugin.options };
}
