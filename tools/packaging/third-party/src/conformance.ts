// What the conformance suite needs to know: where this store opens, and how to empty it behind the store's back.
import { openStore } from "@stowage/core";
import type { Harness } from "@stowage/conformance-suite";
import { plugin } from "./index.js";
import { LockerDriver } from "./driver.js";
import { lockers } from "./lockers.js";

const harness: Harness = {
  name: "locker-store",
  version: "1.0.0",
  target: { kind: "reference", product: "locker" },
  open: (namespace, options = {}) => openStore(`locker://${namespace}/`, { ...options, create: true }),
  reset: async (namespace) => void lockers.set(namespace, new Map()),
  driver: async (namespace) => {
    if (!lockers.has(namespace)) lockers.set(namespace, new Map());
    return { driver: new LockerDriver(namespace), plugin, container: namespace };
  },
  openMissingContainer: () => openStore("locker://never-made/"),
};

export default harness;
