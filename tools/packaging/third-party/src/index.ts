// shelf://name/key: objects on a named shelf of this process. The plugin's door: what it is called, how its URIs read.
import { registerPlugin, SPEC_VERSION, StoreError } from "@stowage/core";
import type { Location, StorePlugin } from "@stowage/core";
import { ShelfDriver } from "./driver.js";
import { shelves } from "./shelves.js";

export interface ShelfOptions {
  /** Make the shelf when it is missing. */
  readonly create?: boolean;
}

declare module "@stowage/core" {
  interface StoreOptionsByScheme {
    shelf: ShelfOptions;
  }
}

export const plugin: StorePlugin<ShelfOptions> = {
  name: "shelf-store",
  version: "1.0.0",
  specVersion: SPEC_VERSION,
  schemes: ["shelf"],
  parse: (uri, as): Location => {
    const [, container = "", key = ""] = /^shelf:\/\/([a-z0-9-]+)(?:\/(.*))?$/s.exec(String(uri)) ?? [];
    if (typeof uri !== "string" || container === "") {
      throw new StoreError({ code: "InvalidUri", message: "a shelf's URI is shelf://name/key, given as a string" });
    }
    if (as === "object" && key === "") throw new StoreError({ code: "InvalidUri", message: "the URI names no object" });
    return { container, key: as === "store" && key !== "" && !key.endsWith("/") ? `${key}/` : key };
  },
  format: (container, key) => `shelf://${container}/${key}`,
  options: { create: { type: "boolean", description: "Make the shelf when it is missing.", default: "false" } },
  open: (container, { create = false }) => {
    if (create && !shelves.has(container)) shelves.set(container, new Map());
    return new ShelfDriver(container);
  },
};

registerPlugin(plugin);
