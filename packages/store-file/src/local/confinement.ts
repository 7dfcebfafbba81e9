/**
 * Symbolic links are followed as long as they stay within the container; what they lead to outside is refused.
 *
 * Files are judged after they have been opened, by asking the system where the open descriptor lies, so that no exchange of a
 * directory for a link can slip in between. Directories (listing, deleting, making) are judged before they are used.
 */
import { readlinkSync, realpathSync, statSync } from "node:fs";
import * as path from "node:path";
import { containerNotFound, leavesContainer, toStoreError } from "./errors.js";
import type { FileFacts } from "./facts.js";
import { factsOf, isSameFile } from "./facts.js";
import { codeOf, realpath } from "./fs-calls.js";

export class Confinement {
  readonly #root: string;
  #realRoot: string | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** The container's directory with every symbolic link resolved. Throws `ContainerNotFound`. */
  realRoot(): string {
    this.#realRoot ??= this.#resolveRoot();
    return this.#realRoot;
  }

  /** Throws `PermissionDenied` when the open file lies outside. `filePath` is the name it was opened by. */
  checkOpenFile(fd: number, filePath: string, facts: FileFacts): void {
    this.checkLocation(locationOf(fd, filePath, facts), filePath);
  }

  /** Throws `PermissionDenied` when `location`, a path without links, lies outside. */
  checkLocation(location: string, filePath: string): void {
    if (isWithin(this.realRoot(), location)) return;
    // The container's own directory may have been replaced, or reached through a link that now points elsewhere.
    this.#realRoot = this.#resolveRoot();
    if (!isWithin(this.#realRoot, location)) throw leavesContainer(filePath);
  }

  /** Throws `PermissionDenied` when the directory lies outside; the errors of `realpath` (ENOENT ...) pass. */
  async checkDirectory(directory: string): Promise<void> {
    if (directory === this.#root) return;
    this.checkLocation(await realpath(directory), directory);
  }

  /** For a listing: is what the link leads to within the container? */
  async contains(linkPath: string): Promise<boolean> {
    return isWithin(this.realRoot(), await realpath(linkPath));
  }

  #resolveRoot(): string {
    try {
      return realpathSync.native(this.#root);
    } catch (error) {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") throw containerNotFound(this.#root, error);
      throw toStoreError(error, "read", this.#root);
    }
  }
}

const hasProc = process.platform === "linux";

/** Where an open descriptor lies, links resolved. One cheap system call that touches no disk, hence not worth a thread. */
export function locationOf(fd: number, filePath: string, facts: FileFacts): string {
  if (hasProc) {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      // /proc is not mounted.
    }
  }
  const resolved = realpathSync.native(filePath);
  const there = factsOf(statSync(resolved, { bigint: true }));
  // Exchanged since it was opened: nothing can be said of the open one, so nothing is granted.
  return isSameFile(there, facts) ? resolved : "";
}

function isWithin(root: string, location: string): boolean {
  if (location === root || root === path.sep) return location !== "";
  return location.length > root.length && location.startsWith(root) && location[root.length] === path.sep;
}
