import { StoreError } from "../errors/index.js";
import type { StorePlugin } from "../driver/plugin.js";
import type { ObjectStore } from "../store/object-store.js";
import { Registry } from "./registry.js";
import type { KnownScheme, ParsedUri, RegistryData, RegistryOptions } from "./registry.js";
import type { OptionsOf } from "./scheme-options.js";

/** One place for all copies of core in a process; without a version, so that a mismatch is judged by `specVersion` and named. */
const place: unique symbol = Symbol.for("stowage.registry");

function sharedData(): RegistryData {
  const known: unknown = Reflect.get(globalThis, place);
  if (isRegistryData(known)) return known;
  const data: RegistryData = { plugins: new Map() };
  Object.defineProperty(globalThis, place, { value: data });
  return data;
}

function isRegistryData(value: unknown): value is RegistryData {
  return typeof value === "object" && value !== null && "plugins" in value && value.plugins instanceof Map;
}

/** The registry that plugins join when they are imported. */
export const defaultRegistry: Registry = new Registry(sharedData());

/** An isolated registry: it knows the plugins given to it, and loads installed packages unless told not to. */
export function createRegistry(options: RegistryOptions = {}): Registry {
  return new Registry({ plugins: new Map() }, options);
}

/** Adds a plugin to the default registry; store packages do so when imported. */
export function registerPlugin(plugin: StorePlugin): void {
  defaultRegistry.register(plugin);
}

/** Opens the store that a URI names; see {@link Registry.openStore}. Options are typed by the URI's scheme. */
export function openStore<const Uri extends string>(uri: Uri | URL, options?: OptionsOf<Uri>): Promise<ObjectStore> {
  return defaultRegistry.openStore(uri, options);
}

/** Opens the store of an object URI, and gives the key in it; see {@link Registry.openObject}. */
export function openObject<const Uri extends string>(
  uri: Uri | URL,
  options?: OptionsOf<Uri>,
): Promise<{ readonly store: ObjectStore; readonly key: string }> {
  return defaultRegistry.openObject(uri, options);
}

/** Takes a URI apart by its plugin, which is loaded if need be. */
export function parseUri(uri: string | URL, as: "store" | "object" = "object"): Promise<ParsedUri> {
  return defaultRegistry.parse(uri, as);
}

/** The URI of a key: `formatUri(await parseUri(uri))` is `uri` for canonical URIs. Throws `InvalidArgument` for anything else. */
export function formatUri(parsed: Pick<ParsedUri, "plugin" | "container" | "key">): string {
  checkParsed(parsed);
  return parsed.plugin.format(parsed.container, parsed.key);
}

/** Every scheme that is registered or known by name. */
export function knownSchemes(): KnownScheme[] {
  return defaultRegistry.schemes();
}

function checkParsed(parsed: Pick<ParsedUri, "plugin" | "container" | "key">): void {
  const strings = typeof parsed?.container === "string" && typeof parsed.key === "string";
  if (strings && typeof parsed.plugin?.format === "function") return;
  throw new StoreError({ code: "InvalidArgument", message: "formatUri takes what parseUri gives" });
}
