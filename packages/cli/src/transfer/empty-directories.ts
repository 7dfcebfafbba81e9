import { readdir, rmdir, unlink } from "node:fs/promises";
import { localPathOf } from "../arguments/location.js";

/**
 * After everything below a local URI was removed or moved: removes the directories that are left empty, the one named included,
 * deepest first, and the symbolic links in them. Directories that hold anything else stay. Resolves `false` when the directory
 * named is still there; `true` too where the store is not local, and there is nothing to do.
 */
export async function removeEmptyDirectories(uri: string): Promise<boolean> {
  const path = localPathOf(uri);
  return path === undefined || removeIfEmpty(path.replace(/\/$/, "") || "/");
}

async function removeIfEmpty(path: string): Promise<boolean> {
  try {
    let empty = true;
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const below = `${path}/${entry.name}`;
      // A link that is left led to a directory, whose objects are gone.
      if (entry.isSymbolicLink()) await unlink(below);
      else if (!entry.isDirectory() || !(await removeIfEmpty(below))) empty = false;
    }
    if (empty) await rmdir(path);
    return empty;
  } catch {
    // Gone already, or not ours to remove: the objects are what was asked for, and they are dealt with.
    return false;
  }
}
