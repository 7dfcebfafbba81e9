import type { CompletedPart, CreateMultipartUploadCommandInput } from "@aws-sdk/client-s3";
import { isStoreError, StoreError } from "@stowage/core";
import type {
  DriverCall,
  DriverPart,
  DriverUpload,
  DriverUploadSummary,
  DriverWriteCall,
  DriverWritten,
  MultipartDriver,
  WriteBody,
  WriteConditions,
} from "@stowage/core";
import { quoteEtag, unquoteEtag } from "@stowage/http";
import type { ChecksumAlgorithm } from "@stowage/http";
import { callOptions, customerKeyInput } from "../call-options.js";
import type { S3CallOptions } from "../options.js";
import type { ServicePreset } from "../services.js";
import { attributeInput } from "./attribute-headers.js";
import type { Bucket } from "./bucket.js";
import type { ChecksumPolicy } from "./checksum-policy.js";
import type { CopyLimits } from "./copy.js";
import { listParts, listUploads } from "./list-uploads.js";
import type { ObjectReader } from "./read.js";
import { commonInput, sdkCall } from "./sdk-call.js";
import { joinUploadId, uploadIdParts } from "./upload-id.js";
import { conditionOutcome } from "./write.js";
import type { ObjectWriter } from "./write.js";

export interface MultipartContext {
  readonly bucket: Bucket;
  readonly reader: ObjectReader;
  readonly writer: ObjectWriter;
  readonly checksums: ChecksumPolicy;
  readonly preset: ServicePreset;
  readonly copyLimits: CopyLimits;
}

/** Multipart uploads: parts over the data path, the rest by the SDK. */
export function multipartDriver(context: MultipartContext): MultipartDriver {
  const { writer, preset, bucket } = context;
  return {
    begin: (key, options) => begin(context, key, options),
    uploadPart: (upload, partNumber, body, call) => writer.putPart(upload, partNumber, body, call),
    complete: (upload, parts, call) => complete(context, upload, parts, call),
    abort: (upload, call) => abort(bucket, upload, call),
    ...(preset.listParts
      ? { listParts: (upload: DriverUpload, call: DriverCall) => listParts(bucket, upload, call) }
      : {}),
    ...(preset.listUploads
      ? {
          listUploads: (call: DriverCall & { readonly prefix: string }): AsyncIterable<DriverUploadSummary> =>
            listUploads(bucket, call, preset.encodesUploadKeysSilently),
        }
      : {}),
  };
}

export async function begin(
  { bucket, checksums }: Pick<MultipartContext, "bucket" | "checksums">,
  key: string,
  call: DriverCall & Pick<DriverWriteCall, "attributes">,
): Promise<{ readonly id: string }> {
  const options = callOptions(call.native);
  const algorithm = checksums.forUpload(options.checksumAlgorithm);
  const { connection } = bucket;
  const output = await sdkCall(connection, call, (client, sdk, how) =>
    client.send(
      new sdk.CreateMultipartUploadCommand({
        ...commonInput(connection),
        Key: key,
        ...attributeInput(call.attributes),
        ...writeOptionInput(options),
        ...(algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm }),
      }),
      how,
    ),
  );
  if (output.UploadId === undefined)
    throw new StoreError({ code: "Internal", message: "the service began an upload without an id" });
  bucket.seen();
  return { id: joinUploadId(output.UploadId, algorithm) };
}

