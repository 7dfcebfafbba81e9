import { isUtf8 } from "node:buffer";
import type { Dirent } from "node:fs";
import { opendir, realpath, stat } from "node:fs/promises";
import { isReservedName } from "@stowage/store-file/local";
import type { KeyFilter } from "../arguments/filter.js";

export interface LocalTree {
  /** Directories with no file anywhere below them: they exist in no listing, so they are not copied. */
  readonly emptyDirectories: number;
  /** Entries named by `onSkipped`. */
  readonly skipped: number;
}

export interface LocalTreeOptions {
  readonly signal: AbortSignal;
  /** Entries whose key does not pass are not reported. */
  readonly filter: KeyFilter | undefined;
  /** Called for everything that a listing of the directory leaves out, with the reason. */
  readonly onSkipped: (path: string, reason: string) => void;
}

/**
 * Walks a directory as a person sees it, to tell what a listing of its objects does not hold: symbolic links that lead out of it,
 * nowhere or round in a circle, sockets, FIFOs, devices, names that are not valid UTF-8, directories without a file. Opens one
 * directory a level at a time and no file.
 */
export async function inspectLocalTree(root: string, options: LocalTreeOptions): Promise<LocalTree> {
  const walk = new Walk(await realpath(root), options);
  await walk.directory(root, "", []);
  return walk;
}

class Walk implements LocalTree {
  emptyDirectories = 0;
  skipped = 0;
  readonly #root: string;
  readonly #options: LocalTreeOptions;

  constructor(root: string, options: LocalTreeOptions) {
    this.#root = root;
    this.#options = options;
  }

  /** Is there a file in or below the directory? `above` holds the real paths of the directories that lead here. */
  async directory(path: string, key: string, above: readonly string[]): Promise<boolean> {
    const here = [...above, await realpath(path)];
    let files = false;
    // latin1: one character a byte, so that names which are no UTF-8 survive.
    for await (const entry of await opendir(path, { encoding: "latin1" })) {
      this.#options.signal.throwIfAborted();
      const bytes = Buffer.from(entry.name, "latin1");
      const name = bytes.toString("utf8");
      if (isReservedName(name)) continue;
      if (!isUtf8(bytes)) this.#skip(`${path}/${name}`, `${key}${name}`, "its name is not valid UTF-8");
      else if (await this.#entry(entry, `${path}/${name}`, `${key}${name}`, here)) files = true;
    }
    if (!files && key !== "") this.emptyDirectories++;
    return files;
  }

  async #entry(entry: Dirent, path: string, key: string, above: readonly string[]): Promise<boolean> {
    if (entry.isFile()) return true;
    if (entry.isDirectory()) return this.#below(path, key, above);
    if (entry.isSymbolicLink()) return this.#link(path, key, above);
    this.#skip(path, key, `it is a ${kindOf(entry)}, not a file`);
    return true;
  }

  async #below(path: string, key: string, above: readonly string[]): Promise<boolean> {
    try {
      return await this.directory(path, `${key}/`, above);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      this.#skip(path, key, `it cannot be read (${messageOf(error)})`);
      return true;
    }
  }

  async #link(path: string, key: string, above: readonly string[]): Promise<boolean> {
    let target: string;
    try {
      target = await realpath(path);
    } catch (error) {
      const loop = error instanceof Error && "code" in error && error.code === "ELOOP";
      this.#skip(path, key, loop ? "a symbolic link to itself" : "a symbolic link to nothing");
      return true;
    }
    if (!isWithin(target, this.#root)) {
      this.#skip(path, key, `a symbolic link that leads out, to ${target}`);
      return true;
    }
    const facts = await stat(target);
    if (facts.isFile()) return true;
    if (!facts.isDirectory()) {
      this.#skip(path, key, `a symbolic link to a ${kindOf(facts)}`);
      return true;
    }
    if (above.includes(target)) {
      this.#skip(path, key, `a symbolic link to a directory that it lies in, ${target}`);
      return true;
    }
    return this.#below(path, key, above);
  }

  #skip(path: string, key: string, reason: string): void {
    if (this.#options.filter !== undefined && !this.#options.filter(key)) return;
    this.skipped++;
    this.#options.onSkipped(path, reason);
  }
}

/** Is `path` the directory `root` or below it? Both are real paths. */
export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith("/") ? root : `${root}/`);
}

type Kind = Pick<Dirent, "isFIFO" | "isSocket" | "isBlockDevice" | "isCharacterDevice">;

function kindOf(entry: Kind): string {
  if (entry.isFIFO()) return "FIFO";
  if (entry.isSocket()) return "socket";
  return entry.isBlockDevice() || entry.isCharacterDevice() ? "device" : "special file";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
