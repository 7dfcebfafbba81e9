import { createContainer, deleteContainer, listContainers } from "@stowage/core";
import type { ContainerInfo, ObjectStore, Registry } from "@stowage/core";
import type { ContainerHarness } from "../harness/types.js";

/** Containers by the names that the suite gives them. */
export interface ContainerAccess {
  create(name: string): Promise<{ readonly created: boolean }>;
  delete(name: string, force?: boolean): Promise<void>;
  /** A store on it, closed at the end of the case. */
  open(name: string): Promise<ObjectStore>;
  /** A new, empty one, whatever an earlier run left under the name. */
  fresh(name: string): Promise<ObjectStore>;
  /** Makes sure that there is none of this name. */
  gone(name: string): Promise<void>;
  /** `undefined` where the harness names no parent. */
  readonly list: (() => AsyncIterable<ContainerInfo>) | undefined;
  readonly invalidNames: Readonly<Record<string, string>>;
}

export function accessContainers(
  harness: ContainerHarness,
  registry: Registry,
  adopt: (store: ObjectStore) => ObjectStore,
): ContainerAccess {
  const { uri, options, parentUri, invalidNames = {} } = harness;
  const access: ContainerAccess = {
    create: async (name) => createContainer(uri(name), { ...options }, { registry }),
    delete: async (name, force = false) => deleteContainer(uri(name), { ...options }, { registry, force }),
    open: async (name) => adopt(await registry.openStore(uri(name), { ...options })),
    async gone(name) {
      await access.delete(name, true).catch(() => {});
    },
    async fresh(name) {
      await access.gone(name);
      await access.create(name);
      return access.open(name);
    },
    list: parentUri === undefined ? undefined : () => listContainers(parentUri, options, { registry }),
    invalidNames,
  };
  return access;
}
