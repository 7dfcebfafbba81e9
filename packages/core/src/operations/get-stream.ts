import type { ByteRange, DriverRead, ReadConditions, ServedRange } from "../driver/types.js";
import { isStoreError, StoreError } from "../errors/index.js";
import { retryDelay } from "../retry/delay.js";
import { checkCallback, checkOptions } from "../store/call-arguments.js";
import { checkKey } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import type { GetOptions } from "../store/options.js";
import type { GetStreamResult } from "../store/results.js";
import { attempt } from "./attempt.js";
import { readCall, readConditions, versionOf } from "./conditions.js";
import { following } from "./following.js";
import type { Following } from "./following.js";
import { canPin, checkSameVersion } from "./large-read.js";
import { toObjectInfo } from "./object-info.js";
import { reporter } from "./progress.js";
import { checkRange, isEmptyRange, resolveRange } from "./range.js";
import { wantedChunks } from "./read-stream.js";
import { completeError, inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { keyName, statWith } from "./stat.js";

/**
 * Opens an object as a stream. A connection that breaks is resumed at the delivered byte, pinned by etag: an object that has
 * changed since is `PreconditionFailed`, never a splice. The caller's signal ends the stream as long as it is open; the total
 * timeout covers the opening only.
 */
export async function getStream(
  context: StoreContext,
  key: string,
  given: GetOptions | undefined,
): Promise<GetStreamResult> {
  return inScope(context, "getStream", keyName(key), given ?? {}, false, (scope) =>
    openStream(scope, key, checkOptions("get", given), scope.callerSignal),
  );
}

/** A stream that lives as long as `signal` lets it, which may be longer than the scope that opens it. */
export async function openStream(
  scope: Scope,
  key: string,
  options: GetOptions,
  signal: AbortSignal | undefined,
): Promise<GetStreamResult> {
  const { context } = scope;
  checkKey(context, key);
  const range = checkRange(options.range);
  const conditions = readConditions(context, options);
  const versionId = versionOf(context, options.versionId);
  checkCallback("onProgress", options.onProgress);
  if (isEmptyRange(range)) {
    const info = await statWith(scope, key, conditions, versionId);
    const nothing: DriverRead = { info, range: resolveRange(range, info.size), chunks: noChunks() };
    return streamResult(scope, { key, first: nothing, wanted: nothing.range, versionId, options }, following(signal));
  }
  const life = following(signal);
  try {
    const first = await openRead(scope, life, key, range, conditions, versionId);
    let wanted: ServedRange;
    try {
      wanted = resolveRange(range, first.info.size);
    } catch (error) {
      await first.chunks.return?.();
      throw error;
    }
    return streamResult(scope, { key, first, wanted, versionId, options }, life);
  } catch (error) {
    life.letGo();
    throw error;
  }
}

interface OpenedStream {
  readonly key: string;
  readonly first: DriverRead;
  readonly wanted: ServedRange;
  readonly versionId: string | undefined;
  readonly options: GetOptions;
}

/** One connection. While it is opened the attempt's own signal may end it, afterwards the stream's alone. */
function openRead(
  scope: Scope,
  life: Following,
  key: string,
  range: ByteRange | undefined,
  conditions: ReadConditions | undefined,
  versionId: string | undefined,
): Promise<DriverRead> {
  return attempt(
    scope,
    async (call) => {
      const opening = following(call.signal);
      const onEnd = (): void => opening.abort(life.signal.reason);
      if (life.signal.aborted) onEnd();
      else life.signal.addEventListener("abort", onEnd, { once: true });
      try {
        const driverCall = readCall({ ...call, signal: opening.signal }, conditions, versionId);
        return await scope.context.driver.read(key, range, driverCall);
      } catch (error) {
        life.signal.removeEventListener("abort", onEnd);
        throw error;
      } finally {
        opening.letGo();
      }
    },
    { key },
  );
}

function streamResult(scope: Scope, opened: OpenedStream, life: Following): GetStreamResult {
  const { context } = scope;
  const { key, first, wanted, options } = opened;
  const { streams } = context.life;
  const reading: Scope = { ...scope, signal: life.signal };
  const chunks = resumingChunks(reading, life, opened);
  const report = reporter(key, wanted.length, options.onProgress);
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let finished = false;
  const finish = (): void => {
    finished = true;
    streams.delete(cancel);
    life.signal.removeEventListener("abort", onAbort);
    life.letGo();
  };
  const free = async (reason: unknown): Promise<void> => {
    finish();
    // Ends a read that is under way: an iterator's return() would wait for it.
    life.abort(reason);
    // The generator frees its source only once it has begun; a stream that nobody read has not.
    await chunks.return(undefined);
    await first.chunks.return?.();
  };
  const cancel = async (reason: unknown): Promise<void> => {
    if (finished) return;
    const shown = isStoreError(reason) ? completeError(context, scope.operation, key, false, reason) : reason;
    controller?.error(shown);
    await free(shown).catch(() => {});
  };
  const onAbort = (): void => void cancel(life.signal.reason);
  const stream = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      async pull(given) {
        try {
          const step = await chunks.next();
          if (finished) return;
          if (step.done === true) {
            finish();
            if (wanted.length === 0) report(0);
            given.close();
            return;
          }
          report(step.value.byteLength);
          given.enqueue(step.value);
        } catch (error) {
          if (finished) return;
          finish();
          throw life.signal.aborted ? life.signal.reason : error;
        }
      },
      cancel: free,
    },
    { highWaterMark: 0 },
  );
  streams.add(cancel);
  if (life.signal.aborted) onAbort();
  else life.signal.addEventListener("abort", onAbort, { once: true });
  return {
    stream,
    info: toObjectInfo(key, first.info),
    range: wanted,
    async [Symbol.asyncDispose]() {
      await cancel(
        new StoreError({ code: "Closed", message: "the stream was disposed before it was read to its end" }),
      );
    },
  };
}

