/**
 * File systems that take several spellings of a name for one (upper and lower case, composed and decomposed Unicode): there a key
 * whose name exists in another spelling is another key, and must neither read, replace nor delete that object.
 */
import { statfsSync } from "node:fs";
import * as path from "node:path";
import { StoreError } from "@stowage/core";
import { printablePath } from "./errors.js";
import { lstat, readdir } from "./fs-calls.js";
import type { KeyPath } from "./keys.js";

export class Spelling {
  readonly #root: string;
  /** May names be folded here? Where it is `false` nothing is checked. */
  readonly mayFold: boolean;

  constructor(root: string) {
    this.#root = root;
    this.mayFold = mayFoldNames(root);
  }

  /** Is nothing there under another spelling of the key, or of a directory in it? */
  async isOwn(at: Pick<KeyPath, "key">): Promise<boolean> {
    if (!this.mayFold) return true;
    let directory = this.#root;
    for (const segment of at.key.split("/")) {
      if (await existsOtherwise(directory, segment)) return false;
      directory = path.join(directory, segment);
    }
    return true;
  }

  /** Throws `KeyConflict` unless `isOwn`. */
  async checkOwn(at: KeyPath): Promise<void> {
    if (await this.isOwn(at)) return;
    throw new StoreError({
      code: "KeyConflict",
      message: `this file system does not keep spellings apart: the name, or a directory in it, exists in another one (${printablePath(at.path)})`,
      committed: false,
    });
  }
}

/**
 * Two or three cheap looks settle most names; only where a name is there under several spellings is the directory read. (Inode
 * numbers would tell one file from two, but file systems in user space make them up for each spelling.)
 */
async function existsOtherwise(directory: string, name: string): Promise<boolean> {
  if (!(await exists(path.join(directory, name)))) return false;
  for (const variant of variantsOf(name)) {
    if (await exists(path.join(directory, variant))) return !(await readdir(directory)).includes(name);
  }
  return false;
}

function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** Other spellings that a folding file system would take for the same name. */
function variantsOf(name: string): string[] {
  const swapped = Array.from(name, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  return [swapped.join(""), name.normalize("NFC"), name.normalize("NFD")].filter((variant) => variant !== name);
}

/** Decided by the kind of file system; ext4 and F2FS directories marked with `chattr +F` are not told from others. */
function mayFoldNames(root: string): boolean {
  if (process.platform === "darwin") return true;
  for (let directory = root; ; directory = path.dirname(directory)) {
    try {
      return foldingFileSystems.has(statfsSync(directory).type);
    } catch {
      // The container does not exist yet: it will lie where its parent does.
      if (directory === path.dirname(directory)) return false;
    }
  }
}

/** Source: magic numbers of `statfs(2)`: FAT, exFAT, NTFS (two drivers), HFS, HFS+, CIFS, SMB 2, SMB, FUSE (any of them behind it). */
const foldingFileSystems: ReadonlySet<number> = new Set([
  0x4d44, 0x2011bab0, 0x5346544e, 0x7366746e, 0x4244, 0x482b, 0xff534d42, 0xfe534d42, 0x517b, 0x65735546,
]);