export async function complete(
  { bucket, reader, writer, preset }: MultipartContext,
  upload: DriverUpload,
  parts: readonly DriverPart[],
  call: DriverCall & { readonly conditions: WriteConditions | undefined },
): Promise<DriverWritten> {
  const { conditions } = call;
  if (conditions !== undefined && !preset.conditionalComplete) {
    throw new StoreError({
      code: "Unsupported",
      message:
        "this service ignores conditions when an upload in parts is completed; raise multipartThreshold so that the object is written by one request",
      capability: conditions.ifMatch === undefined ? "createOnly" : "replaceIf",
      committed: false,
    });
  }
  // S3 completes no upload without a part; an empty one is a part too.
  const sent = parts.length > 0 ? parts : [await writer.putPart(upload, 1, emptyBody, call)];
  const { connection } = bucket;
  const { uploadId, algorithm } = uploadIdParts(upload.id);
  const output = await sdkCall(
    connection,
    call,
    (client, sdk, how) =>
      client.send(
        new sdk.CompleteMultipartUploadCommand({
          ...commonInput(connection),
          Key: upload.key,
          UploadId: uploadId,
          MultipartUpload: { Parts: sent.map((part) => completedPart(part, algorithm)) },
          ...customerKeyInput(callOptions(call.native)),
          ...(conditions?.ifNoneMatch === undefined ? {} : { IfNoneMatch: "*" }),
          ...(conditions?.ifMatch === undefined ? {} : { IfMatch: writeEtag(conditions.ifMatch, preset) }),
        }),
        how,
      ),
    (failure) => conditionOutcome(failure, conditions),
  ).catch(async (error: unknown) => {
    throw await whetherUploadEnded(bucket, upload, error, call);
  });
  const size = sent.reduce((sum, part) => sum + part.size, 0);
  const etag = output.ETag === undefined ? "" : unquoteEtag(output.ETag);
  const versionId =
    output.VersionId === undefined || output.VersionId === "null" ? {} : { versionId: output.VersionId };
  if (etag !== "") return { size, etag, ...versionId };
  // Ceph RGW completes without saying the etag.
  const info = await reader.stat(upload.key, { ...call, conditions: undefined, versionId: undefined });
  return { size: info.size, etag: info.etag, lastModified: info.lastModified, ...versionId };
}

export async function abort(bucket: Bucket, upload: Pick<DriverUpload, "key" | "id">, call: DriverCall): Promise<void> {
  const { connection } = bucket;
  const { uploadId } = uploadIdParts(upload.id);
  try {
    await sdkCall(connection, call, (client, sdk, how) =>
      client.send(
        new sdk.AbortMultipartUploadCommand({ ...commonInput(connection), Key: upload.key, UploadId: uploadId }),
        how,
      ),
    );
  } catch (error) {
    if (!isStoreError(error) || error.code !== "NotFound") throw error;
  }
}

/** Some services fail inside (500) when an upload is not there any more; asking for its parts tells. */
async function whetherUploadEnded(
  bucket: Bucket,
  upload: DriverUpload,
  error: unknown,
  call: DriverCall,
): Promise<unknown> {
  if (!isStoreError(error) || error.status !== 500) return error;
  try {
    await listParts(bucket, upload, call);
    return error;
  } catch (reason) {
    return isStoreError(reason) && reason.code === "NotFound" ? reason : error;
  }
}

type WriteOptionInput = Pick<
  CreateMultipartUploadCommandInput,
  | "StorageClass"
  | "ServerSideEncryption"
  | "SSEKMSKeyId"
  | "SSECustomerAlgorithm"
  | "SSECustomerKey"
  | "Tagging"
  | "ACL"
>;

/** The call's options as input of commands that write. */
export function writeOptionInput(options: S3CallOptions): WriteOptionInput {
  const { storageClass, serverSideEncryption, sseKmsKeyId, tags, acl } = options;
  return {
    ...(storageClass === undefined ? {} : { StorageClass: storageClass }),
    ...(serverSideEncryption === undefined ? {} : { ServerSideEncryption: serverSideEncryption }),
    ...(sseKmsKeyId === undefined ? {} : { SSEKMSKeyId: sseKmsKeyId }),
    ...customerKeyInput(options),
    ...(tags === undefined ? {} : { Tagging: new URLSearchParams(tags).toString() }),
    ...(acl === undefined ? {} : { ACL: acl }),
  };
}

function completedPart(part: DriverPart, algorithm: ChecksumAlgorithm | undefined): CompletedPart {
  const checksum = part.native?.["checksum"];
  return {
    PartNumber: part.partNumber,
    ETag: quoteEtag(part.etag),
    ...(algorithm === undefined || typeof checksum !== "string" ? {} : { [`Checksum${algorithm}`]: checksum }),
  };
}

function writeEtag(etag: string, preset: ServicePreset): string {
  return preset.unquotedWriteEtag ? etag : quoteEtag(etag);
}

const emptyBody: WriteBody = {
  size: 0,
  bytes: new Uint8Array(0),
  replayable: true,
  async *chunks() {
    // Nothing: the bytes are given.
  },
};
