// What the conformance suite needs to know: where this store opens, and how to empty it behind the store's back.
import { openStore } from "@stowage/core";
import type { Harness } from "@stowage/conformance-suite";
import { plugin } from "./index.js";
import { ShelfDriver } from "./driver.js";
import { shelves } from "./shelves.js";

const harness: Harness = {
  name: "shelf-store",
  version: "1.0.0",
  target: { kind: "reference", product: "shelf" },
  open: (namespace, options = {}) => openStore(`shelf://${namespace}/`, { ...options, create: true }),
  reset: async (namespace) => void shelves.set(namespace, new Map()),
  driver: async (namespace) => {
    if (!shelves.has(namespace)) shelves.set(namespace, new Map());
    return { driver: new ShelfDriver(namespace), plugin, container: namespace };
  },
  openMissingContainer: () => openStore("shelf://never-made/"),
};

export default harness;
