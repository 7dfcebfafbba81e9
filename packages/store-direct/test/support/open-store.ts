// Run in a process of its own, with TypeScript from sources: `open-store.ts <directory> [how many reads]`. Prints one line of JSON.
import { readdirSync } from "node:fs";
import { isStoreError } from "@stowage/core";
import { direct } from "../../src/index.js";

const [directory = "", reads = "1"] = process.argv.slice(2);
/** The ring and its eventfd, opened by the first direct read. */
const RING_DESCRIPTORS = 2;

let warnings = 0;
process.on("warning", (warning) => {
  if (warning.name === "StowageWarning") warnings++;
});

const store = direct({ directory });
direct({ directory });
await store.put("object", "written");
const before = readdirSync("/proc/self/fd").length;
const codes = await Promise.all(
  Array.from({ length: Number(reads) }, () =>
    store.get("object").then(
      () => "read",
      (error: unknown) => (isStoreError(error) ? error.code : String(error)),
    ),
  ),
);
const { notes } = store.capabilities;
const read = (await store.get("object")).text();
const leakedDescriptors = Math.max(0, readdirSync("/proc/self/fd").length - before - RING_DESCRIPTORS);
console.log(
  JSON.stringify({
    io: notes["io"],
    reason: notes["reason"],
    read,
    warnings,
    outcomes: [...new Set(codes)].sort(),
    leakedDescriptors,
  }),
);
await store.close();
