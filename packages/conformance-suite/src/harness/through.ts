import { createStore } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { countCalls } from "../instrument/counting.js";
import type { Harness, SideDoor } from "./types.js";

/** The same store seen through a prefix view: everything must hold there too, and nothing may show outside. */
export function throughPrefix(harness: Harness, prefix = "view/of a prefix/"): Harness {
  const { sideDoor, driver, openDenied, openReadOnly, openMissingContainer, faults } = harness;
  return {
    ...harness,
    name: `${harness.name} (prefix view)`,
    keyPrefix: (namespace) => `${harness.keyPrefix?.(namespace) ?? ""}${prefix}`,
    open: async (namespace, options) => view(await harness.open(namespace, options), prefix),
    ...(openDenied && { openDenied: async (namespace) => view(await openDenied(namespace), prefix) }),
    ...(openReadOnly && { openReadOnly: async (namespace) => view(await openReadOnly(namespace), prefix) }),
    ...(openMissingContainer && { openMissingContainer: async () => view(await openMissingContainer(), prefix) }),
    ...(faults && {
      faults: async (namespace) => {
        const faulty = await faults(namespace);
        return { ...faulty, store: view(faulty.store, prefix) };
      },
    }),
    ...(sideDoor && { sideDoor: async (namespace) => below(await sideDoor(namespace), prefix) }),
    ...(driver && {
      driver: async (namespace) => {
        const handle = await driver(namespace);
        return { ...handle, prefix: `${handle.prefix ?? ""}${prefix}` };
      },
    }),
  };
}

/** The same store over a driver that passes every call on: what core derives must not depend on the driver's class. */
export function throughInstruments(harness: Harness): Harness {
  const { driver } = harness;
  if (driver === undefined) throw new TypeError(`${harness.name} offers no driver to instrument`);
  return {
    ...harness,
    name: `${harness.name} (instrumented)`,
    open: async (namespace, options = {}) => {
      const { driver: below, ...settings } = await driver(namespace);
      return createStore(countCalls(below).driver, { ...settings, ...options });
    },
  };
}

/** Closing the view closes the store that was opened for it. */
function view(store: ObjectStore, prefix: string): ObjectStore {
  return store.withPrefix(prefix);
}

function below(door: SideDoor, prefix: string): SideDoor {
  const { corrupt } = door;
  return {
    ...door,
    put: (key, bytes) => door.put(prefix + key, bytes),
    get: (key) => door.get(prefix + key),
    ...(corrupt && { corrupt: (key) => corrupt(prefix + key) }),
  };
}
