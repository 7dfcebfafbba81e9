// What a second process does to a container: `node --import ./source-hooks.mjs child.ts <what> <directory> ...`.
import { setTimeout as wait } from "node:timers/promises";
import { isStoreError } from "@stowage/core";
import { file } from "../../src/index.js";
import { DURABILITIES } from "../../src/local/index.js";

const [, , what = "", directory = "", first = "", second = ""] = process.argv;
const store = file({ directory });

const actions: Record<string, (first: string, second: string) => unknown> = {
  /** Has the sources compiled, once, before several processes need them at once. */
  nothing() {},
  /** Lists everything; tells how much it was, and the memory that took. */
  async list() {
    let entries = 0;
    for await (const _ of store.list()) entries++;
    process.stdout.write(JSON.stringify({ entries, peakMiB: process.resourceUsage().maxRSS / 1024 }));
  },
  /** One put with attributes, of a store with that durability. */
  async put(durability) {
    const level = DURABILITIES.find((one) => one === durability);
    await file({ directory, durability: level }).put("new/key", "body", { metadata: { a: "b" } });
  },
  /** Races for a key once stdin says so; tells whether it won. */
  async create(key, body) {
    process.stdout.write("ready\n");
    await new Promise((resolve) => process.stdin.once("data", resolve));
    const outcome = await store.put(key, body, { ifNoneMatch: "*" }).then(
      () => "created",
      (error: unknown) => (isStoreError(error) ? error.code : String(error)),
    );
    process.stdout.write(`${outcome}\n`);
    process.exit(0);
  },
  /** Overwrites a key without end, each body of one repeated byte, attributes naming it. */
  async overwrite(key, size) {
    process.stdout.write("ready\n");
    for (let round = 0; ; round = (round + 1) % 256) {
      await store.put(key, new Uint8Array(Number(size)).fill(round), { metadata: { round: String(round) } });
    }
  },
  /** Streams into a key, and never ends. */
  async stream(key) {
    const writer = store.createWriter(key, { metadata: { a: "b" } });
    for (let count = 0; ; count++) {
      await writer.write(new Uint8Array(100_000));
      if (count === 20) process.stdout.write("ready\n");
      await wait(1);
    }
  },
  /** Begins an upload, sends part 2, and leaves its token. */
  async upload(key, partSize) {
    const upload = await store.beginUpload(key, { partSize: Number(partSize), metadata: { from: "child" } });
    await upload.uploadPart(2, new Uint8Array(Number(partSize)).fill(2));
    process.stdout.write(`${JSON.stringify(upload.token)}\n`);
    process.exit(0);
  },
  /** Copies a key over another without end. */
  async copy(from, to) {
    process.stdout.write("ready\n");
    for (;;) await store.copy(from, to);
  },
  /** Puts and deletes keys below one directory without end. */
  async churn(prefix) {
    process.stdout.write("ready\n");
    for (let round = 0; ; round++) {
      await store.put(`${prefix}${round % 7}/x`, "x", { metadata: { a: "b" } });
      await store.delete(`${prefix}${(round + 3) % 7}/x`);
    }
  },
};

await actions[what]?.(first, second);
