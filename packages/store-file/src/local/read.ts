import * as fs from "node:fs";
import { evaluateReadConditions, LOCAL_SINGLE_READ_MAX, resolveRange, StoreError } from "@stowage/core";
import type {
  ByteRange,
  Bytes,
  DriverBytes,
  DriverInfo,
  DriverRead,
  DriverReadCall,
  DriverReadInto,
  ServedRange,
} from "@stowage/core";
import { mayHaveSidecar } from "./clock.js";
import { openFiles } from "./context.js";
import type { LocalContext } from "./context.js";
import type { OpenedFile, SmallFile } from "./data-path.js";
import { printablePath, toStoreError } from "./errors.js";
import { factsOf, isUnchanged } from "./facts.js";
import type { FileFacts } from "./facts.js";
import { closeQuietly, codeOf } from "./fs-calls.js";
import { keyToPath } from "./keys.js";
import type { KeyPath } from "./keys.js";
import { checkIsObject, describe, infoOf, openObject, READ_FLAGS, readError } from "./open-object.js";
import type { OpenObject } from "./open-object.js";
import { derivedAttributes, rememberedAttributes } from "./sidecar.js";

export async function statObject(context: LocalContext, key: string, call: DriverReadCall): Promise<DriverInfo> {
  const at = keyToPath(context.root, key);
  return openFiles.run(async () => {
    const object = await openObject(context, at, call.conditions);
    closeQuietly(object.fd);
    return object.info;
  });
}

/** The whole object or a range in memory; at most about `limit` bytes of it where that is less. */
export async function readBytes(
  context: LocalContext,
  key: string,
  range: ByteRange | undefined,
  limit: number,
  call: DriverReadCall,
  allocate?: (size: number) => Bytes,
): Promise<DriverBytes> {
  const at = keyToPath(context.root, key);
  if (range === undefined) {
    const small = await readSmall(context, at, limit, call, allocate);
    if (small !== undefined) return small;
  }
  return openFiles.run(async () => {
    const object = await openObject(context, at, call.conditions);
    try {
      const asked = resolveRange(range, object.facts.size);
      const served = { offset: asked.offset, length: Math.min(asked.length, limit) };
      const bytes = (allocate ?? context.dataPath.allocate)(served.length);
      await readExactly(context, at, object, served.offset, bytes, call.signal);
      return { info: object.info, range: served, bytes };
    } finally {
      closeQuietly(object.fd);
    }
  });
}

export async function readInto(
  context: LocalContext,
  key: string,
  offset: number,
  target: Uint8Array,
  call: DriverReadCall,
): Promise<DriverReadInto> {
  const at = keyToPath(context.root, key);
  return openFiles.run(async () => {
    const object = await openObject(context, at, call.conditions);
    try {
      if (offset === 0 && object.facts.size === 0) return { info: object.info, bytesRead: 0 };
      const { length } = resolveRange({ offset, length: target.byteLength }, object.facts.size);
      await readExactly(context, at, object, offset, target.subarray(0, length), call.signal);
      return { info: object.info, bytesRead: length };
    } finally {
      closeQuietly(object.fd);
    }
  });
}

/** The object or a range as a stream of chunks, read one ahead of the consumer. The descriptor closes at the end or by `return()`. */
export async function readStream(
  context: LocalContext,
  key: string,
  range: ByteRange | undefined,
  call: DriverReadCall,
): Promise<DriverRead> {
  const at = keyToPath(context.root, key);
  const object = await openFiles.run(() => openObject(context, at, call.conditions));
  try {
    const served = resolveRange(range, object.facts.size);
    return { info: object.info, range: served, chunks: new FileChunks(context, at, object, served, call.signal) };
  } catch (error) {
    closeQuietly(object.fd);
    throw error;
  }
}

