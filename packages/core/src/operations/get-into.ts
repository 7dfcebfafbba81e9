import type { DriverInfo, ReadConditions, ServedRange } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { checkCallback, checkOptions, describe } from "../store/call-arguments.js";
import { checkKey, requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import { positive } from "../store/defaults.js";
import type { GetOptions } from "../store/options.js";
import type { GetIntoResult } from "../store/results.js";
import { attempt } from "./attempt.js";
import { readCall, readConditions, versionOf } from "./conditions.js";
import { canPin, checkSameVersion, readRest, shortRead } from "./large-read.js";
import { toObjectInfo } from "./object-info.js";
import { checkRange, isEmptyRange, resolveRange } from "./range.js";
import { reporter } from "./progress.js";
import { fillFromStream } from "./read-stream.js";
import { inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { keyName, statWith } from "./stat.js";

/** Reads an object, or a range of it, into the caller's memory: no allocation of the object's size, no copy where the driver can. */
export async function getInto(
  context: StoreContext,
  key: string,
  buffer: Uint8Array,
  given: GetOptions | undefined,
): Promise<GetIntoResult> {
  return inScope(context, "getInto", keyName(key), given ?? {}, false, async (scope) => {
    const options = checkOptions("get", given);
    checkKey(context, key);
    requireFeature(context, "getInto", "reading into the caller's memory");
    if (!(buffer instanceof Uint8Array)) {
      throw new StoreError({
        code: "InvalidArgument",
        message: `getInto reads into a Uint8Array, not ${describe(buffer)}`,
      });
    }
    checkCallback("onProgress", options.onProgress);
    const result = await readInto(scope, key, buffer, options);
    scope.tally.bytes += result.bytesRead;
    return result;
  });
}

async function readInto(scope: Scope, key: string, buffer: Uint8Array, options: GetOptions): Promise<GetIntoResult> {
  const { context } = scope;
  const range = checkRange(options.range);
  const conditions = readConditions(context, options);
  const versionId = versionOf(context, options.versionId);
  const partSize = positive("partSize", options.partSize, context.transfer.partSize);
  const concurrency = positive("concurrency", options.concurrency, context.transfer.concurrency);
  const threshold = positive("rangeThreshold", options.rangeThreshold, context.transfer.rangeThreshold);
  const done = (info: DriverInfo, served: ServedRange): GetIntoResult => ({
    bytesRead: served.length,
    info: toObjectInfo(key, info),
    range: served,
  });

  let pin: ReadConditions | undefined = conditions;
  let known: DriverInfo | undefined;
  let offset = 0;
  let length: number | undefined;
  if (isEmptyRange(range) || buffer.byteLength === 0 || (range !== undefined && "suffix" in range)) {
    // An empty target, an empty range or a suffix: the size must be known first.
    const info = await statWith(scope, key, conditions, versionId);
    const wanted = resolveRange(range, info.size);
    checkFits(wanted, info, buffer);
    if (wanted.length === 0) return done(info, wanted);
    ({ offset, length } = wanted);
    if (canPin(context.capabilities)) pin = { ifMatch: info.etag };
    known = info;
  } else if (range !== undefined) {
    ({ offset, length } = range);
    if (length !== undefined && length > buffer.byteLength) {
      // A longer range still fits where the object ends early; the first answer tells.
      length = undefined;
    }
  }
  const whole = buffer.subarray(0, Math.min(length ?? buffer.byteLength, buffer.byteLength));
  // What cannot be pinned to one version must come whole, in one answer.
  const atOnce = context.driver.capabilities.largeReads === "whole" || !canPin(context.capabilities);
  const split = !atOnce && whole.byteLength > threshold;
  const target = split ? whole.subarray(0, partSize) : whole;
  const first = await readFrom(scope, key, offset, target, pin, versionId);
  if (known !== undefined) checkSameVersion(first.info, known);
  const wanted = resolveRange(range, first.info.size);
  checkFits(wanted, first.info, buffer);
  const report = reporter(key, wanted.length, options.onProgress);
  report(first.bytesRead);
  if (first.bytesRead < wanted.length) {
    if (!split) throw shortRead(first.bytesRead, wanted.length);
    await readRest(scope, buffer.subarray(0, wanted.length), {
      ...{ key, versionId, info: first.info, range: wanted },
      ...{ done: first.bytesRead, partSize, concurrency, onBytes: report },
    });
  }
  return done(first.info, wanted);
}

/** One driver call; may end early where the object ends. */
function readFrom(
  scope: Scope,
  key: string,
  offset: number,
  target: Uint8Array,
  conditions: ReadConditions | undefined,
  versionId: string | undefined,
): Promise<{ readonly info: DriverInfo; readonly bytesRead: number }> {
  const { driver } = scope.context;
  return attempt(
    scope,
    async (call) => {
      const driverCall = readCall(call, conditions, versionId);
      if (driver.readInto !== undefined) return driver.readInto(key, offset, target, driverCall);
      const read = await driver.read(key, offset === 0 ? undefined : { offset }, driverCall);
      const available = Math.max(0, read.info.size - offset);
      const wanted = { offset, length: Math.min(available, target.byteLength) };
      return { info: read.info, bytesRead: await fillFromStream(read, wanted, target) };
    },
    { key },
  );
}

function checkFits(wanted: ServedRange, info: DriverInfo, buffer: Uint8Array): void {
  if (wanted.length <= buffer.byteLength) return;
  throw new StoreError({
    code: "InvalidArgument",
    message: `${wanted.length} bytes are to be read (the object has ${info.size}), the buffer has ${buffer.byteLength}`,
  });
}
