import { readdirSync } from "node:fs";
import { file } from "@stowage/store-file";
import { expect, it } from "vitest";
import { seededRandom } from "../../src/engine/bytes.js";
import { CrashedDirectory } from "./kill-round.js";

/** Kills a writer so many times at random points of random operations. */
export function describeCrashes(kills: number): void {
  it(
    `leaves every object old or new and whole, with its own attributes, after ${kills} kills; cleanup alone removes the rest`,
    { timeout: kills * 20_000 },
    async () => {
      const random = seededRandom(`crash ${kills}`);
      using crashed = new CrashedDirectory();
      for (let kill = 0; kill < kills; kill += 1) {
        await crashed.killAndCheck(`seed ${kill}`, 1 + Math.floor(random() * 12), random() * 12);
        if ((kill + 1) % KILLS_PER_CLEANUP === 0) await checkCleanup(crashed.directory);
      }
    },
  );
}

/** Many enough that leftovers of all kinds have come together. */
const KILLS_PER_CLEANUP = 25;

async function checkCleanup(directory: string): Promise<void> {
  const before = files(directory);
  const store = file({ directory });
  const keys = await store.list().toArray();
  expect(files(directory), "opening and listing sweep nothing").toEqual(before);
  await store.cleanup({ olderThan: 0 });
  const uploads = [];
  for await (const upload of store.listUploads()) uploads.push(upload);
  expect(uploads, "uploads after cleanup").toEqual([]);
  const bodies = keys.map(({ key }) => key).toSorted();
  const left = files(directory);
  expect(
    bodies.filter((key) => !left.includes(key)),
    "objects that cleanup took",
  ).toEqual([]);
  // Beside each body at most the one file that keeps its attributes.
  expect(left.length, left.join("\n")).toBeLessThanOrEqual(2 * bodies.length);
  await store.close();
}

function files(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(directory.length + 1))
    .toSorted();
}
