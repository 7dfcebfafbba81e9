import { hasAttributes, normalizeAttributes } from "../attributes/normalize.js";
import type { ObjectAttributes } from "../attributes/types.js";
import { memoryBody, normalizeBody } from "../body/normalize-body.js";
import type { SourceBody } from "../body/normalize-body.js";
import type { Body } from "../body/types.js";
import type { DriverWritten, WriteBody, WriteConditions } from "../driver/types.js";
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
import { collectUpTo, putHeadInParts, putInParts, wholeParts } from "./put-parts.js";
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
  const written = await writeBody(scope, body, plan).catch((error: unknown) => {
    // What the driver made of a body that failed matters less than what was wrong with it.
    throw body.failure() ?? error;
  });
  if (body.size !== undefined && written.size !== body.size) {
    throw new StoreError({
      code: "IntegrityMismatch",
      message: `${body.size} bytes were written, the store reports ${written.size}`,
      committed: "unknown",
    });
  }
  scope.tally.bytes += written.size;
  plan.meter.finish(written.size);
  return toPutResult(key, written);
}

async function writeBody(scope: Scope, body: SourceBody, plan: PutPlan): Promise<DriverWritten> {
  const { capabilities } = scope.context;
  const parts = capabilities.multipart !== "unsupported";
  const onceMost = capabilities.limits.writeBytes ?? Number.MAX_SAFE_INTEGER;
  // A driver that takes any stream in one write does its own splitting.
  if (capabilities.putStream === "native") return writeOnce(scope, body, plan);
  if (body.size === undefined) {
    requireFeature(scope.context, "putStream", "bodies of unknown size (declare it with the size option)");
    return writeUnknownSize(scope, body, plan);
  }
  if (body.size <= onceMost && (body.size < plan.threshold || !parts)) return writeOnce(scope, body, plan);
  if (parts) return putInParts(scope, body, plan);
  throw new StoreError({
    code: "InvalidArgument",
    message: `${body.size} bytes are more than this store takes in one write (${onceMost}), and it has no multipart uploads`,
  });
}

/** Gathers as much as tells whether the body is a small one; a large one goes on in parts that begin with what was gathered. */
async function writeUnknownSize(scope: Scope, body: SourceBody, plan: PutPlan): Promise<DriverWritten> {
  const span = wholeParts(scope.context, plan, plan.threshold);
  const release = await scope.context.budget?.acquire(span, scope.signal);
  try {
    const head = await collectUpTo(body, span, scope.signal);
    if (!head.ended) return await putHeadInParts(scope, head, plan, release);
    const whole = memoryBody(head.bytes);
    if (head.bytes.byteLength < plan.threshold) return await sendWhole(scope, whole, plan);
    return await putHeadInParts(scope, head, plan, release);
  } finally {
    release?.();
  }
}

/** The whole body in one driver call; a small streamed body is gathered first, so that it can be sent again. */
async function writeOnce(scope: Scope, body: SourceBody, plan: PutPlan): Promise<DriverWritten> {
  const { budget, capabilities } = scope.context;
  const gather =
    body.bytes === undefined &&
    body.size !== undefined &&
    body.size < plan.threshold &&
    capabilities.putStream !== "native";
  const held = body.bytes?.byteLength ?? (gather ? body.size : undefined);
  const release = held === undefined ? undefined : await budget?.acquire(held, scope.signal);
  try {
    const gathered = gather ? await collectUpTo(body, plan.threshold, scope.signal) : undefined;
    return await sendWhole(scope, gathered === undefined ? body : memoryBody(gathered.bytes), plan);
  } finally {
    release?.();
  }
}

function sendWhole(scope: Scope, sent: SourceBody, plan: PutPlan): Promise<DriverWritten> {
  const { driver } = scope.context;
  const repeatable = repeatableUnlessUnknown(plan.conditions !== undefined);
  return attempt(
    scope,
    (call) => {
      plan.meter.restart();
      // An attempt that has a deadline of its own must not wait longer for the body's source.
      const body: WriteBody = call.signal === scope.signal ? sent : { ...sent, chunks: () => sent.chunks(call.signal) };
      return driver.write(plan.key, body, {
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
