import type {
  ByteRange,
  Bytes,
  DriverBytes,
  DriverInfo,
  DriverReadCall,
  ReadConditions,
  ServedRange,
} from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { checkCallback, checkOptions } from "../store/call-arguments.js";
import { checkKey } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import { positive } from "../store/defaults.js";
import type { GetOptions } from "../store/options.js";
import type { GetResult } from "../store/results.js";
import type { Progress } from "../store/settings.js";
import { attempt } from "./attempt.js";
import { readCall, readConditions, versionOf } from "./conditions.js";
import { readRest } from "./large-read.js";
import { toObjectInfo } from "./object-info.js";
import { checkRange, isEmptyRange, resolveRange } from "./range.js";
import { checkServed, fillFromStream } from "./read-stream.js";
import { inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { keyName, statWith } from "./stat.js";

export async function get(context: StoreContext, key: string, given: GetOptions | undefined): Promise<GetResult> {
  return inScope(context, "get", keyName(key), given ?? {}, false, (scope) =>
    getWithin(scope, key, checkOptions("get", given)),
  );
}

/** A get as part of another operation (getMany, copy); `allocate` brings the memory for the bytes. */
export async function getWithin(
  scope: Scope,
  key: string,
  options: GetOptions,
  allocate?: Allocate,
): Promise<GetResult> {
  const { context } = scope;
  checkKey(context, key);
  const range = checkRange(options.range);
  const conditions = readConditions(context, options);
  const versionId = versionOf(context, options.versionId);
  checkCallback("onProgress", options.onProgress);
  const limit = positive("rangeThreshold", options.rangeThreshold, context.transfer.rangeThreshold);
  if (isEmptyRange(range)) return emptyRead(scope, key, range, conditions, versionId);
  const release = await context.budget?.acquire(Math.min(limit, expectedBytes(range) ?? limit), scope.signal);
  try {
    const first = await attempt(
      scope,
      (call) => readFirst(scope, key, range, limit, readCall(call, conditions, versionId), allocate),
      { key },
    );
    const wanted = resolveRange(range, first.info.size);
    const whole = first.range.offset === wanted.offset && first.range.length === wanted.length;
    const bytes =
      whole && first.bytes.byteLength === wanted.length && options.onProgress === undefined
        ? ownedUnless(allocate, first.bytes)
        : await completeRead(scope, key, first, wanted, versionId, options, allocate);
    scope.bytes += bytes.byteLength;
    return new ReadResult(bytes, toObjectInfo(key, first.info), wanted);
  } finally {
    release?.();
  }
}

type Allocate = (byteLength: number) => Bytes;

/** A class, because an object with a closure each costs more than the rest of a small get. */
class ReadResult implements GetResult {
  readonly bytes: Bytes;
  readonly info: GetResult["info"];
  readonly range: ServedRange;

  constructor(bytes: Bytes, info: GetResult["info"], range: ServedRange) {
    this.bytes = bytes;
    this.info = info;
    this.range = range;
  }

  text(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.bytes);
  }
}

/** The whole answer, or its first part of at least `limit` bytes. */
function readFirst(
  scope: Scope,
  key: string,
  range: ByteRange | undefined,
  limit: number,
  call: DriverReadCall,
  allocate: Allocate | undefined,
): Promise<DriverBytes> {
  const { driver } = scope.context;
  if (driver.readBytes !== undefined) return driver.readBytes(key, range, limit, call, allocate);
  return readFromStream(scope, key, range, call);
}

async function readFromStream(
  scope: Scope,
  key: string,
  range: ByteRange | undefined,
  call: DriverReadCall,
): Promise<DriverBytes> {
  const { driver } = scope.context;
  const read = await driver.read(key, range, call);
  let wanted: ServedRange;
  try {
    wanted = resolveRange(range, read.info.size);
  } catch (error) {
    await read.chunks.return?.();
    throw error;
  }
  const bytes = new Uint8Array(wanted.length);
  await fillFromStream(read, wanted, bytes);
  return { info: read.info, range: wanted, bytes };
}

async function completeRead(
  scope: Scope,
  key: string,
  first: DriverBytes,
  wanted: ServedRange,
  versionId: string | undefined,
  options: GetOptions,
  allocate: Allocate | undefined,
): Promise<Bytes> {
  const { range, bytes, info } = first;
  if (bytes.byteLength !== range.length) {
    throw new StoreError({
      code: "IntegrityMismatch",
      message: `the answer announced ${range.length} bytes and holds ${bytes.byteLength}`,
    });
  }
  const report = reporter(key, wanted.length, options.onProgress);
  if (range.offset === wanted.offset && range.length === wanted.length) {
    report(bytes.byteLength);
    return ownedUnless(allocate, bytes);
  }
  if (range.offset + range.length >= wanted.offset + wanted.length) {
    checkServed(range, wanted);
    report(wanted.length);
    const from = wanted.offset - range.offset;
    return bytes.slice(from, from + wanted.length);
  }
  checkServed(range, { offset: wanted.offset, length: Math.max(0, range.offset + range.length - wanted.offset) });
  const { context } = scope;
  const extra = await context.budget?.acquire(wanted.length - range.length, scope.signal);
  try {
    const target = allocate === undefined ? new Uint8Array(wanted.length) : allocate(wanted.length);
    const head = bytes.subarray(wanted.offset - range.offset);
    target.set(head);
    report(head.byteLength);
    await readRest(scope, target, {
      key,
      versionId,
      info,
      range: wanted,
      done: head.byteLength,
      partSize: positive("partSize", options.partSize, context.transfer.partSize),
      concurrency: positive("concurrency", options.concurrency, context.transfer.concurrency),
      onBytes: report,
    });
    return target;
  } finally {
    extra?.();
  }
}

/** A zero-length range or suffix: answered by a stat, with all its errors and conditions. */
async function emptyRead(
  scope: Scope,
  key: string,
  range: ByteRange | undefined,
  conditions: ReadConditions | undefined,
  versionId: string | undefined,
): Promise<GetResult> {
  const info: DriverInfo = await statWith(scope, key, conditions, versionId);
  return new ReadResult(new Uint8Array(0), toObjectInfo(key, info), resolveRange(range, info.size));
}

/** Memory that the caller brought stays as it is. */
function ownedUnless(allocate: Allocate | undefined, bytes: Bytes): Bytes {
  return allocate === undefined ? owned(bytes) : bytes;
}

/** Neighbours of a pooled allocation must not be visible through `.buffer`. */
function owned(bytes: Uint8Array<ArrayBuffer>): Bytes {
  if (bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength && !Buffer.isBuffer(bytes)) return bytes;
  return bytes.byteLength === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}

function expectedBytes(range: ByteRange | undefined): number | undefined {
  if (range === undefined) return undefined;
  return "suffix" in range ? range.suffix : range.length;
}

/** Adds up bytes and reports them; a function that does nothing where nobody listens. */
export function reporter(
  key: string,
  totalBytes: number | undefined,
  onProgress: ((progress: Progress) => void) | undefined,
): (bytes: number) => void {
  if (onProgress === undefined) return ignore;
  let done = 0;
  return (bytes) => {
    done += bytes;
    onProgress({ bytes: done, totalBytes, objects: done === totalBytes ? 1 : 0, totalObjects: 1, key });
  };
}

function ignore(): void {}
