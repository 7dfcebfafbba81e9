// Contenders: durable atomic puts of new objects, by the store or by Node (temporary file, fdatasync, rename).
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "@stowage/core";
import "@stowage/store-direct";
import { inFlight } from "../measure/in-flight.mjs";

/** Enough for the compiler, and for memory that each lane uses again. */
const WARM_UP_BYTES = 128 * 1024 * 1024;

/**
 * @param {{ by: "put" | "node", root: string, size: number, objects: number, width: number }} options
 */
export default async function setUp({ by, root, size, objects, width }) {
  const folder = `written-${process.pid}`;
  await mkdir(join(root, folder));
  const store = await openStore(`direct://${root}/`, { fallback: "error", durability: "file" });
  const bodies = Array.from({ length: width }, (_, lane) => new Uint8Array(size).fill(lane + 1));
  const write = {
    put: async (/** @type {string} */ key, /** @type {Uint8Array} */ body) => {
      const { size: written } = await store.put(key, body);
      if (written !== size) throw new Error(`${written} bytes written`);
    },
    node: async (/** @type {string} */ key, /** @type {Uint8Array} */ body) => {
      const path = join(root, key);
      const handle = await open(`${path}.tmp`, "wx");
      await handle.writeFile(body);
      await handle.datasync();
      await handle.close();
      await rename(`${path}.tmp`, path);
    },
  }[by];
  let round = 0;
  return {
    run: async () => {
      const count = round === 0 ? Math.min(objects, Math.max(width, Math.floor(WARM_UP_BYTES / size))) : objects;
      await inFlight(count, width, async (index) => {
        const body = bodies.pop();
        if (body === undefined) throw new Error("more in flight than bodies");
        await write(`${folder}/${round}-${index}`, body);
        bodies.push(body);
      });
      round += 1;
      return count * size;
    },
    close: () => store.close(),
  };
}
