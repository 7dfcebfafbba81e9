// Contenders: cold objects, read once, by the store or by Node. The warm-up reads other objects than the measurement.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "@stowage/core";
import { createArena } from "@stowage/store-direct";
import { inFlight } from "../measure/in-flight.mjs";
import { warmObjects } from "./cases.mjs";

/** Enough for the compiler, and for as much garbage as the memory holds at a time. */
const WARM_UP_READS = 20_000;
const WARM_UP_BYTES = 1e9;

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
  let part = `${folder}-warm`;
  // The same function warms up and is measured, so that its compilation is not.
  const readOne = async (/** @type {number} */ index) => {
    const file = measured ? index : index % warmObjects(objects);
    const bytes = await read(`${part}/${file}`);
    if (bytes.length !== size || bytes[0] !== file % 251 || bytes[size - 1] !== file % 251) {
      throw new Error(`wrong bytes of ${part}/${file}`);
    }
  };
  return {
    run: async () => {
      // Other objects, again and again, warm the process up: its code and its memory, not the files.
      const count = measured ? objects : Math.min(objects, Math.ceil(WARM_UP_BYTES / size), WARM_UP_READS);
      await inFlight(count, width, readOne);
      measured = true;
      part = folder;
      return count * size;
    },
    close: () => store.close(),
  };
}
