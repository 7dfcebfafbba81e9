import type { DriverInfo } from "@stowage/core";

export interface Thing {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly info: DriverInfo;
}

/** All shelves of this process, by name; the things on each, by key. */
export const shelves: Map<string, Map<string, Thing>> = new Map();
