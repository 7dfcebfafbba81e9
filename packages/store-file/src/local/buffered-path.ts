/** The data path through the page cache: plain reads and writes, large ones in parallel chunks. */
import * as fs from "node:fs";
import {
  LOCAL_INLINE_READ_MAX,
  LOCAL_READ_CHUNK,
  LOCAL_READ_CONCURRENCY,
  LOCAL_SINGLE_READ_MAX,
  LOCAL_STREAM_CHUNK,
  LOCAL_WRITE_CHUNK,
} from "@stowage/core";
import type { Bytes } from "@stowage/core";
import { locationOf } from "./confinement.js";
import type { DataPath, MaybePromise, OpenedFile, SmallFile, SmallFileRequest } from "./data-path.js";
import { factsOf } from "./facts.js";
import { closeQuietly, ftruncate, open, read, write } from "./fs-calls.js";
import { turnBudget } from "./inline-calls.js";
import type { InlineCalls } from "./inline-calls.js";

/** `inline` decides which small files are read on the calling thread. */
export function createBufferedPath(inline: InlineCalls): DataPath {
  return {
    notes: { io: "buffered" },
    streamChunk: LOCAL_STREAM_CHUNK,
    readSmallFile: (request) => readSmallFile(inline, request),
    openForReading: (path, flags) => open(path, flags),
    allocate: allocateBytes,
    readAt,
    openForWriting: (path, flags) => open(path, flags),
    writeAt,
    finish,
  };
}

/** Memory that is not cleared first: every byte is about to be overwritten. */
export function allocateBytes(size: number): Bytes {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
}

async function readAt(
  fd: number,
  position: number,
  target: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (target.byteLength <= LOCAL_SINGLE_READ_MAX) return readFully(fd, position, target, 0, target.byteLength);
  let end = target.byteLength;
  await inLanes(target.byteLength, LOCAL_READ_CHUNK, signal, async (from, length) => {
    const count = await readFully(fd, position + from, target, from, length);
    if (count < length) end = Math.min(end, from + count);
    return count === length;
  });
  return end;
}

/** One chunk after another: the kernel writes one file by one thread at a time, and more only wait for each other. */
async function writeAt(
  fd: number,
  position: number,
  source: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let from = 0; from < source.byteLength; from += LOCAL_WRITE_CHUNK) {
    signal?.throwIfAborted();
    await writeFully(fd, position + from, source, from, Math.min(LOCAL_WRITE_CHUNK, source.byteLength - from));
  }
}

async function finish(fd: number, size: number): Promise<void> {
  if (fs.fstatSync(fd).size !== size) await ftruncate(fd, size);
}

/**
 * Runs `work` over consecutive pieces, a few at a time, until one says `false`. Settles when none is running any more, with the
 * first error or the signal's reason.
 */
async function inLanes(
  total: number,
  chunk: number,
  signal: AbortSignal | undefined,
  work: (from: number, length: number) => Promise<boolean>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < total) {
      signal?.throwIfAborted();
      const from = next;
      next += chunk;
      try {
        if (!(await work(from, Math.min(chunk, total - from)))) next = total;
      } catch (error) {
        next = total;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: Math.min(LOCAL_READ_CONCURRENCY, Math.ceil(total / chunk)) }, lane);
  for (const outcome of await Promise.allSettled(lanes)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}

async function readFully(
  fd: number,
  position: number,
  target: Uint8Array,
  from: number,
  length: number,
): Promise<number> {
  let done = 0;
  while (done < length) {
    const count = await read(fd, target, from + done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

async function writeFully(
  fd: number,
  position: number,
  source: Uint8Array,
  from: number,
  length: number,
): Promise<void> {
  let done = 0;
  while (done < length) {
    done += await write(fd, source, from + done, length - done, position + done);
  }
}

function readSmallFile(
  inline: InlineCalls,
  request: SmallFileRequest,
): MaybePromise<SmallFile | OpenedFile | undefined> {
  if (!inline.allowed()) return undefined;
  const wait = turnBudget();
  if (wait !== undefined) return wait.then(() => readSmallFile(inline, request));
  const started = performance.now();
  let fd: number | undefined;
  try {
    fd = fs.openSync(request.path, request.flags);
    const facts = factsOf(fs.fstatSync(fd, { bigint: true }));
    const location = request.locate ? locationOf(fd, request.path, facts) : undefined;
    const opened = { fd, facts, location };
    if (facts.kind === "file" && facts.size <= Math.min(request.limit, LOCAL_INLINE_READ_MAX)) {
      const bytes = readNow(fd, (request.allocate ?? allocateBytes)(facts.size));
      return bytes === undefined ? undefined : { facts, location, bytes };
    }
    // Opening was not in vain: the thread pool reads it from here.
    fd = undefined;
    return opened;
  } finally {
    if (fd !== undefined) closeQuietly(fd);
    inline.took(started);
  }
}

/** Fills `bytes` from the beginning of the file; `undefined` when it ends before. */
function readNow(fd: number, bytes: Bytes): Bytes | undefined {
  let done = 0;
  while (done < bytes.byteLength) {
    const count = fs.readSync(fd, bytes, done, bytes.byteLength - done, done);
    if (count === 0) return undefined;
    done += count;
  }
  return bytes;
}
