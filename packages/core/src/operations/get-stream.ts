import type { DriverRead, ReadConditions, ServedRange } from "../driver/types.js";
import { isStoreError, StoreError } from "../errors/index.js";
import { checkCallback, checkOptions } from "../store/call-arguments.js";
import { checkKey } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import type { GetOptions } from "../store/options.js";
import type { GetStreamResult } from "../store/results.js";
import { attempt } from "./attempt.js";
import { readCall, readConditions, versionOf } from "./conditions.js";
import { reporter } from "./get.js";
import { toObjectInfo } from "./object-info.js";
import { checkRange, isEmptyRange, resolveRange } from "./range.js";
import { wantedChunks } from "./read-stream.js";
import { completeError, inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { keyName, statWith } from "./stat.js";

/**
 * Opens an object as a stream. A connection that breaks is resumed at the delivered byte, pinned by etag: an object that has
 * changed since is `PreconditionFailed`, never a splice.
 */
export async function getStream(
  context: StoreContext,
  key: string,
  given: GetOptions | undefined,
): Promise<GetStreamResult> {
  return inScope(context, "getStream", keyName(key), given ?? {}, false, (scope) =>
    openStream(scope, key, checkOptions("get", given)),
  );
}

export async function openStream(scope: Scope, key: string, options: GetOptions): Promise<GetStreamResult> {
  const { context } = scope;
  checkKey(context, key);
  const range = checkRange(options.range);
  const conditions = readConditions(context, options);
  const versionId = versionOf(context, options.versionId);
  checkCallback("onProgress", options.onProgress);
  if (isEmptyRange(range)) {
    const info = await statWith(scope, key, conditions, versionId);
    return streamResult(
      scope,
      key,
      { info, range: resolveRange(range, info.size), chunks: noChunks() },
      versionId,
      options,
    );
  }
  const read = await attempt(
    scope,
    async (call) => {
      const opened = await context.driver.read(key, range, readCall(call, conditions, versionId));
      try {
        return {
          ...opened,
          wanted: resolveRange(opened.info.size === 0 && range === undefined ? undefined : range, opened.info.size),
        };
      } catch (error) {
        await opened.chunks.return?.();
        throw error;
      }
    },
    { key },
  );
  return streamResult(scope, key, read, versionId, options, read.wanted);
}

function streamResult(
  scope: Scope,
  key: string,
  read: DriverRead,
  versionId: string | undefined,
  options: GetOptions,
  wanted: ServedRange = read.range,
): GetStreamResult {
  const { streams } = scope.context.life;
  const chunks = resumingChunks(scope, key, read, wanted, versionId);
  const report = reporter(key, wanted.length, options.onProgress);
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let finished = false;
  const finish = (): void => {
    finished = true;
    streams.delete(cancel);
    scope.signal?.removeEventListener("abort", onAbort);
  };
  const free = async (): Promise<void> => {
    finish();
    // The generator frees its source only once it has begun; a stream that nobody read has not.
    await chunks.return(undefined);
    await read.chunks.return?.();
  };
  const cancel = async (reason: unknown): Promise<void> => {
    if (finished) return;
    controller?.error(reason);
    await free();
  };
  const onAbort = (): void => void cancel(scope.signal?.reason).catch(() => {});
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
            given.close();
            return;
          }
          report(step.value.byteLength);
          given.enqueue(step.value);
        } catch (error) {
          if (finished) return;
          finish();
          throw scope.signal?.aborted === true ? scope.signal.reason : error;
        }
      },
      cancel: free,
    },
    { highWaterMark: 0 },
  );
  streams.add(cancel);
  scope.signal?.addEventListener("abort", onAbort, { once: true });
  return {
    stream,
    info: toObjectInfo(key, read.info),
    range: wanted,
    async [Symbol.asyncDispose]() {
      await cancel(
        new StoreError({ code: "Closed", message: "the stream was disposed before it was read to its end" }),
      );
    },
  };
}

/** The bytes of `wanted`, reopened where they broke off. */
async function* resumingChunks(
  scope: Scope,
  key: string,
  first: DriverRead,
  wanted: ServedRange,
  versionId: string | undefined,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  const { context, operation } = scope;
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
      const error = completeError(context, operation, key, false, raw);
      const pin = pinOf(context, first);
      if (!isStoreError(raw) || !error.retryable || pin === undefined || resumes >= scope.retries) throw error;
      if (delivered >= wanted.length) throw error;
      resumes += 1;
      const offset = wanted.offset + delivered;
      const length = wanted.length - delivered;
      read = await attempt(
        scope,
        (call) => context.driver.read(key, { offset, length }, readCall(call, pin, versionId)),
        { key },
      );
    }
  }
}

/** Without an etag, or on a store that ignores conditions, nothing proves that the object is still the same. */
function pinOf(context: StoreContext, first: DriverRead): ReadConditions | undefined {
  if (first.info.etag === "" || context.capabilities.conditionalRead === "unsupported") return undefined;
  return { ifMatch: first.info.etag };
}

async function* noChunks(): AsyncGenerator<Uint8Array, undefined, undefined> {
  return undefined;
}
