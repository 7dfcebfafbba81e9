// The objects that are read. They stay for the next run: making them takes longer than measuring, and deleting thousands of files
// makes ext4 slow to create files for a minute.
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@stowage/core";
import "@stowage/store-direct";
import { inFlight } from "../measure/in-flight.mjs";
import { MIB, READS, warmObjects } from "./cases.mjs";

export const FIO_FILE = "fio.dat";
export const FIO_BYTES = 1_024 * MIB;

/** @param {string} root @param {(text: string) => void} log */
export async function prepare(root, log) {
  mkdirSync(root, { recursive: true });
  const store = await openStore(`direct://${root}/`, { fallback: "error", durability: "file" });
  try {
    for (const one of READS) {
      await fill(store, one, log);
      await fill(store, { folder: `${one.folder}-warm`, size: one.size, objects: warmObjects(one.objects) }, log);
    }
    if (!existsSync(join(root, FIO_FILE)) || statSync(join(root, FIO_FILE)).size !== FIO_BYTES) {
      await store.put(FIO_FILE, new Uint8Array(FIO_BYTES).fill(1));
    }
  } finally {
    await store.close();
  }
}

/**
 * @param {import("@stowage/core").ObjectStore} store
 * @param {{ folder: string, size: number, objects: number }} set
 * @param {(text: string) => void} log
 */
async function fill(store, { folder, size, objects }, log) {
  const root = new URL(store.uri).pathname;
  const done = join(root, folder, ".done");
  if (existsSync(done)) return;
  log(`making ${objects} objects of ${size} bytes`);
  await inFlight(objects, 4, async (index) => {
    await store.put(`${folder}/${index}`, new Uint8Array(size).fill(index % 251));
  });
  writeFileSync(done, "");
}
