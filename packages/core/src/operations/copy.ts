import type { AttributeInput } from "../attributes/types.js";
import { hasAttributes, normalizeAttributes } from "../attributes/normalize.js";
import { contentTypeOf } from "../attributes/content-type.js";
import { memoryBody, normalizeBody } from "../body/normalize-body.js";
import { CONTENT_TYPE_DEFAULT } from "../constants/keys.js";
import { unwrapPrefix } from "../driver/prefix-driver.js";
import type { DriverInfo, DriverWritten } from "../driver/types.js";
import { isStoreError, StoreError } from "../errors/index.js";
import { extendError } from "../errors/store-error.js";
import { checkCallback, checkOptions } from "../store/call-arguments.js";
import { checkKey, requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import { positive } from "../store/defaults.js";
import type { CopyOptions, GetOptions, PutOptions } from "../store/options.js";
import type { PutResult } from "../store/results.js";
import { partSpans } from "../transfer/parts.js";
import { attempt, repeatableUnlessUnknown } from "./attempt.js";
import { normalizeEtag, versionOf, writeConditions } from "./conditions.js";
import { getWithin } from "./get.js";
import { openStream } from "./get-stream.js";
import { canPin, checkSameVersion, readPart } from "./large-read.js";
import { toObjectInfo, toPutResult } from "./object-info.js";
import { progressMeter } from "./progress.js";
import { partSizeFor, uploadParts } from "./put-parts.js";
import type { FilledPart } from "./put-parts.js";
import { putWithin } from "./put.js";
import { inScope, nameOf } from "./scope.js";
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
    if (source.context === context) requireFeature(context, "copy", "copying within the store");
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
  positive("partSize", options.partSize, 1);
  positive("concurrency", options.concurrency, 1);
  if (source.context.life.closed) throw new StoreError({ code: "Closed", message: "the source store has been closed" });
  if (options.ifNoneMatch !== undefined) requireFeature(context, "copyCreateOnly", "create-only copies");
  if (options.attributes !== undefined) {
    checkOptionsObject(options.attributes);
    if (hasAttributes(options.attributes)) requireFeature(context, "attributes", "content attributes and metadata");
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
  return sameService(source.context, context) && source.context.uriOf(source.key) === context.uriOf(key);
}

/** Does one URI mean one object in both? */
export function sameService(one: StoreContext, other: StoreContext): boolean {
  return one.plugin === other.plugin && one.driver.endpoint === other.driver.endpoint;
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
  const moving = progressMeter(key, undefined, options.onProgress);
  const written = await attempt(
    scope,
    async (call) => {
      try {
        return await copyFrom.call(driver, below.inner, below.prefix + source.key, key, {
          ...call,
          conditions,
          sourceIfMatch: sourceCondition(source.context, options)?.ifMatch,
          sourceVersionId: versionOf(source.context, options.sourceVersionId),
          attributes: options.attributes === undefined ? undefined : normalizeAttributes(key, options.attributes),
          onBytes: moving.onBytes,
        });
      } catch (error) {
        throw missingSource(scope.operation, source, error);
      }
    },
    { key, repeatable: repeatableUnlessUnknown(conditions !== undefined) },
  );
  if (written === undefined) return undefined;
  progressMeter(key, written.size, options.onProgress).finish(written.size);
  scope.tally.bytes += written.size;
  return toPutResult(key, written);
}

/** Of a copy only the source can be missing: the error names it, whatever the driver told. */
function missingSource(operation: string, { context, key }: CopySource, error: unknown): unknown {
  if (!isStoreError(error) || error.code !== "NotFound") return error;
  return extendError(error, { operation, scheme: context.scheme, key, uri: nameOf(context, key) });
}

/** Through this process: a small object whole, a large one in pinned parts or as one stream. */
async function copyThrough(scope: Scope, source: CopySource, key: string, options: CopyOptions): Promise<PutResult> {
  const { context } = scope;
  const reading: Scope = { ...scope, context: source.context, key: source.key, write: "before", native: undefined };
  const versionId = versionOf(source.context, options.sourceVersionId);
  const pinned = sourceCondition(source.context, options);
  const info = await statWith(reading, source.key, pinned, versionId);
  const attributes = keptAttributes(context, key, options.attributes ?? toObjectInfo(key, info));
  const { onProgress, ifNoneMatch, ifMatch, partSize, concurrency } = options;
  const writing: PutOptions = { ...attributes, onProgress, ifNoneMatch, ifMatch, partSize, concurrency };
  const pinnable = canPin(source.context.capabilities);
  const pin = pinnable ? { ifMatch: info.etag } : {};
  if (info.size < context.transfer.multipartThreshold) {
    return copyWhole(scope, reading, source.key, key, info.size, { ...pin, versionId }, writing);
  }
  if (context.capabilities.multipart !== "unsupported" && pinnable) {
    return toPutResult(key, await copyInParts(scope, reading, source.key, key, info, versionId, options, attributes));
  }
  const opened = await openStream(reading, source.key, { ...pin, versionId }, scope.signal);
  const body = normalizeBody(opened.stream, opened.range.length, scope.signal);
  try {
    return await putWithin(scope, key, body, writing);
  } catch (error) {
    await body.release(error);
    throw error;
  }
}

/** Read, then written; in memory, and counted in the destination's budget, from the first byte to the last. */
async function copyWhole(
  scope: Scope,
  reading: Scope,
  sourceKey: string,
  key: string,
  size: number,
  readOptions: GetOptions,
  writing: PutOptions,
): Promise<PutResult> {
  const release = await scope.context.budget?.acquire(size, scope.signal);
  try {
    const uncounted = (one: Scope): Scope =>
      one.context.budget === undefined ? one : { ...one, context: { ...one.context, budget: undefined } };
    const { bytes } = await getWithin(uncounted(reading), sourceKey, readOptions);
    return await putWithin(uncounted(scope), key, memoryBody(bytes), writing);
  } finally {
    release?.();
  }
}

function sourceCondition(
  context: StoreContext,
  { sourceIfMatch }: CopyOptions,
): { readonly ifMatch: string } | undefined {
  if (sourceIfMatch === undefined) return undefined;
  requireFeature(context, "conditionalRead", "conditional reads (sourceIfMatch)");
  return { ifMatch: normalizeEtag("sourceIfMatch", sourceIfMatch) };
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
          const pin = { ifMatch: info.etag };
          checkSameVersion(await readPart({ ...reading, signal }, sourceKey, start, bytes, pin, versionId), info);
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
  scope.tally.bytes += written.size;
  meter.finish(written.size);
  return written;
}

/** What the destination can keep: only a content type that says nothing of its own may be dropped, the rest is refused, not lost. */
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
  const told = contentType === undefined || contentType === contentTypeOf(key) || contentType === CONTENT_TYPE_DEFAULT;
  if (!told || hasAttributes(others)) requireFeature(context, "attributes", `the attributes of ${key}`);
  return {};
}

function checkOptionsObject(attributes: unknown): void {
  if (typeof attributes === "object" && attributes !== null && !Array.isArray(attributes)) return;
  throw new StoreError({
    code: "InvalidArgument",
    message: "attributes is an object such as { contentType, metadata }",
  });
}
