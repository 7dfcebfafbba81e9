import * as fs from "node:fs";
import type { CleanupResult } from "@stowage/core";
import { closeQuietly, codeOf, lstat, open, unlinkIfThere } from "./fs-calls.js";
import { READ_FLAGS } from "./open-object.js";

interface Age {
  /** Milliseconds since 1970: the later of the times of change of bytes and of names and modes. */
  readonly touched: number;
  /** What removing the name frees: nothing where the file has others besides. */
  readonly bytes: number;
  readonly otherNames: boolean;
}

/** Judges by age what crashed writers left, removes it, and counts. */
export class Leftovers {
  /** Milliseconds since 1970: what was touched later may be in use. */
  readonly #before: number;
  readonly #namesTaken: Map<string, NameTaken> = new Map();
  #files = 0;
  #bytes = 0;

  constructor(before: number) {
    this.#before = before;
  }

  get removed(): CleanupResult {
    return { files: this.#files, bytes: this.#bytes };
  }

  isOld(touched: number): boolean {
    return touched <= this.#before;
  }

  count(files: number, bytes: number): void {
    this.#files += files;
    this.#bytes += bytes;
  }

  /** `undefined`: gone meanwhile. */
  async ageOf(path: string): Promise<Age | undefined> {
    try {
      const stats = await lstat(path);
      const taken = this.#namesTaken.get(identityOf(stats));
      const touched = taken?.state === stateOf(stats) ? taken.touched : lastTouched(stats);
      const otherNames = stats.nlink > 1n;
      return { touched, bytes: otherNames ? 0 : Number(stats.size), otherNames };
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  async removeIfOld(path: string): Promise<void> {
    const age = await this.ageOf(path);
    if (age === undefined || !this.isOld(age.touched)) return;
    const removed = age.otherNames ? await this.#takeOneName(path, age.touched) : await unlinkIfThere(path);
    if (removed) this.count(1, age.bytes);
  }

  /**
   * Interrupted renames link attributes to several names. Taking one name is a change of the file, which would make all others
   * look just touched: they keep their age, as long as nobody else has touched the file since.
   */
  async #takeOneName(path: string, touched: number): Promise<boolean> {
    const fd = await open(path, READ_FLAGS | fs.constants.O_NOFOLLOW).catch(() => undefined);
    try {
      if (!(await unlinkIfThere(path))) return false;
      if (fd === undefined) return true;
      const stats = fs.fstatSync(fd, { bigint: true });
      this.#namesTaken.set(identityOf(stats), { state: stateOf(stats), touched });
      return true;
    } finally {
      if (fd !== undefined) closeQuietly(fd);
    }
  }
}

interface NameTaken {
  readonly state: string;
  readonly touched: number;
}

function lastTouched({ mtimeMs, ctimeMs }: fs.BigIntStats): number {
  return Math.max(Number(mtimeMs), Number(ctimeMs));
}

function identityOf({ dev, ino }: fs.BigIntStats): string {
  return `${dev}:${ino}`;
}

/** Other whenever bytes, names or modes are: the number of names besides, as a clock may stand still for milliseconds. */
function stateOf({ ctimeNs, mtimeNs, nlink }: fs.BigIntStats): string {
  return `${ctimeNs}:${mtimeNs}:${nlink}`;
}
