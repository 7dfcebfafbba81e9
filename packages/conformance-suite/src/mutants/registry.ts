import { StoreError } from "@stowage/core";
import type { Registry } from "@stowage/core";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";

export const registryMutants: readonly Mutant[] = defineMutants("registry", (define) => {
  const parsed = (change: (key: string) => string) => (): ReturnType<Mutant["create"]> => ({
    plugin: (plugin) => ({
      ...plugin,
      parse(uri, as) {
        const location = plugin.parse(uri, as);
        return { ...location, key: change(location.key) };
      },
    }),
  });
  define("uri-key-decoded", "the key of a URI is percent-decoded", parsed(unescaped));
  define(
    "uri-key-through-url",
    "the key of a URI goes through URL",
    parsed((key) => (key === "" ? "" : URL.canParse(`x://x/${key}`) ? new URL(`x://x/${key}`).pathname.slice(1) : "")),
  );
  define(
    "uri-key-loses-directory",
    "the key of a URI is its last segment's beginning",
    parsed((key) => key.slice(0, -1)),
  );
  define(
    "uri-key-lower-cased",
    "the key of a URI is lower-cased and trimmed",
    parsed((key) => key.toLowerCase().trim()),
  );
  define("uri-prefix-without-slash", "a prefix comes without its final slash", () => ({
    plugin: (plugin) => ({
      ...plugin,
      schemes: ["other"],
      parse: (uri, as) => ({
        ...plugin.parse(String(uri).replace(/^other:/, `${plugin.schemes[0]}:`), as),
        key: "prefix",
      }),
      format: (container, key) => plugin.format(container, key).replace(/^[a-z]+:/, "other:"),
    }),
  }));
  define("uri-foreign-scheme-taken", "a plugin takes the URIs of another", () => ({
    plugin: (plugin) => ({
      ...plugin,
      parse: (uri, as) =>
        plugin.parse(String(uri).startsWith(`${plugin.schemes[0]}:`) ? uri : `${plugin.schemes[0]}://a/b`, as),
    }),
  }));
  define("uri-container-as-object", "a container is taken for an object", () => ({
    plugin: (plugin) => ({
      ...plugin,
      parse(uri, as) {
        try {
          return plugin.parse(uri, as);
        } catch {
          return { ...plugin.parse(uri, "store"), key: "index" };
        }
      },
    }),
  }));
  define("registry-unknown-options-ignored", "options that the plugin does not know are ignored", () => ({
    registry: (registry) => replaced(registry, { openStore: (uri: string) => registry.openStore(uri) }),
  }));
  define("registry-unknown-scheme-is-missing", "an unknown scheme is told as a missing object", () => ({
    registry: (registry) =>
      replaced(registry, {
        openStore: (uri: string, options?: object) =>
          registry.openStore(uri, { ...options }).catch((error: unknown) => {
            throw error instanceof StoreError ? new StoreError({ code: "NotFound", message: "no such file" }) : error;
          }),
      }),
  }));
  define("registry-opens-anything", "what is no URI of a store, or has unknown options, opens some store", () => {
    let anywhere = "";
    return {
      plugin(plugin) {
        anywhere = plugin.format("suite-anywhere", "");
        return plugin;
      },
      registry: (registry) =>
        replaced(registry, {
          openStore: (uri: string, options?: object) =>
            registry.openStore(uri, { ...options }).catch(() => registry.openStore(anywhere)),
        }),
    };
  });
  define("registry-last-wins", "names of plugins are not told apart", () => ({
    plugin: (plugin) =>
      Object.defineProperty({ ...plugin }, "name", { get: () => "another-package", enumerable: false }),
  }));
});

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return `${key}_`;
  }
}

function replaced(registry: Registry, changes: Readonly<Record<string, unknown>>): Registry {
  return new Proxy(registry, {
    get(target, name) {
      if (typeof name === "string" && name in changes) return changes[name];
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === "function" ? (...args: unknown[]) => Reflect.apply(own, target, args) : own;
    },
  });
}
