import { createRegistry, formatRawUri, parseRawUri, SPEC_VERSION } from "../../src/index.js";
import type { Registry, RegistryOptions, StoreDriver, StorePlugin } from "../../src/index.js";
import { scripted } from "./scripted-driver.js";
import type { Scripted } from "./scripted-driver.js";

export interface ShelfOptions {
  readonly room?: string | undefined;
  readonly shelves?: number | undefined;
  readonly password?: string | undefined;
  readonly client?: object | undefined;
}

declare module "../../src/index.js" {
  interface StoreOptionsByScheme {
    shelf: ShelfOptions;
  }
}

/** A plugin whose stores are scripted drivers, by container. */
export function shelfPlugin(more: Partial<StorePlugin<ShelfOptions>> = {}): {
  readonly plugin: StorePlugin<ShelfOptions>;
  readonly opened: [string, Scripted][];
} {
  const opened: [string, Scripted][] = [];
  const plugin: StorePlugin<ShelfOptions> = {
    name: "shelf-store",
    version: "1.2.3",
    specVersion: SPEC_VERSION,
    schemes: ["shelf"],
    parse: (uri, as) => parseRawUri("shelf", uri, as),
    format: (container, key) => formatRawUri("shelf", container, key),
    options: {
      room: { type: "string", values: ["attic", "cellar"], description: "where" },
      shelves: { type: "integer", description: "how many" },
      password: { type: "string", description: "to get in", secret: true },
      client: { type: "object", description: "who carries" },
    },
    open(container): StoreDriver {
      const script = scripted();
      opened.push([container, script]);
      return script.driver;
    },
    ...more,
  };
  return { plugin, opened };
}

export function registryOf(
  more: Partial<StorePlugin<ShelfOptions>> = {},
  options: RegistryOptions = {},
): { readonly registry: Registry; readonly opened: [string, Scripted][] } {
  const { plugin, opened } = shelfPlugin(more);
  return { registry: createRegistry({ plugins: [plugin], importPackage: false, ...options }), opened };
}
