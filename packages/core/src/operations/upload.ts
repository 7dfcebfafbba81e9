import { hasAttributes, normalizeAttributes } from "../attributes/normalize.js";
import type { ObjectAttributes } from "../attributes/types.js";
import { memoryBody, normalizeBody } from "../body/normalize-body.js";
import type { SourceBody } from "../body/normalize-body.js";
import type { Body } from "../body/types.js";
import type { DriverPart, DriverUpload, PresignedRequest } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { checkOptions, describe } from "../store/call-arguments.js";
import { checkKey, requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import { positive } from "../store/defaults.js";
import type { CompleteOptions, PresignOptions, UploadOptions } from "../store/options.js";
import type { PutResult } from "../store/results.js";
import type { CallOptions } from "../store/settings.js";
import { attempt } from "./attempt.js";
import { completeUpload } from "./complete-upload.js";
import { writeConditions } from "./conditions.js";
import { toPutResult } from "./object-info.js";
import { presign } from "./presign.js";
import { collectUpTo, partSizeFor, requireMultipart } from "./put-parts.js";
import { completeError, inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { keyName } from "./stat.js";
import { startUpload } from "./unfinished-upload.js";
import { formatUploadToken, parseUploadToken } from "./upload-token.js";

export interface UploadedPart {
  readonly partNumber: number;
  readonly size: number;
  readonly etag: string;
}

/** One explicit multipart upload. Invisible until `complete`; its `token` resumes it in another process. */
export interface Upload {
  readonly key: string;
  /** Bytes of every part but the last. `undefined` when resumed from a listing of a service that does not keep it. */
  readonly partSize: number | undefined;
  /** JSON text for `store.resumeUpload`; holds no secret. */
  readonly token: string;
  /** Parts in any order and concurrency, numbered from 1; one sent again replaces the first. */
  uploadPart(partNumber: number, body: Body, options?: CallOptions): Promise<UploadedPart>;
  /** Parts uploaded so far, ascending, by whichever process. */
  listParts(options?: CallOptions): Promise<readonly UploadedPart[]>;
  /** Makes the object visible; without any part it is empty. Conditions are judged here. */
  complete(options?: CompleteOptions): Promise<PutResult>;
  /** Frees what was uploaded. Resolves when it was aborted already. */
  abort(options?: CallOptions): Promise<void>;
  /** A URL that uploads one part without credentials. */
  presignPart(partNumber: number, options?: Pick<PresignOptions, "expiresIn" | "native">): Promise<PresignedRequest>;
}

export async function beginUpload(
  context: StoreContext,
  key: string,
  given: UploadOptions | undefined,
): Promise<Upload> {
  return inScope(context, "beginUpload", keyName(key), given ?? {}, true, async (scope) => {
    const options = checkOptions("beginUpload", given);
    checkKey(context, key);
    const multipart = requireMultipart(context);
    if (hasAttributes(options)) requireFeature(context, "attributes", "content attributes and metadata");
    const attributes: ObjectAttributes = normalizeAttributes(key, options);
    const wanted = positive("partSize", options.partSize, context.transfer.partSize);
    const partSize = partSizeFor(context, wanted, undefined);
    if (options.partSize !== undefined && partSize !== wanted) {
      throw new StoreError({
        code: "InvalidArgument",
        message: `parts of this store have ${context.capabilities.limits.partBytesMin ?? 1} to ${context.capabilities.limits.partBytesMax ?? "any number of"} bytes, not ${wanted}`,
      });
    }
    return openUpload(context, await startUpload(scope, multipart, key, { attributes, partSize }));
  });
}

/** The upload that a token names; nothing is asked of the service before it is used. */
export function resumeUpload(context: StoreContext, token: string): Upload {
  try {
    requireMultipart(context);
    const upload = parseUploadToken(token);
    checkKey(context, upload.key);
    return openUpload(context, upload);
  } catch (error) {
    throw completeError(context, "resumeUpload", undefined, false, error);
  }
}

export async function* listUploads(
  context: StoreContext,
  given: (CallOptions & { readonly prefix?: string | undefined }) | undefined,
): AsyncGenerator<{ readonly key: string; readonly token: string; readonly initiated: Date | undefined }> {
  const found = await inScope(context, "listUploads", undefined, given ?? {}, false, async (scope) => {
    const { prefix = "" } = checkOptions("listUploads", given);
    if (typeof prefix !== "string") {
      throw new StoreError({ code: "InvalidArgument", message: `prefix is a string, not ${describe(prefix)}` });
    }
    requireFeature(context, "listUploads", "listing uploads");
    const multipart = requireMultipart(context);
    return attempt(scope, async (call) => {
      const uploads = [];
      for await (const upload of multipart.listUploads?.({ ...call, prefix }) ?? []) uploads.push(upload);
      return uploads;
    });
  });
  for (const { key, id, initiated, partSize, attributes } of found) {
    yield {
      key,
      initiated,
      token: formatUploadToken({ key, id, partSize, attributes: attributes ?? { metadata: {} } }),
    };
  }
}

export async function abortUpload(context: StoreContext, token: string, given: CallOptions | undefined): Promise<void> {
  await inScope(context, "abortUpload", undefined, given ?? {}, true, async (scope) => {
    checkOptions("plain", given);
    const multipart = requireMultipart(context);
    const upload = parseUploadToken(token);
    checkKey(context, upload.key);
    await attempt(scope, (call) => multipart.abort(upload, call), { key: upload.key });
  });
}

/** What is known of an upload; the part size may have to be learnt from its parts. */
export type KnownUpload = Omit<DriverUpload, "partSize"> & { readonly partSize: number | undefined };

function openUpload(context: StoreContext, upload: KnownUpload): Upload {
  const { key } = upload;
  // What this handle has sent, for services that cannot list parts.
  const sent = new Map<number, DriverPart>();
  const target: DriverUpload = { ...upload, partSize: upload.partSize ?? 0 };
  const canList = context.capabilities.listParts !== "unsupported";

  const knownParts = async (scope: Scope): Promise<readonly DriverPart[]> => {
    const multipart = requireMultipart(context);
    if (!canList || multipart.listParts === undefined) return ordered(sent.values());
    const { listParts } = multipart;
    const listed = await attempt(scope, (call) => listParts.call(multipart, target, call), { key });
    return ordered(listed.map((part) => preferOwn(part, sent.get(part.partNumber))));
  };

  return {
    key,
    partSize: upload.partSize,
    token: formatUploadToken(upload),
    uploadPart: (partNumber, body, given) =>
      inScope(context, "uploadPart", key, given ?? {}, true, async (scope) => {
        checkOptions("plain", given);
        const multipart = requireMultipart(context);
        checkPartNumber(context, partNumber);
        const source = normalizeBody(body, undefined, scope.signal);
        let release: (() => void) | undefined;
        try {
          const most = upload.partSize ?? context.capabilities.limits.partBytesMax ?? Number.MAX_SAFE_INTEGER;
          if (source.size !== undefined && source.size > most) throw tooLarge(partNumber, source.size, most);
          release = await context.budget?.acquire(source.size ?? upload.partSize ?? 0, scope.signal);
          const bytes = source.bytes ?? (await wholePart(source, partNumber, most, scope.signal));
          const whole = memoryBody(bytes);
          const part = await attempt(scope, (call) => multipart.uploadPart(target, partNumber, whole, call), { key });
          sent.set(partNumber, part);
          scope.tally.bytes += bytes.byteLength;
          return publicPart(part);
        } catch (error) {
          await source.release(error);
          throw source.failure() ?? error;
        } finally {
          release?.();
        }
      }),
    listParts: (given) =>
      inScope(context, "listParts", key, given ?? {}, false, async (scope) => {
        checkOptions("plain", given);
        requireFeature(context, "listParts", "listing the parts of an upload");
        return (await knownParts(scope)).map(publicPart);
      }),
    complete: (given) =>
      inScope(context, "complete", key, given ?? {}, true, async (scope) => {
        const options = checkOptions("complete", given);
        const multipart = requireMultipart(context);
        const conditions = writeConditions(context, options);
        const parts = await knownParts({ ...scope, write: "before" });
        checkParts(parts, upload.partSize, context.capabilities.multipartBehaviour.unequalParts);
        const written = await completeUpload(scope, multipart, target, parts, conditions);
        return toPutResult(key, written);
      }),
    abort: (given) =>
      inScope(context, "abortUpload", key, given ?? {}, true, async (scope) => {
        checkOptions("plain", given);
        const multipart = requireMultipart(context);
        await attempt(scope, (call) => multipart.abort(target, call), { key });
      }),
    presignPart: (partNumber, given) =>
      presign(context, key, { ...given, method: "PUT" }, () => {
        checkPartNumber(context, partNumber);
        return { upload: target, partNumber };
      }),
  };
}

/** A streamed part in memory, so that it can be sent again. */
async function wholePart(
  source: SourceBody,
  partNumber: number,
  most: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { bytes, ended } = await collectUpTo(source, most + 1, signal);
  if (!ended) throw tooLarge(partNumber, bytes.byteLength, most);
  return bytes;
}

/** The driver may keep more of a part it has just sent (a checksum, say) than the service lists, as long as it is the same. */
function preferOwn(listed: DriverPart, own: DriverPart | undefined): DriverPart {
  return own !== undefined && own.etag === listed.etag && own.size === listed.size ? own : listed;
}

function ordered(parts: Iterable<DriverPart>): readonly DriverPart[] {
  return [...parts].sort((a, b) => a.partNumber - b.partNumber);
}

/** Parts must be contiguous from 1, and equal in size but for the last; throws `InvalidArgument` naming the one that is not. */
function checkParts(parts: readonly DriverPart[], partSize: number | undefined, unequalAllowed: boolean): void {
  for (const [index, part] of parts.entries()) {
    if (part.partNumber !== index + 1) {
      throw new StoreError({
        code: "InvalidArgument",
        message: `part ${index + 1} is missing: parts are contiguous from 1`,
      });
    }
    const last = index === parts.length - 1;
    if (partSize !== undefined && !last && part.size !== partSize) {
      throw new StoreError({
        code: "InvalidArgument",
        message: `part ${part.partNumber} has ${part.size} bytes; every part but the last has exactly ${partSize}`,
      });
    }
    if (partSize === undefined && !unequalAllowed && !last && part.size !== parts[0]?.size) {
      throw new StoreError({ code: "InvalidArgument", message: `part ${part.partNumber} differs in size from part 1` });
    }
  }
}

function checkPartNumber(context: StoreContext, partNumber: unknown): void {
  const most = context.capabilities.limits.parts ?? Number.MAX_SAFE_INTEGER;
  if (typeof partNumber === "number" && Number.isSafeInteger(partNumber) && partNumber >= 1 && partNumber <= most)
    return;
  throw new StoreError({
    code: "InvalidArgument",
    message: `a part number is a whole number from 1 to ${most}, not ${describe(partNumber)}`,
  });
}

function tooLarge(partNumber: number, size: number, most: number): StoreError {
  return new StoreError({
    code: "InvalidArgument",
    message: `part ${partNumber} has ${size} bytes or more, the upload's part size is ${most}`,
  });
}

function publicPart({ partNumber, size, etag }: DriverPart): UploadedPart {
  return { partNumber, size, etag };
}
