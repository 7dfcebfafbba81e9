import { isUtf8 } from "node:buffer";
import type { Dirent } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import type { KeyFilter } from "../arguments/filter.js";

export interface LocalTreeOptions {
  readonly signal: AbortSignal;
  /** Entries whose key does not pass are not reported. */
  readonly filter: KeyFilter | undefined;
  /** Called for everything that is neither file nor directory, with what it is: a FIFO, a socket, a device. */
  readonly onSpecialFile: (path: string, kind: string) => void;
}

/**
 * Walks a directory for what its listing passes over in silence: special files, which are no objects, and directories with no file
 * below them, which are no prefixes. Gives the number of the latter. What a listing reports itself (links that lead out, names that
 * are no UTF-8, directories that cannot be read) is left to it. Opens one directory a level at a time, no file, no link.
 */
export async function inspectLocalTree(root: string, options: LocalTreeOptions): Promise<number> {
  let empty = 0;

  /** Is there anything but directories in or below the directory? */
  async function inspect(path: string, key: string): Promise<boolean> {
    let files = false;
    // latin1: one character a byte, so that names which are no UTF-8 survive.
    for await (const entry of await opendir(path, { encoding: "latin1" })) {
      options.signal.throwIfAborted();
      const bytes = Buffer.from(entry.name, "latin1");
      const name = bytes.toString("utf8");
      if (!entry.isDirectory()) {
        files = true;
        await reportSpecial(entry, `${path}/${name}`, key + name, options);
      } else if (!isUtf8(bytes) || (await inspectUnlessDenied(`${path}/${name}`, `${key}${name}/`))) {
        files = true;
      }
    }
    if (!files && key !== "") empty++;
    return files;
  }

  async function inspectUnlessDenied(path: string, key: string): Promise<boolean> {
    try {
      return await inspect(path, key);
    } catch {
      options.signal.throwIfAborted();
      return true;
    }
  }

  await inspect(root, "");
  return empty;
}

async function reportSpecial(entry: Dirent, path: string, key: string, options: LocalTreeOptions): Promise<void> {
  if (entry.isFile()) return;
  const facts = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
  if (facts === undefined || facts.isFile() || facts.isDirectory()) return;
  if (options.filter === undefined || options.filter(key)) options.onSpecialFile(path, kindOf(facts));
}

function kindOf(entry: Pick<Dirent, "isFIFO" | "isSocket">): string {
  if (entry.isFIFO()) return "FIFO";
  return entry.isSocket() ? "socket" : "device";
}
