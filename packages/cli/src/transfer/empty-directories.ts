import { readdir, rmdir } from "node:fs/promises";
import { localPathOf } from "../arguments/location.js";

/**
 * After everything below a local URI was removed or moved: removes the directories that are left empty, the one named included,
 * deepest first. Directories that hold anything stay. On other stores there is nothing to do.
 */
export async function removeEmptyDirectories(uri: string): Promise<void> {
  const path = localPathOf(uri);
  if (path !== undefined) await removeIfEmpty(path);
}

async function removeIfEmpty(path: string): Promise<void> {
  try {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.isDirectory()) await removeIfEmpty(`${path}/${entry.name}`);
    }
    await rmdir(path);
  } catch {
    // Not empty, gone already, or not ours to remove: the objects are what was asked for, and they are dealt with.
  }
}
