/** The files of one store: how they are opened with O_DIRECT, and what happens where that turns out not to be in force. */
import * as fs from "node:fs";
import { DIRECT_BLOCK_MIN } from "@stowage/core";
import { codeOf } from "@stowage/store-file/local";
import { FLAG } from "./binding/native.js";
import type { DirectEngine, EngineFile } from "./binding/engine.js";
import { notInForce } from "./errors.js";
import { detectMode } from "./mode.js";
import type { DirectMode } from "./mode.js";
import type { CheckedOptions } from "./options.js";
import { warnOnce } from "./warning.js";

export class DirectFiles {
  readonly engine: DirectEngine;
  readonly #root: string;
  readonly #options: CheckedOptions;
  #mode: DirectMode;
  #rootLength: number | undefined;

  constructor(root: string, mode: DirectMode, engine: DirectEngine, options: CheckedOptions) {
    this.#root = root;
    this.#mode = mode;
    this.engine = engine;
    this.#options = options;
  }

  /** Bytes of the smallest piece that is written without the page cache; no page is written both ways. */
  get block(): number {
    return Math.max(this.#mode.offsetAlignment, DIRECT_BLOCK_MIN);
  }

  /** Bytes; for files whose file system reports none. */
  get alignment(): number {
    return this.#mode.offsetAlignment;
  }

  /** Flags of a native call: O_DIRECT unless `buffered` is meant, and what may happen where it is refused. */
  flags(buffered: boolean): number {
    if (this.#mode.io === "unknown") this.settle();
    const fallback = buffered || this.#options.fallback === "buffered" ? FLAG.fallback : 0;
    const direct = buffered || this.#mode.io === "buffered" ? 0 : FLAG.direct;
    return fallback | direct | (this.#options.ioUring ? 0 : FLAG.noRing);
  }

  /** So many bytes of every path may lead through links: the directory's own path, if there are any in it. */
  rootLength(): number {
    if (this.#rootLength !== undefined) return this.#rootLength;
    try {
      const linked = fs.realpathSync.native(this.#root) !== this.#root;
      this.#rootLength = linked ? Buffer.byteLength(this.#root) : 0;
    } catch {
      // It is missing, or not to be seen: the call itself will say so, with its own error.
      return 0;
    }
    return this.#rootLength;
  }

  /** For one native call on the file at `path`. */
  at(path: string, signal: AbortSignal | undefined): EngineFile {
    const defaultAlignment = this.alignment;
    return { descriptor: -1, path, rootLength: this.rootLength(), flags: this.flags(false), defaultAlignment, signal };
  }

  /** For one native call on an open descriptor, which says itself whether it is direct. */
  on(descriptor: number, signal: AbortSignal | undefined): EngineFile {
    const defaultAlignment = this.alignment;
    return { descriptor, path: "", rootLength: 0, flags: this.flags(false), defaultAlignment, signal };
  }

  /** Opens with O_DIRECT. Where that is refused: without it, or `Unsupported`, as `fallback` says. */
  async open(path: string, flags: number): Promise<number> {
    this.settle();
    try {
      return await open(path, flags | fs.constants.O_DIRECT);
    } catch (error) {
      if (codeOf(error) !== "EINVAL") throw error;
      // The kernel makes a new file before it asks the file system about O_DIRECT.
      if ((flags & fs.constants.O_CREAT) !== 0) removeQuietly(path);
    }
    // Directories answer the same: what it is shows once it is open.
    const fd = await open(path, flags);
    if (!fs.fstatSync(fd).isFile()) return fd;
    if (this.#options.fallback === "buffered") {
      this.fellBack();
      return fd;
    }
    fs.closeSync(fd);
    if ((flags & fs.constants.O_CREAT) !== 0) removeQuietly(path);
    throw notInForce(this.#root, "the file system refuses O_DIRECT for this file");
  }

  /** O_DIRECT was refused for a file where it is in force as a rule. */
  fellBack(): void {
    warnOnce(this.#root, "the file system refuses O_DIRECT for some files");
  }

  /** Tries again what could not be tried when the store was opened. Throws `Unsupported` by `fallback: "error"`. */
  settle(): void {
    if (this.#mode.io !== "unknown") return;
    const mode = detectMode(this.#root);
    if (mode.io === "unknown") return;
    if (mode.io === "buffered") {
      if (this.#options.fallback === "error") throw notInForce(this.#root, mode.reason);
      warnOnce(this.#root, mode.reason);
    }
    this.#mode = mode;
  }

  /** A symbolic link was met in a path: is it in the directory's own path, where links are the caller's business? */
  linkMet(): void {
    this.#rootLength = undefined;
  }
}

function open(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, (error, fd) => (error === null ? resolve(fd) : reject(error)));
  });
}

function removeQuietly(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // It was not made.
  }
}
