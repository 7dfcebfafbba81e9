import { hasAttributes, normalizeAttributes } from "../attributes/normalize.js";
import type { ObjectAttributes } from "../attributes/types.js";
import { memoryBody, normalizeBody } from "../body/normalize-body.js";
import type { SourceBody } from "../body/normalize-body.js";
import type { Body } from "../body/types.js";
import type { DriverWritten, WriteConditions } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { checkCallback, checkOptions } from "../store/call-arguments.js";
import { checkKey, requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import { positive } from "../store/defaults.js";
import type { PutOptions } from "../store/options.js";
import type { PutResult } from "../store/results.js";
import { attempt, repeatableUnlessUnknown } from "./attempt.js";
import { writeConditions } from "./conditions.js";
import { toPutResult } from "./object-info.js";
import { progressMeter } from "./progress.js";
import type { ProgressMeter } from "./progress.js";
import { putInParts } from "./put-parts.js";
import { collectUpTo } from "./put-parts.js";
import { inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { keyName } from "./stat.js";

export async function put(
  context: StoreContext,
  key: string,
  body: Body,
  given: PutOptions | undefined,
): Promise<PutResult> {
  let source: SourceBody | undefined;
  try {
    return await inScope(context, "put", keyName(key), given ?? {}, true, async (scope) => {
      source = normalizeBody(body, given?.size, scope.signal);
      return putWithin(scope, key, source, checkOptions("put", given));
    });
  } catch (error) {
    // A body that was refused before it was looked at is released too: its owner has handed it over.
    source ??= releasable(body);
    await source?.release(error);
    throw error;
  }
}

/** What a validated put needs beyond its body. */
export interface PutPlan {
  readonly key: string;
  readonly attributes: ObjectAttributes;
  readonly conditions: WriteConditions | undefined;
  readonly meter: ProgressMeter;
  readonly partSize: number;
  readonly concurrency: number;
  readonly threshold: number;
}

/** A put as part of another operation (writer, copy). The caller releases the body when this rejects. */
export async function putWithin(scope: Scope, key: string, body: SourceBody, options: PutOptions): Promise<PutResult> {
  const { context } = scope;
  checkKey(context, key);
  if (hasAttributes(options)) requireFeature(context, "attributes", "content attributes and metadata");
  checkCallback("onProgress", options.onProgress);
  const plan: PutPlan = {
    key,
    attributes: normalizeAttributes(key, options),
    conditions: writeConditions(context, options),
    meter: progressMeter(key, body.size, options.onProgress),
    partSize: positive("partSize", options.partSize, context.transfer.partSize),
    concurrency: positive("concurrency", options.concurrency, context.transfer.concurrency),
    threshold: positive("multipartThreshold", options.multipartThreshold, context.transfer.multipartThreshold),
  };
  checkObjectSize(context, body.size);
  const written = await writeBody(scope, body, plan);
  if (body.size !== undefined && written.size !== body.size) {
    throw new StoreError({
      code: "IntegrityMismatch",
      message: `${body.size} bytes were written, the store reports ${written.size}`,
      committed: "unknown",
    });
  }
  scope.bytes += written.size;
  plan.meter.finish();
  return toPutResult(key, written);
}

async function writeBody(scope: Scope, body: SourceBody, plan: PutPlan): Promise<DriverWritten> {
  const { capabilities } = scope.context;
  // A driver that takes any stream in one write does its own splitting.
  if (capabilities.putStream === "native") return writeOnce(scope, body, plan);
  const singleMax = capabilities.limits.writeBytes ?? Number.MAX_SAFE_INTEGER;
  const parts = capabilities.multipart !== "unsupported";
  if (body.size !== undefined && (body.size < plan.threshold || !parts) && body.size <= singleMax) {
    return writeOnce(scope, body, plan);
  }
  if (!parts) {
    requireFeature(scope.context, "putStream", "bodies of unknown size (declare it with the size option)");
  }
  if (body.size === undefined) {
    const head = await collectUpTo(body, plan.threshold, scope.signal);
    if (head.ended) return writeOnce(scope, memoryBody(head.bytes), plan);
    return putInParts(scope, head.rest, plan);
  }
  return putInParts(scope, body, plan);
}

/** The whole body in one driver call; a small streamed body is gathered first, so that it can be sent again. */
async function writeOnce(scope: Scope, body: SourceBody, plan: PutPlan): Promise<DriverWritten> {
  const { driver, budget, capabilities } = scope.context;
  const gather = body.bytes === undefined && body.size !== undefined && body.size < plan.threshold;
  const release = body.bytes === undefined ? undefined : await budget?.acquire(body.bytes.byteLength, scope.signal);
  try {
    const gathered =
      gather && capabilities.putStream !== "native" ? await collectUpTo(body, plan.threshold, scope.signal) : undefined;
    const sent = gathered === undefined ? body : memoryBody(gathered.bytes);
    const repeatable = repeatableUnlessUnknown(plan.conditions !== undefined);
    return await attempt(
      scope,
      (call) => {
        plan.meter.restart();
        return driver.write(plan.key, sent, {
          signal: call.signal,
          timeouts: call.timeouts,
          native: call.native,
          attributes: plan.attributes,
          conditions: plan.conditions,
          onBytes: plan.meter.onBytes,
        });
      },
      { key: plan.key, repeatable: (error) => sent.replayable && repeatable(error) },
    );
  } finally {
    release?.();
  }
}

function checkObjectSize(context: StoreContext, size: number | undefined): void {
  const most = context.capabilities.limits.objectBytes;
  if (size === undefined || most === undefined || size <= most) return;
  throw new StoreError({ code: "InvalidArgument", message: `${size} bytes are more than this store takes (${most})` });
}

function releasable(body: unknown): SourceBody | undefined {
  try {
    return normalizeBody(body, undefined, undefined);
  } catch {
    return undefined;
  }
}
