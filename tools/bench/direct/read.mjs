// Contenders: cold objects, read once, by the store or by Node. The warm-up reads other objects than the measurement.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "@stowage/core";
import { createArena } from "@stowage/store-direct";
import { inFlight } from "../measure/in-flight.mjs";

/**
 * @param {{ by: "get" | "getInto" | "readFile", root: string, folder: string, size: number, objects: number, width: number }} options
 */
export default async function setUp({ by, root, folder, size, objects, width }) {
  const store = await openStore(`direct://${root}/`, { fallback: "error" });
  // Each lane has its own piece of one arena, aligned to pages.
  const room = Math.ceil(size / 4096) * 4096;
  const arena = by === "getInto" ? createArena(room * width) : new Uint8Array(0);
  const pieces = Array.from({ length: width }, (_, lane) => arena.subarray(lane * room, lane * room + size));
  const read = {
    get: async (/** @type {string} */ key) => (await store.get(key)).bytes,
    readFile: async (/** @type {string} */ key) => readFile(join(root, key)),
    getInto: async (/** @type {string} */ key) => {
      const piece = pieces.pop();
      if (piece === undefined) throw new Error("more in flight than pieces");
      await store.getInto(key, piece);
      pieces.push(piece);
      return piece;
    },
  }[by];
  let measured = false;
  return {
    run: async () => {
      const [part, count] = measured ? [folder, objects] : ["warm-up", 2_000];
      const expected = measured ? size : 4096;
      measured = true;
      if (part === "warm-up" && by === "getInto") return count;
      await inFlight(count, width, async (index) => {
        const bytes = await read(`${part}/${index}`);
        if (bytes.length !== expected || bytes[0] !== index % 251 || bytes[expected - 1] !== index % 251) {
          throw new Error(`wrong bytes of ${part}/${index}`);
        }
      });
      return count * size;
    },
    close: () => store.close(),
  };
}
