import { createStore } from "@stowage/core";
import type { CommonStoreOptions, ObjectStore } from "@stowage/core";
import type { DriverHandle, Harness, SideDoor } from "@stowage/conformance-suite";
import type { MemoryAccess } from "./access.js";
import { limitAccess } from "./access.js";
import { emptyContainer, memoryContainers, nextIdentity } from "./containers.js";
import type { MemoryContainer } from "./containers.js";
import { memoryDriver } from "./driver.js";
import { plugin } from "./plugin.js";

function containerOf(namespace: string): MemoryContainer {
  const known = memoryContainers.get(namespace);
  if (known !== undefined) return known;
  const made = emptyContainer();
  memoryContainers.set(namespace, made);
  return made;
}

function handle(namespace: string, access: MemoryAccess = "full"): DriverHandle {
  containerOf(namespace);
  const driver = limitAccess(
    memoryDriver(() => memoryContainers.get(namespace), []),
    access,
  );
  return { driver, plugin, container: namespace };
}

function open(namespace: string, access?: MemoryAccess, options?: CommonStoreOptions): ObjectStore {
  const { driver, ...rest } = handle(namespace, access);
  return createStore(driver, { ...options, ...rest });
}

function sideDoor(namespace: string): SideDoor {
  return {
    async put(key, bytes) {
      const attributes = { contentType: "application/octet-stream", metadata: {} };
      const stored = { bytes: Uint8Array.from(bytes), etag: nextIdentity(), lastModified: new Date(), attributes };
      containerOf(namespace).objects.set(key, stored);
    },
    async get(key) {
      return containerOf(namespace).objects.get(key)?.bytes.slice();
    },
    async listRaw() {
      const { objects, uploads } = containerOf(namespace);
      return [...objects.keys(), ...[...uploads.keys()].map((id) => `upload ${id}`)];
    },
    async listLeftovers() {
      return [...containerOf(namespace).uploads.keys()].map((id) => `upload ${id}`);
    },
    async listUploads() {
      return [...containerOf(namespace).uploads.keys()];
    },
    async corrupt(key) {
      const bytes = containerOf(namespace).objects.get(key)?.bytes;
      if (bytes?.[0] !== undefined) bytes[0] ^= 1;
    },
  };
}

/** store-memory for the conformance suite: everything that a harness can offer. */
const harness: Harness = {
  name: plugin.name,
  version: plugin.version,
  target: { kind: "reference", product: "memory" },
  open: async (namespace, options) => open(namespace, "full", options),
  reset: async (namespace) => void memoryContainers.set(namespace, emptyContainer()),
  driver: async (namespace) => handle(namespace),
  async openMissingContainer() {
    const driver = memoryDriver(() => undefined, []);
    return createStore(driver, { plugin, container: "missing" });
  },
  openDenied: async (namespace) => open(namespace, "none"),
  openReadOnly: async (namespace) => open(namespace, "read"),
  sideDoor: async (namespace) => sideDoor(namespace),
  containers: { uri: (name) => `memory://${name}/`, parentUri: "memory://", options: { mustExist: true } },
};

export default harness;
