// locker://name/key: objects in a named locker of this process. The plugin's door: what it is called, how its URIs read.
import { registerPlugin, SPEC_VERSION, StoreError } from "@stowage/core";
import type { Location, StorePlugin } from "@stowage/core";
import { LockerDriver } from "./driver.js";
import { lockers } from "./lockers.js";

export interface LockerOptions {
  /** Make the locker when it is missing. */
  readonly create?: boolean;
}

declare module "@stowage/core" {
  interface StoreOptionsByScheme {
    locker: LockerOptions;
  }
}

export const plugin: StorePlugin<LockerOptions> = {
  name: "locker-store",
  version: "1.0.0",
  specVersion: SPEC_VERSION,
  schemes: ["locker"],
  parse: (uri, as): Location => {
    const [, container = "", key = ""] = /^locker:\/\/([a-z0-9-]+)(?:\/(.*))?$/s.exec(String(uri)) ?? [];
    if (typeof uri !== "string" || container === "") {
      throw new StoreError({ code: "InvalidUri", message: "a locker's URI is locker://name/key, given as a string" });
    }
    if (as === "object" && key === "") throw new StoreError({ code: "InvalidUri", message: "the URI names no object" });
    return { container, key: as === "store" && key !== "" && !key.endsWith("/") ? `${key}/` : key };
  },
  format: (container, key) => `locker://${container}/${key}`,
  options: { create: { type: "boolean", description: "Make the locker when it is missing.", default: "false" } },
  open: (container, { create = false }) => {
    if (create && !lockers.has(container)) lockers.set(container, new Map());
    return new LockerDriver(container);
  },
};

registerPlugin(plugin);
