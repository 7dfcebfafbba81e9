import { evaluateReadConditions, resolveRange } from "@stowage/core";
import type {
  ByteRange,
  Bytes,
  DriverBytes,
  DriverInfo,
  DriverReadCall,
  DriverReadInto,
  DriverWriteCall,
  DriverWritten,
  WriteBody,
} from "@stowage/core";
import { derivedAttributes, describe, infoOf, keyToPath, LocalDriver, mayHaveSidecar } from "@stowage/store-file/local";
import type { KeyPath, LocalContext } from "@stowage/store-file/local";
import type { Completion } from "./binding/completion.js";
import type { EngineRead } from "./binding/engine.js";
import { FLAG } from "./binding/native.js";
import type { DirectFiles } from "./direct-files.js";
import { factsOfCompletion } from "./facts.js";
import { writeWhole } from "./write-whole.js";

type Range = { readonly offset: number; readonly length: number };

/**
 * The local store with its hot operations as single native calls. A call that does not succeed at once (a symbolic link, a missing
 * directory, anything odd) is done again step by step by the local store, which knows every case and its error; native calls
 * that fail leave nothing behind. So is everything where the file system folds names, which only looking at them tells.
 */
export class DirectDriver extends LocalDriver {
  readonly #context: LocalContext;
  readonly #files: DirectFiles;

  constructor(context: LocalContext, files: DirectFiles) {
    super(context, ["getRanges", "lease"]);
    this.#context = context;
    this.#files = files;
  }

  override async stat(key: string, call: DriverReadCall): Promise<DriverInfo> {
    if (this.#context.spelling.mayFold) return super.stat(key, call);
    const at = keyToPath(this.#context.root, key);
    const completion = await this.#read(at, 0, 0, FLAG.statOnly, undefined, undefined, call.signal);
    return (await this.#judge(at, completion, call)) ?? super.stat(key, call);
  }

  override async readBytes(
    key: string,
    range: ByteRange | undefined,
    limit: number,
    call: DriverReadCall,
    allocate?: (size: number) => Bytes,
  ): Promise<DriverBytes> {
    const at = keyToPath(this.#context.root, key);
    const asked = nativeRange(range);
    // The first part of a suffix is not where a native suffix read begins.
    const inParts = asked.flags !== 0 && asked.length > limit;
    if (inParts || this.#context.spelling.mayFold) return super.readBytes(key, range, limit, call, allocate);
    const length = Math.min(asked.length, limit);
    const completion = await this.#read(at, asked.offset, length, asked.flags, undefined, allocate, call.signal);
    const info = await this.#judge(at, completion, call);
    if (info === undefined) return super.readBytes(key, range, limit, call, allocate);
    const { offset } = resolveRange(range, info.size);
    const bytes = bytesOf(completion);
    return { info, range: { offset, length: bytes.byteLength }, bytes };
  }

  releaseBytes(bytes: Bytes): void {
    this.#files.engine.release(bytes);
  }

  override async readInto(
    key: string,
    offset: number,
    target: Uint8Array,
    call: DriverReadCall,
  ): Promise<DriverReadInto> {
    if (this.#context.spelling.mayFold) return super.readInto(key, offset, target, call);
    const at = keyToPath(this.#context.root, key);
    const completion = await this.#read(at, offset, target.byteLength, 0, target, undefined, call.signal);
    const info = await this.#judge(at, completion, call);
    if (info === undefined) return super.readInto(key, offset, target, call);
    if (offset > 0 || info.size > 0) resolveRange({ offset, length: target.byteLength }, info.size);
    return { info, bytesRead: completion.bytes };
  }

  /** All ranges in one submission to the engine. */
  async readRanges(
    key: string,
    ranges: readonly Range[],
    call: DriverReadCall,
  ): Promise<{ readonly info: DriverInfo; readonly bytes: readonly Bytes[] }> {
    if (this.#context.spelling.mayFold) return this.#rangesOneByOne(key, ranges, call);
    const at = keyToPath(this.#context.root, key);
    const file = this.#files.at(at.path, call.signal);
    const completion = await this.#files.engine.readRanges(file, ranges);
    const info = await this.#judge(at, completion, call);
    if (info === undefined) return this.#rangesOneByOne(key, ranges, call);
    for (const range of ranges) resolveRange(range, info.size);
    const { value } = completion;
    return { info, bytes: Array.isArray(value) ? value.map((buffer) => new Uint8Array(buffer)) : [] };
  }

  override async write(key: string, body: WriteBody, call: DriverWriteCall): Promise<DriverWritten> {
    if (body.bytes !== undefined && !this.#context.spelling.mayFold) {
      const at = keyToPath(this.#context.root, key);
      const written = await writeWhole(this.#files, this.#context, at, body.bytes, call);
      if (written !== undefined) return written;
    }
    return super.write(key, body, call);
  }

  #read(
    at: KeyPath,
    offset: number,
    length: number,
    flags: number,
    destination: Uint8Array | undefined,
    place: EngineRead["place"],
    signal: AbortSignal | undefined,
  ): Promise<Completion> {
    const files = this.#files;
    return files.engine.read({
      descriptor: -1,
      path: at.path,
      rootLength: files.rootLength(),
      flags: files.flags(false) | flags,
      defaultAlignment: files.alignment,
      offset,
      length,
      destination,
      place,
      signal,
    });
  }

  /** What is known of the object that was read, conditions judged; `undefined`: it has to be read step by step. */
  #judge(
    at: KeyPath,
    completion: Completion,
    call: DriverReadCall,
  ): DriverInfo | undefined | Promise<DriverInfo | undefined> {
    if (completion.error !== 0) {
      this.#files.linkMet();
      return undefined;
    }
    if (completion.refused) this.#files.fellBack();
    const facts = factsOfCompletion(completion);
    if (mayHaveSidecar(facts)) return this.#described(at, completion, call);
    const info = infoOf(facts, derivedAttributes(at.key));
    evaluateReadConditions(call.conditions, info);
    return info;
  }

  async #described(at: KeyPath, completion: Completion, call: DriverReadCall): Promise<DriverInfo | undefined> {
    const info = await describe(this.#context, at, factsOfCompletion(completion), 1);
    if (info !== undefined) evaluateReadConditions(call.conditions, info);
    return info;
  }

  /** Pinned to what the first look saw. */
  async #rangesOneByOne(
    key: string,
    ranges: readonly Range[],
    call: DriverReadCall,
  ): Promise<{ readonly info: DriverInfo; readonly bytes: readonly Bytes[] }> {
    const info = await this.stat(key, call);
    const pinned = { ...call, conditions: { ifMatch: info.etag } };
    const bytes: Bytes[] = [];
    for (const range of ranges) {
      const target = new Uint8Array(resolveRange(range, info.size).length);
      await super.readInto(key, range.offset, target, pinned);
      bytes.push(target);
    }
    return { info, bytes };
  }
}

function nativeRange(range: ByteRange | undefined): Range & { readonly flags: number } {
  if (range === undefined) return WHOLE;
  if ("suffix" in range) return { offset: 0, length: range.suffix, flags: FLAG.suffix };
  return { offset: range.offset, length: range.length ?? Number.MAX_SAFE_INTEGER, flags: 0 };
}

const WHOLE: Range & { readonly flags: number } = { offset: 0, length: Number.MAX_SAFE_INTEGER, flags: 0 };

function bytesOf({ value }: Completion): Bytes {
  if (value instanceof Uint8Array) return value;
  return value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(0);
}
