import type { AttributeInput } from "../attributes/types.js";
import { hasAttributes, normalizeAttributes } from "../attributes/normalize.js";
import { memoryBody, normalizeBody } from "../body/normalize-body.js";
import { unwrapPrefix } from "../driver/prefix-driver.js";
import type { DriverInfo, DriverWritten } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { checkCallback, checkOptions } from "../store/call-arguments.js";
import { checkKey, requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import { positive } from "../store/defaults.js";
import type { CopyOptions, PutOptions } from "../store/options.js";
import type { PutResult } from "../store/results.js";
import { partSpans } from "../transfer/parts.js";
import { attempt, repeatableUnlessUnknown } from "./attempt.js";
import { normalizeEtag, versionOf, writeConditions } from "./conditions.js";
import { getWithin } from "./get.js";
import { openStream } from "./get-stream.js";
import { readPart } from "./large-read.js";
import { toObjectInfo, toPutResult } from "./object-info.js";
import { progressMeter } from "./progress.js";
import { partSizeFor, uploadParts } from "./put-parts.js";
import type { FilledPart } from "./put-parts.js";
import { putWithin } from "./put.js";
import { inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { keyName, statWith } from "./stat.js";

/** The object to copy: of the same store or of any other. */
export interface CopySource {
  readonly context: StoreContext;
  readonly key: string;
}

/**
 * Copies one object, attributes included: by the service where it can, else through this process, in parallel parts that are
 * pinned to one version of the source. A missing source leaves the destination alone.
 */
export async function copyObject(
  context: StoreContext,
  source: CopySource,
  key: string,
  given: CopyOptions | undefined,
): Promise<PutResult> {
  return inScope(context, "copy", keyName(key), given ?? {}, true, async (scope) => {
    const options = checkOptions("copy", given);
    return copyWithin(scope, source, key, options);
  });
}

export async function copyWithin(
  scope: Scope,
  source: CopySource,
  key: string,
  options: CopyOptions,
): Promise<PutResult> {
  const { context } = scope;
  checkKey(source.context, source.key);
  checkKey(context, key);
  checkCallback("onProgress", options.onProgress);
  if (source.context.life.closed) throw new StoreError({ code: "Closed", message: "the source store has been closed" });
  if (options.attributes !== undefined) {
    checkOptionsObject(options.attributes);
    normalizeAttributes(key, options.attributes);
  }
  if (sameObject(source, context, key) && options.attributes === undefined) {
    throw new StoreError({
      code: "InvalidArgument",
      message: "an object is not copied onto itself unless its attributes change (give attributes)",
    });
  }
  return (await copyByService(scope, source, key, options)) ?? copyThrough(scope, source, key, options);
}

function sameObject(source: CopySource, context: StoreContext, key: string): boolean {
  return source.context.plugin === context.plugin && source.context.uriOf(source.key) === context.uriOf(key);
}

/** `undefined` where the driver has no way, or declines. */
async function copyByService(
  scope: Scope,
  source: CopySource,
  key: string,
  options: CopyOptions,
): Promise<PutResult | undefined> {
  const { context } = scope;
  const { driver, capabilities } = context;
  const { copyFrom } = driver;
  if (copyFrom === undefined || capabilities.copy !== "native" || source.context.plugin !== context.plugin)
    return undefined;
  const conditions = writeConditions(context, options);
  if (conditions !== undefined && (conditions.ifMatch !== undefined || capabilities.copyCreateOnly !== "native"))
    return undefined;
  const below = unwrapPrefix(source.context.driver);
  const written = await attempt(
    scope,
    (call) =>
      copyFrom.call(driver, below.inner, below.prefix + source.key, key, {
        ...call,
        conditions,
        sourceIfMatch:
          options.sourceIfMatch === undefined ? undefined : normalizeEtag("sourceIfMatch", options.sourceIfMatch),
        sourceVersionId: versionOf(source.context, options.sourceVersionId),
        attributes: options.attributes === undefined ? undefined : normalizeAttributes(key, options.attributes),
      }),
    { key, repeatable: repeatableUnlessUnknown(conditions !== undefined) },
  );
  if (written === undefined) return undefined;
  progressMeter(key, written.size, options.onProgress).finish();
  scope.bytes += written.size;
  return toPutResult(key, written);
}

/** Through this process: a small object whole, a large one in pinned parts or as one stream. */
async function copyThrough(scope: Scope, source: CopySource, key: string, options: CopyOptions): Promise<PutResult> {
  const { context } = scope;
  const reading: Scope = { ...scope, context: source.context, key: source.key, write: false, native: undefined };
  const ifMatch =
    options.sourceIfMatch === undefined ? undefined : normalizeEtag("sourceIfMatch", options.sourceIfMatch);
  const versionId = versionOf(source.context, options.sourceVersionId);
  const pinned = ifMatch === undefined ? undefined : { ifMatch };
  const info = await statWith(reading, source.key, pinned, versionId);
  const attributes = keptAttributes(context, key, options.attributes ?? toObjectInfo(key, info));
  const { onProgress, ifNoneMatch, partSize, concurrency } = options;
  const writing: PutOptions = {
    ...attributes,
    onProgress,
    ifNoneMatch,
    ifMatch: options.ifMatch,
    partSize,
    concurrency,
  };
  const pin = source.context.capabilities.conditionalRead === "unsupported" ? {} : { ifMatch: info.etag };
  const threshold = context.transfer.multipartThreshold;
  if (info.size < threshold) {
    const { bytes } = await getWithin(reading, source.key, { ...pin, versionId });
    return putWithin(scope, key, memoryBody(bytes), writing);
  }
  if (
    context.capabilities.multipart !== "unsupported" &&
    source.context.capabilities.conditionalRead !== "unsupported"
  ) {
    return toPutResult(key, await copyInParts(scope, reading, source.key, key, info, versionId, options, attributes));
  }
  const opened = await openStream(reading, source.key, { ...pin, versionId });
  const body = normalizeBody(opened.stream, opened.range.length, scope.signal);
  try {
    return await putWithin(scope, key, body, writing);
  } catch (error) {
    await body.release(error);
    throw error;
  }
}

async function copyInParts(
  scope: Scope,
  reading: Scope,
  sourceKey: string,
  key: string,
  info: DriverInfo,
  versionId: string | undefined,
  options: CopyOptions,
  attributes: AttributeInput,
): Promise<DriverWritten> {
  const { context } = scope;
  const partSize = partSizeFor(context, positive("partSize", options.partSize, context.transfer.partSize), info.size);
  function* parts(): Generator<FilledPart> {
    for (const { number, start, end } of partSpans(0, info.size, partSize)) {
      yield {
        number,
        size: end - start,
        async read(signal) {
          const bytes = new Uint8Array(end - start);
          await readPart({ ...reading, signal }, sourceKey, start, bytes, { ifMatch: info.etag }, versionId);
          return bytes;
        },
      };
    }
  }
  const meter = progressMeter(key, info.size, options.onProgress);
  const written = await uploadParts(scope, parts(), partSize, {
    key,
    attributes: normalizeAttributes(key, attributes),
    conditions: writeConditions(context, options),
    meter,
    partSize,
    concurrency: positive("concurrency", options.concurrency, context.transfer.concurrency),
    threshold: context.transfer.multipartThreshold,
  });
  scope.bytes += info.size;
  meter.finish();
  return written;
}

/** What the destination can keep: only a derivable content type may be dropped, anything else is refused rather than lost. */
function keptAttributes(context: StoreContext, key: string, attributes: AttributeInput): AttributeInput {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata } = attributes;
  const others = {
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(contentLanguage === undefined ? {} : { contentLanguage }),
    ...(metadata === undefined || Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
  if (context.capabilities.attributes !== "unsupported")
    return contentType === undefined ? others : { contentType, ...others };
  if (hasAttributes(others)) requireFeature(context, "attributes", `the attributes of ${key}`);
  return {};
}

function checkOptionsObject(attributes: unknown): void {
  if (typeof attributes === "object" && attributes !== null && !Array.isArray(attributes)) return;
  throw new StoreError({
    code: "InvalidArgument",
    message: "attributes is an object such as { contentType, metadata }",
  });
}
