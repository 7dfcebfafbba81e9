import type { DriverInfo } from "@stowage/core";

export interface Thing {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly info: DriverInfo;
}

/** All lockers of this process, by name; the things in each, by key. */
export const lockers: Map<string, Map<string, Thing>> = new Map();
