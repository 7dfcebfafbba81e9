import { createRegistry, createStore, defaultRegistry, resolveTransfer } from "@stowage/core";
import type { ObjectStore, StoreDriver, StorePlugin } from "@stowage/core";
import type { DriverHandle, Harness } from "../harness/types.js";
import type { Fault, Mutant } from "./mutant.js";

/** The harness with the fault between the suite and the store. It must offer `driver` and `containers`. */
export function mutate(harness: Harness, mutant: Mutant): Harness {
  const fault = mutant.create();
  const { containers } = harness;
  const { driver } = harness;
  if (driver === undefined || containers === undefined) {
    throw new TypeError(`mutants need a harness with driver and containers; ${harness.name} lacks one`);
  }
  const faultyStore = (store: ObjectStore): ObjectStore => fault.store?.(store) ?? store;
  const faultyDriver = (below: StoreDriver, namespace: string): StoreDriver =>
    fault.driver?.(below, namespace) ?? below;
  const handle = async (namespace: string): Promise<DriverHandle> => {
    const below = await driver(namespace);
    const plugin = await mutatedPlugin(harness, fault, faultyDriver);
    return { ...below, driver: faultyDriver(below.driver, namespace), plugin };
  };
  const registryOf = async (): Promise<ReturnType<typeof createRegistry>> =>
    createRegistry({ plugins: [await mutatedPlugin(harness, fault, faultyDriver)], importPackage: false });
  const { openDenied, openReadOnly } = harness;
  let registry = harness.registry ?? defaultRegistry;
  const mutated: Harness = {
    ...harness,
    name: `${harness.name} with ${mutant.name}`,
    async start() {
      await harness.start?.();
      registry = await registryOf();
    },
    open: async (namespace, options = {}) => {
      const { driver: below, ...settings } = await handle(namespace);
      return faultyStore(createStore(below, { ...settings, ...options }));
    },
    driver: handle,
    async openMissingContainer() {
      const parsed = await (harness.registry ?? defaultRegistry).parse(containers.uri("suite-never-made"), "store");
      const below = await parsed.plugin.open(
        parsed.container,
        { ...containers.options },
        { transfer: resolveTransfer({}) },
      );
      const plugin = await mutatedPlugin(harness, fault, faultyDriver);
      return faultyStore(createStore(faultyDriver(below, "missing"), { plugin, container: parsed.container }));
    },
    ...(openDenied && { openDenied: async (namespace) => faultyStore(await openDenied(namespace)) }),
    ...(openReadOnly && { openReadOnly: async (namespace) => faultyStore(await openReadOnly(namespace)) }),
    decorate: faultyStore,
    get registry() {
      return fault.registry?.(registry) ?? registry;
    },
  };
  return fault.harness?.(mutated) ?? mutated;
}

/** The store's plugin, whose drivers carry the fault too. */
async function mutatedPlugin(
  harness: Harness,
  fault: Fault,
  faultyDriver: (driver: StoreDriver, namespace: string) => StoreDriver,
): Promise<StorePlugin> {
  const uri = harness.containers?.uri("any") ?? "";
  const { plugin } = await (harness.registry ?? defaultRegistry).parse(uri, "store");
  const carrying: StorePlugin = {
    ...plugin,
    open: async (container, options, context) =>
      faultyDriver(await plugin.open(container, options, context), container),
  };
  return fault.plugin?.(carrying) ?? carrying;
}
