// Contenders: reading hot files through store.get(), store.getInto() and fs.promises.readFile.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openStore } from "@stowage/core";
import "@stowage/store-file";
import { inFlight } from "../measure/in-flight.mjs";

/**
 * @param {{ by: "get" | "getInto" | "readFile", folder: string, size: number, files: number, operations: number, width: number }} options
 */
export default async function setUp({ by, folder, size, files, operations, width }) {
  const store = await openStore(pathToFileURL(`${folder}/`));
  const buffers = by === "getInto" ? Array.from({ length: width }, () => new Uint8Array(size)) : [];
  const read = {
    get: async (/** @type {number} */ file) => (await store.get(`file-${file}`)).bytes,
    readFile: async (/** @type {number} */ file) => readFile(join(folder, `file-${file}`)),
    getInto: async (/** @type {number} */ file) => {
      const buffer = buffers.pop();
      if (buffer === undefined) throw new Error("more in flight than buffers");
      await store.getInto(`file-${file}`, buffer);
      buffers.push(buffer);
      return buffer;
    },
  }[by];
  return {
    run: async () => {
      await inFlight(operations, width, async (index) => {
        const file = index % files;
        const bytes = await read(file);
        if (bytes.length !== size || bytes[0] !== file % 256 || bytes[size - 1] !== file % 256) {
          throw new Error(`wrong bytes of file ${file}`);
        }
      });
      return operations;
    },
    close: () => store.close(),
  };
}
