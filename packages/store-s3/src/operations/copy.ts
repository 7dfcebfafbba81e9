import {
  notCommitted,
  S3_COPY_PART_SIZE,
  S3_SINGLE_PUT_MAX,
  StoreError,
  untilAborted,
  untilBegun,
} from "@stowage/core";
import type {
  DriverCopyCall,
  DriverInfo,
  DriverPart,
  DriverReadCall,
  DriverUpload,
  DriverWritten,
} from "@stowage/core";
import { encodePath, encodeQueryValue, quoteEtag, unquoteEtag } from "@stowage/http";
import { callOptions, customerKeyInput } from "../call-options.js";
import { attributeInput } from "./attribute-headers.js";
import type { Bucket } from "./bucket.js";
import { abort, begin, complete, writeOptionInput } from "./multipart.js";
import type { MultipartContext } from "./multipart.js";
import { commonInput, sdkCall } from "./sdk-call.js";
import { conditionOutcome } from "./write.js";

/** Parts of one copy under way at a time: the service does the work. */
const COPY_LANES = 8;

/** What the service copies by one request, and in parts beyond. */
export interface CopyLimits {
  readonly onceMost: number;
  readonly partSize: number;
}

export const COPY_LIMITS: CopyLimits = { onceMost: S3_SINGLE_PUT_MAX, partSize: S3_COPY_PART_SIZE };

export interface CopySource {
  readonly bucket: Bucket;
  readonly key: string;
  readonly info: DriverInfo;
}

/**
 * Copies within the service, pinned to the etag that the source had when it was looked at. By one CopyObject up to 5 GiB, in parts
 * beyond. A source that has changed meanwhile is `PreconditionFailed`; one that is gone `NotFound`.
 */
export async function copyObject(
  context: MultipartContext,
  source: CopySource,
  key: string,
  call: DriverCopyCall,
): Promise<DriverWritten> {
  if (source.info.size > context.copyLimits.onceMost) return await copyInParts(context, source, key, call);
  const { connection } = context.bucket;
  const options = callOptions(call.native);
  const { attributes, conditions } = call;
  const output = await sdkCall(
    connection,
    call,
    (client, sdk, how) =>
      client.send(
        new sdk.CopyObjectCommand({
          ...commonInput(connection),
          Key: key,
          CopySource: copySource(source, call.sourceVersionId),
          CopySourceIfMatch: quoteEtag(source.info.etag),
          MetadataDirective: attributes === undefined ? "COPY" : "REPLACE",
          ...(attributes === undefined ? {} : attributeInput(attributes)),
          ...writeOptionInput(options),
          // Without it the service keeps the source's tags and says nothing.
          ...(options.tags === undefined ? {} : { TaggingDirective: "REPLACE" as const }),
          ...sourceKey(options.sseCustomerKey),
          ...(conditions?.ifNoneMatch === undefined ? {} : { IfNoneMatch: "*" }),
          ...(conditions?.ifMatch === undefined ? {} : { IfMatch: quoteEtag(conditions.ifMatch) }),
        }),
        how,
      ),
    (failure) => conditionOutcome(failure, conditions),
  );
  const etag = output.CopyObjectResult?.ETag;
  if (etag === undefined) {
    throw new StoreError({
      code: "Internal",
      message: "the service answered a copy without an ETag",
      committed: "unknown",
    });
  }
  return {
    size: source.info.size,
    etag: unquoteEtag(etag),
    lastModified: output.CopyObjectResult?.LastModified,
    ...(output.VersionId === undefined || output.VersionId === "null" ? {} : { versionId: output.VersionId }),
  };
}

async function copyInParts(
  context: MultipartContext,
  source: CopySource,
  key: string,
  call: DriverCopyCall,
): Promise<DriverWritten> {
  const attributes = call.attributes ?? source.info.attributes;
  // Its answer names what must be aborted when the copy is given up meanwhile.
  const { id } = await untilBegun(call.signal, (signal) => begin(context, key, { ...call, attributes, signal }));
  const upload: DriverUpload = { key, id, partSize: context.copyLimits.partSize, attributes };
  let completing = false;
  try {
    call.signal?.throwIfAborted();
    const parts = await copyParts(context, source, upload, call);
    completing = true;
    return await complete(context, upload, parts, call);
  } catch (error) {
    await untilAborted(call.signal, (signal) => abort(context.bucket, upload, { ...call, signal }));
    throw completing ? error : notCommitted(error);
  }
}

async function copyParts(
  { bucket }: MultipartContext,
  source: CopySource,
  upload: DriverUpload,
  call: DriverCopyCall,
): Promise<readonly DriverPart[]> {
  const { connection } = bucket;
  const options = callOptions(call.native);
  const count = Math.ceil(source.info.size / upload.partSize);
  const parts: DriverPart[] = [];
  const uploadId = upload.id.split("#")[0] ?? upload.id;
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < count && !failed) {
      const index = next++;
      const start = index * upload.partSize;
      const end = Math.min(start + upload.partSize, source.info.size);
      const output = await sdkCall(connection, call, (client, sdk, how) =>
        client.send(
          new sdk.UploadPartCopyCommand({
            ...commonInput(connection),
            Key: upload.key,
            UploadId: uploadId,
            PartNumber: index + 1,
            CopySource: copySource(source, call.sourceVersionId),
            CopySourceIfMatch: quoteEtag(source.info.etag),
            CopySourceRange: `bytes=${start}-${end - 1}`,
            ...customerKeyInput(options),
            ...sourceKey(options.sseCustomerKey),
          }),
          how,
        ),
      );
      const result = output.CopyPartResult;
      const checksum = result?.ChecksumCRC32 ?? result?.ChecksumCRC32C ?? result?.ChecksumCRC64NVME;
      parts[index] = {
        partNumber: index + 1,
        size: end - start,
        etag: unquoteEtag(result?.ETag ?? ""),
        ...(checksum === undefined ? {} : { native: { checksum } }),
      };
    }
  };
  const lanes = Array.from({ length: Math.min(COPY_LANES, count) }, () =>
    lane().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(lanes);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return parts;
}

/** What the source looks like now; its etag pins the copy. An object under the caller's key opens to that key only. */
export function sourceCall(call: DriverCopyCall): DriverReadCall {
  const { sourceIfMatch, sourceVersionId } = call;
  const { sseCustomerKey } = callOptions(call.native);
  const conditions = sourceIfMatch === undefined ? undefined : { ifMatch: sourceIfMatch };
  return {
    signal: call.signal,
    timeouts: call.timeouts,
    native: sseCustomerKey === undefined ? undefined : { sseCustomerKey },
    conditions,
    versionId: sourceVersionId,
  };
}

function copySource({ bucket, key }: CopySource, versionId: string | undefined): string {
  const path = `${bucket.connection.bucket}/${encodePath(key)}`;
  return versionId === undefined ? path : `${path}?versionId=${encodeQueryValue(versionId)}`;
}

function sourceKey(key: string | undefined): {
  CopySourceSSECustomerAlgorithm?: string;
  CopySourceSSECustomerKey?: string;
} {
  return key === undefined ? {} : { CopySourceSSECustomerAlgorithm: "AES256", CopySourceSSECustomerKey: key };
}
