// Contender: get of 1 KiB objects on memory://, through ObjectStore or through the bare driver below it.
import { createStore, resolveTransfer } from "@stowage/core";
import { plugin } from "@stowage/store-memory";

const KEYS = 1_000;
const SIZE = 1_024;
const OPERATIONS = 300_000;

/** @param {{ through: "store" | "driver" }} options */
export default async function setUp({ through }) {
  const container = "bench";
  const driver = await plugin.open(container, {}, { transfer: resolveTransfer({}) });
  const store = createStore(driver, { plugin, container });
  const keys = Array.from({ length: KEYS }, (_, index) => `key-${index}`);
  for (const [index, key] of keys.entries()) await store.put(key, new Uint8Array(SIZE).fill(index));
  const call = {
    signal: undefined,
    timeouts: { connect: undefined, idle: undefined },
    native: undefined,
    conditions: undefined,
    versionId: undefined,
  };
  const readBytes = driver.readBytes?.bind(driver);
  if (readBytes === undefined) throw new Error("the memory driver has no readBytes");
  const get = {
    store: async (/** @type {string} */ key) => (await store.get(key)).bytes,
    driver: async (/** @type {string} */ key) => (await readBytes(key, undefined, SIZE, call)).bytes,
  }[through];
  return {
    run: async () => {
      for (let index = 0; index < OPERATIONS; index += 1) {
        const bytes = await get(keys[index % KEYS] ?? "");
        if (bytes.length !== SIZE || bytes[0] !== (index % KEYS) % 256) throw new Error(`wrong bytes of key ${index}`);
      }
      return OPERATIONS;
    },
    close: () => store.close(),
  };
}