/** The bytes that are wanted, reopened where they broke off. */
async function* resumingChunks(
  scope: Scope,
  life: Following,
  { key, first, wanted, versionId }: OpenedStream,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  const { context, operation } = scope;
  const pin = pinOf(context, first);
  let read = first;
  let delivered = 0;
  let resumes = 0;
  for (;;) {
    const rest: ServedRange = { offset: wanted.offset + delivered, length: wanted.length - delivered };
    try {
      for await (const chunk of wantedChunks(read, rest)) {
        delivered += chunk.byteLength;
        yield chunk;
      }
      return undefined;
    } catch (raw) {
      const error = completeError(context, operation, key, scope.write, raw);
      // After the last byte there is nothing to resume: what the driver has found out at the end counts.
      if (!isStoreError(raw) || !error.retryable || delivered >= wanted.length) throw error;
      resumes += 1;
      if (pin === undefined || resumes > scope.retries || !context.retryTokens.take()) throw error;
      const delay = retryDelay(error, resumes, context.environment.random);
      if (delay === undefined) throw error;
      await context.environment.sleep(delay, life.signal);
      const range = { offset: wanted.offset + delivered, length: wanted.length - delivered };
      read = await openRead(scope, life, key, range, pin, versionId);
      await unlessSplice(scope, key, first, read);
    }
  }
}

async function unlessSplice(scope: Scope, key: string, first: DriverRead, resumed: DriverRead): Promise<void> {
  try {
    checkSameVersion(resumed.info, first.info);
  } catch (error) {
    await resumed.chunks.return?.();
    throw completeError(scope.context, scope.operation, key, scope.write, error);
  }
}

/** Without an etag, or on a store that ignores conditions, nothing proves that the object is still the same. */
function pinOf(context: StoreContext, first: DriverRead): ReadConditions | undefined {
  if (first.info.etag === "" || !canPin(context.capabilities)) return undefined;
  return { ifMatch: first.info.etag };
}

async function* noChunks(): AsyncGenerator<Uint8Array, undefined, undefined> {
  return undefined;
}