/** The fast path of a small `get`: one call of the data path, which for a cached file may not even leave this thread. */
async function readSmall(
  context: LocalContext,
  at: KeyPath,
  limit: number,
  call: DriverReadCall,
  allocate: ((size: number) => Bytes) | undefined,
): Promise<DriverBytes | undefined> {
  const { dataPath } = context;
  if (dataPath.readSmallFile === undefined || context.spelling.mayFold) return undefined;
  let found: SmallFile | OpenedFile | undefined;
  try {
    const flags = at.flat ? READ_FLAGS | fs.constants.O_NOFOLLOW : READ_FLAGS;
    const answer = dataPath.readSmallFile({ path: at.path, flags, limit, locate: !at.flat, allocate });
    found = answer instanceof Promise ? await answer : answer;
    if (found === undefined) return undefined;
    const { facts } = found;
    if (!at.flat) context.confinement.checkLocation(found.location ?? "", at.path);
    checkIsObject(at, facts);
    const info = mayHaveSidecar(facts)
      ? (remembered(context, at, facts) ?? (await describe(context, at, facts, 1)))
      : infoOf(facts, derivedAttributes(at.key));
    if (info === undefined) return undefined;
    evaluateReadConditions(call.conditions, info);
    if ("bytes" in found) return { info, range: { offset: 0, length: found.bytes.byteLength }, bytes: found.bytes };
    // Kept open it would count as one more open file: then better closed, and opened again in its turn.
    if (openFiles.full) return undefined;
    const bytes = (allocate ?? dataPath.allocate)(Math.min(facts.size, limit));
    const object = { fd: found.fd, facts, info };
    await openFiles.run(() => readExactly(context, at, object, 0, bytes, call.signal));
    return { info, range: { offset: 0, length: bytes.byteLength }, bytes };
  } catch (error) {
    if (call.signal?.aborted === true) throw error;
    // A symbolic link: the step by step way follows it and checks where it leads.
    if (at.flat && codeOf(error) === "ELOOP") return undefined;
    throw await readError(context, at, error);
  } finally {
    if (found !== undefined && "fd" in found) closeQuietly(found.fd);
  }
}

function remembered(context: LocalContext, at: KeyPath, facts: FileFacts): DriverInfo | undefined {
  const attributes = rememberedAttributes(context, at, facts);
  return attributes === undefined ? undefined : infoOf(facts, attributes);
}

/** Fills `target`; throws when the file ends early or changed underneath: pieces of two states are never handed out as one. */
export async function readExactly(
  context: LocalContext,
  at: KeyPath,
  object: OpenObject,
  position: number,
  target: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  let count: number;
  try {
    count = await context.dataPath.readAt(object.fd, position, target, signal);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw toStoreError(error, "read", at.path);
  }
  if (count < target.byteLength) throw changed(at);
  // One read call is as whole as the file system makes it; several need the proof.
  if (target.byteLength > LOCAL_SINGLE_READ_MAX) checkUnchanged(at, object);
}

/** Throws `Unavailable` when the open file is not what it was when it was opened. */
export function checkUnchanged(at: KeyPath, object: OpenObject): void {
  if (!isUnchanged(object.facts, factsOf(fs.fstatSync(object.fd, { bigint: true })))) throw changed(at);
}

function changed(at: KeyPath): StoreError {
  return new StoreError({
    code: "Unavailable",
    message: `another program changed the file while it was being read (${printablePath(at.path)})`,
  });
}

/** Chunks of an open file: each in memory of its own, one read ahead. */
class FileChunks implements AsyncIterator<Uint8Array, undefined, undefined> {
  readonly #context: LocalContext;
  readonly #at: KeyPath;
  readonly #object: OpenObject;
  readonly #signal: AbortSignal | undefined;
  readonly #end: number;
  #position: number;
  /** The chunk being read, or read and not yet asked for. */
  #pending: Promise<Uint8Array | undefined> | undefined;
  #closed = false;

  constructor(
    context: LocalContext,
    at: KeyPath,
    object: OpenObject,
    range: ServedRange,
    signal: AbortSignal | undefined,
  ) {
    this.#context = context;
    this.#at = at;
    this.#object = object;
    this.#signal = signal;
    this.#position = range.offset;
    this.#end = range.offset + range.length;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#closed) return { done: true, value: undefined };
    try {
      this.#pending ??= this.#readChunk();
      const value = await this.#pending;
      this.#signal?.throwIfAborted();
      if (value !== undefined) {
        if (!this.#closed) this.#readAhead();
        return { done: false, value };
      }
    } catch (error) {
      await this.return();
      throw error;
    }
    return this.return();
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#closed) {
      this.#closed = true;
      // The descriptor must not be closed, and its number reused, under a read in flight.
      await this.#pending?.catch(() => undefined);
      closeQuietly(this.#object.fd);
    }
    return { done: true, value: undefined };
  }

  #readAhead(): void {
    this.#pending = this.#readChunk();
    // Reported by the `next` that takes it.
    this.#pending.catch(() => undefined);
  }

  async #readChunk(): Promise<Uint8Array | undefined> {
    const length = Math.min(this.#context.dataPath.streamChunk, this.#end - this.#position);
    if (length === 0) return undefined;
    const chunk = this.#context.dataPath.allocate(length);
    const from = this.#position;
    this.#position += length;
    await readExactly(this.#context, this.#at, this.#object, from, chunk, this.#signal);
    // With the last bytes, not after them: whoever counts bytes never asks for the end.
    if (this.#position === this.#end) checkUnchanged(this.#at, this.#object);
    return chunk;
  }
}
