import * as fs from "node:fs";
import { LOCAL_WRITE_PIECE } from "@stowage/core";
import type { WriteBody } from "@stowage/core";
import type { LocalContext } from "./context.js";
import { makeParents, removeIfEmpty } from "./directories.js";
import { factsOf } from "./facts.js";
import { closeQuietly, codeOf, unlinkQuietly } from "./fs-calls.js";
import type { KeyPath } from "./keys.js";
import { temporaryName } from "./names.js";
import { requireContainer } from "./open-object.js";

/** A file without a key, in the directory of the key that it is to become. */
export interface TemporaryFile {
  readonly path: string;
  readonly fd: number;
  /** Directories made for it, which go with it when it is discarded. */
  readonly madeDirectories: readonly string[];
}

/**
 * Makes the file, by `create` where the data path's own way is not meant, and the directories of the key where they are missing.
 * Throws `ContainerNotFound`, `PermissionDenied` (a link leads outside), errno errors; then nothing is left.
 */
export async function createTemporaryFile(
  context: LocalContext,
  at: KeyPath,
  create: (path: string) => Promise<number> = (path) =>
    context.dataPath.openForWriting(path, CREATE_FLAGS, "sequential"),
): Promise<TemporaryFile> {
  let madeDirectories: readonly string[] = [];
  for (let attempt = 1; ; attempt++) {
    const path = `${at.parent === "/" ? "" : at.parent}/${temporaryName()}`;
    try {
      const fd = await create(path);
      if (!at.flat) await confine(context, fd, path);
      return { path, fd, madeDirectories };
    } catch (error) {
      await removeIfEmpty(madeDirectories);
      if (codeOf(error) !== "ENOENT" || attempt >= VANISHED_ATTEMPTS) throw error;
      if (at.flat) {
        await requireContainer(context);
        continue;
      }
    }
    // The directory is missing, or someone removed it, empty, between two steps.
    madeDirectories = await makeParents(context, at.parent);
  }
}

/** Removes the file, which is closed, as if it had never been. Never fails. */
export async function discard(temporary: Pick<TemporaryFile, "path" | "madeDirectories">): Promise<void> {
  await unlinkQuietly(temporary.path);
  await removeIfEmpty(temporary.madeDirectories);
}

/** Writes a body at `start`; resolves with its size. The caller's chunks are written before the next one is asked for. */
export async function writeBody(
  context: LocalContext,
  fd: number,
  start: number,
  body: WriteBody,
  signal: AbortSignal | undefined,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<number> {
  const { dataPath } = context;
  if (body.bytes !== undefined) {
    const { bytes } = body;
    for (let from = 0; from < bytes.byteLength; from += LOCAL_WRITE_PIECE) {
      const piece = bytes.subarray(from, from + LOCAL_WRITE_PIECE);
      await dataPath.writeAt(fd, start + from, piece, signal);
      onBytes?.(from + piece.byteLength);
    }
    return bytes.byteLength;
  }
  let written = 0;
  const gathered = new GatheredChunks(dataPath.streamChunk);
  const flush = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.byteLength === 0) return;
    await dataPath.writeAt(fd, start + written, bytes, signal);
    written += bytes.byteLength;
    onBytes?.(written);
  };
  for await (const chunk of body.chunks()) {
    signal?.throwIfAborted();
    if (!gathered.take(chunk)) {
      await flush(gathered.drain());
      if (!gathered.take(chunk)) await flush(chunk);
    }
  }
  signal?.throwIfAborted();
  await flush(gathered.drain());
  return written;
}

export const CREATE_FLAGS: number =
  fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;

/** A directory that vanishes this often while one write looks is being fought over. */
const VANISHED_ATTEMPTS = 16;

async function confine(context: LocalContext, fd: number, path: string): Promise<void> {
  try {
    context.confinement.checkOpenFile(fd, path, factsOf(fs.fstatSync(fd, { bigint: true })));
  } catch (error) {
    closeQuietly(fd);
    await unlinkQuietly(path);
    throw error;
  }
}

/** Copies small chunks together, so that a stream of them does not cost a call each. */
class GatheredChunks {
  readonly #capacity: number;
  #buffer: Uint8Array | undefined;
  #length = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Takes the chunk if it is small and fits. */
  take(chunk: Uint8Array): boolean {
    if (chunk.byteLength * 2 > this.#capacity || this.#length + chunk.byteLength > this.#capacity) return false;
    this.#buffer ??= new Uint8Array(this.#capacity);
    this.#buffer.set(chunk, this.#length);
    this.#length += chunk.byteLength;
    return true;
  }

  /** What was taken; valid until the next `take`. */
  drain(): Uint8Array {
    const bytes = this.#buffer?.subarray(0, this.#length) ?? new Uint8Array(0);
    this.#length = 0;
    return bytes;
  }
}
