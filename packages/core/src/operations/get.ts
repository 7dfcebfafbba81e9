import type {
  ByteRange,
  Bytes,
  DriverBytes,
  DriverInfo,
  DriverReadCall,
  ReadConditions,
  ServedRange,
} from "../driver/types.js";
import { BUDGET_READ_MIN, BUDGET_READ_SHARE } from "../constants/transfer.js";
import { StoreError } from "../errors/index.js";
import { checkCallback, checkOptions } from "../store/call-arguments.js";
import { checkKey } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import { positive } from "../store/defaults.js";
import type { GetOptions } from "../store/options.js";
import type { GetResult } from "../store/results.js";
import { reserve } from "../transfer/budget.js";
import type { Reservation } from "../transfer/budget.js";
import { attempt } from "./attempt.js";
import { readCall, readConditions, versionOf } from "./conditions.js";
import { canPin, readRest } from "./large-read.js";
import { toObjectInfo } from "./object-info.js";
import { reporter } from "./progress.js";
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
  const threshold = positive("rangeThreshold", options.rangeThreshold, context.transfer.rangeThreshold);
  if (isEmptyRange(range)) return emptyRead(scope, key, range, conditions, versionId);
  const { budget } = context;
  const limit = firstLimit(context, threshold);
  const reservation =
    budget === undefined
      ? undefined
      : await reserve(budget, Math.min(limit, expectedBytes(range) ?? limit), scope.signal);
  try {
    const first = await attempt(
      scope,
      (call) => readFirst(scope, key, range, limit, readCall(call, conditions, versionId), allocate),
      { key },
    );
    const { info } = first;
    const wanted = resolveRange(range, info.size);
    const whole = first.range.offset === wanted.offset && first.range.length === wanted.length;
    const bytes =
      whole && first.bytes.byteLength === wanted.length && options.onProgress === undefined
        ? ownedUnless(allocate, first.bytes)
        : await completeRead(scope, first, { key, wanted, limit, versionId, options, allocate, reservation });
    scope.tally.bytes += bytes.byteLength;
    return new ReadResult(bytes, toObjectInfo(key, info), wanted);
  } finally {
    reservation?.release();
  }
}

/** How many bytes the first driver call may bring of an object whose size is not known yet. */
function firstLimit({ budget, driver, capabilities }: StoreContext, threshold: number): number {
  // What cannot be pinned to one version must come whole, in one answer.
  if (!canPin(capabilities)) return Number.MAX_SAFE_INTEGER;
  if (budget === undefined) return driver.capabilities.largeReads === "whole" ? Number.MAX_SAFE_INTEGER : threshold;
  return Math.min(threshold, Math.max(BUDGET_READ_MIN, Math.floor(budget.capacity / BUDGET_READ_SHARE)));
}

type Allocate = (byteLength: number) => Bytes;

/** A class, because an object with a closure each costs more than the rest of a small get. */
export class ReadResult implements GetResult {
  /**
   * A result that stays. V8 keeps compiled code only while the hidden classes that it knows live, and this one lives with its
   * instances: a full garbage collection with no result in use had `get` and its callers compiled again, 0.1 s of CPU each time.
   */
  static readonly example: ReadResult = new ReadResult(
    new Uint8Array(0),
    { key: "", size: 0, etag: "", lastModified: undefined, contentType: "", metadata: {} },
    { offset: 0, length: 0 },
  );

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
  return readFromStream(scope, key, range, limit, call);
}

async function readFromStream(
  scope: Scope,
  key: string,
  range: ByteRange | undefined,
  limit: number,
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
  const taken = { offset: wanted.offset, length: Math.min(limit, wanted.length) };
  const bytes = new Uint8Array(taken.length);
  await fillFromStream(read, taken, bytes);
  return { info: read.info, range: taken, bytes };
}

interface Completion {
  readonly key: string;
  readonly wanted: ServedRange;
  /** What the first answer was allowed to stop at. */
  readonly limit: number;
  readonly versionId: string | undefined;
  readonly options: GetOptions;
  readonly allocate: Allocate | undefined;
  readonly reservation: Reservation | undefined;
}

/** The wanted bytes out of an answer that holds more of the object, or its first part; anything else is an error. */
async function completeRead(scope: Scope, first: DriverBytes, completion: Completion): Promise<Bytes> {
  const { key, wanted, limit, versionId, options, allocate, reservation } = completion;
  const { range, info } = first;
  let head: Uint8Array<ArrayBuffer> | undefined = first.bytes;
  if (head.byteLength !== range.length) {
    throw new StoreError({
      code: "IntegrityMismatch",
      message: `the answer announced ${range.length} bytes and holds ${head.byteLength}`,
    });
  }
  checkServed(range, { offset: wanted.offset, length: Math.min(limit, wanted.length) });
  const report = reporter(key, wanted.length, options.onProgress);
  if (range.offset === wanted.offset && range.length === wanted.length) {
    report(head.byteLength);
    return ownedUnless(allocate, head);
  }
  const from = wanted.offset - range.offset;
  if (range.length - from >= wanted.length) {
    report(wanted.length);
    return head.slice(from, from + wanted.length);
  }
  // Whoever has to wait for its share holds nothing meanwhile, and reads the beginning again.
  const kept = reservation === undefined || (await reservation.exchange(wanted.length, scope.signal));
  if (!kept) head = undefined;
  const target = allocate === undefined ? new Uint8Array(wanted.length) : allocate(wanted.length);
  let done = 0;
  if (head !== undefined) {
    const beginning = head.subarray(from);
    target.set(beginning);
    done = beginning.byteLength;
    report(done);
  }
  const { context } = scope;
  await readRest(scope, target, {
    ...{ key, versionId, info, done, range: wanted, onBytes: report },
    partSize: positive("partSize", options.partSize, context.transfer.partSize),
    concurrency: positive("concurrency", options.concurrency, context.transfer.concurrency),
  });
  return target;
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
