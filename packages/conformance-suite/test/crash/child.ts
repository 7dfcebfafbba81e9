// Writes without end until it is killed: `node --import source-hooks.mjs child.ts <directory> <seed>`. Announces each operation
// before it begins and after it has ended, so that the parent knows what may be half done.
import { file } from "@stowage/store-file";
import { positionedBytes, seededRandom } from "../../src/engine/bytes.js";
import { KEYS, metadataOf, OPERATIONS, PART_SIZE } from "./model.js";
import type { Step } from "./model.js";

const [, , directory = "", seed = "1"] = process.argv;
const store = file({ directory });
const random = seededRandom(seed);
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] ?? fail();

process.stdout.write("ready\n");
for (let round = 0; ; round += 1) {
  const step: Step = {
    what: pick(OPERATIONS),
    key: pick(KEYS),
    to: pick(KEYS),
    salt: Math.floor(random() * 1_000_000),
    size: Math.floor(random() * 3 * PART_SIZE),
  };
  process.stdout.write(`begin ${JSON.stringify(step)}\n`);
  const failed = await perform(step).then(
    () => false,
    () => true,
  );
  process.stdout.write(`${failed ? "failed" : "done"} ${round}\n`);
}

async function perform({ what, key, to, salt, size }: Step): Promise<unknown> {
  const body = positionedBytes(size, salt);
  const metadata = metadataOf(salt, size);
  switch (what) {
    case "put":
      return await store.put(key, body, { metadata });
    case "stream":
      return await store.put(key, pieces(body), { metadata });
    case "multipart": {
      const upload = await store.beginUpload(key, { partSize: PART_SIZE, metadata });
      for (let at = 0, number = 1; at < size || number === 1; at += PART_SIZE, number += 1) {
        await upload.uploadPart(number, body.subarray(at, at + PART_SIZE));
      }
      return await upload.complete();
    }
    case "copy":
      return await store.copy(key, to);
    case "rename":
      return await store.rename(key, to);
    case "delete":
      return await store.delete(key);
  }
}

async function* pieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += 30_011) yield body.slice(at, at + 30_011);
}

function fail(): never {
  throw new TypeError("nothing to pick from");
}
