import type { BlobHTTPHeaders, BlobRequestConditions, ContainerClient, HttpRequestBody } from "@azure/storage-blob";
import { isStoreError } from "@stowage/core";
import type {
  DriverCall,
  DriverDeleteCall,
  DriverWriteCall,
  DriverWritten,
  ObjectAttributes,
  WriteBody,
  WriteConditions,
} from "@stowage/core";
import { encodeHeaderText, quoteEtag } from "@stowage/http";
import { Readable } from "node:stream";
import { encodeMetadataValue, writtenFromHeaders } from "../attributes/headers.js";
import { escapeMetadataName } from "../attributes/metadata-name.js";
import type { Block, CommitCall } from "../driver/operations.js";
import { callOptions } from "../options/call-options.js";
import { readBlockList } from "../wire/wire-blocks.js";
import { askedOf } from "../wire/wire-writes.js";
import { guarded } from "./guarded.js";
import type { Guard } from "./guarded.js";
import { checkSdkKey } from "./sdk-clients.js";

export async function putBlob(
  container: ContainerClient,
  key: string,
  body: WriteBody,
  call: DriverWriteCall,
  accessTier: string | undefined,
): Promise<DriverWritten> {
  checkSdkKey(key);
  return guarded(call, askedOf(call.conditions), async (guard) => {
    const sent = sdkBody(body, guard);
    const options = { ...writeOptions(call, call.attributes, call.conditions, accessTier), abortSignal: guard.signal };
    const onProgress = ({ loadedBytes }: { readonly loadedBytes: number }): void => {
      guard.touch();
      call.onBytes?.(loadedBytes);
    };
    const answer = await sent.rethrowing(
      container.getBlockBlobClient(key).upload(sent.body, sent.size, { ...options, onProgress }),
    );
    return writtenFromHeaders(answer._response.headers.toJson(), sent.size);
  });
}

export async function putBlock(
  container: ContainerClient,
  key: string,
  blockId: string,
  body: WriteBody,
  call: DriverCall,
): Promise<void> {
  checkSdkKey(key);
  await guarded(call, { write: true }, async (guard) => {
    const sent = sdkBody(body, guard);
    const { leaseId } = callOptions(call.native);
    const conditions = leaseId === undefined ? {} : { leaseId };
    const options = { abortSignal: guard.signal, conditions, onProgress: () => guard.touch() };
    await sent.rethrowing(container.getBlockBlobClient(key).stageBlock(blockId, sent.body, sent.size, options));
  });
}

export async function deleteBlob(container: ContainerClient, key: string, call: DriverDeleteCall): Promise<void> {
  checkSdkKey(key);
  const ifMatch = call.conditions?.ifMatch;
  try {
    await guarded(call, { write: true, replaceIf: ifMatch !== undefined }, ({ signal }) =>
      container.getBlobClient(key).delete({ abortSignal: signal, conditions: writeConditions(call, call.conditions) }),
    );
  } catch (error) {
    if (!(isStoreError(error) && error.code === "NotFound")) throw error;
  }
}

/**
 * `stageBlock` has been the rest of a multipart upload; this is its commit. The SDK's own sends every id as `Latest`, by which a
 * block of an older commit would stand in for one that has been dropped: all ids here are unique to one upload, and the driver
 * has just seen them uncommitted.
 */
export async function commitBlocks(
  container: ContainerClient,
  key: string,
  blockIds: readonly string[],
  call: CommitCall,
  accessTier: string | undefined,
): Promise<DriverWritten> {
  checkSdkKey(key);
  return guarded(call, askedOf(call.conditions), async ({ signal }) => {
    const answer = await container.getBlockBlobClient(key).commitBlockList([...blockIds], {
      ...writeOptions(call, call.attributes, call.conditions, accessTier),
      abortSignal: signal,
    });
    return writtenFromHeaders(answer._response.headers.toJson(), call.size);
  });
}

export async function uncommittedBlocks(
  container: ContainerClient,
  key: string,
  call: DriverCall,
): Promise<readonly Block[]> {
  checkSdkKey(key);
  return guarded(call, {}, async ({ signal }) => {
    const answer = await container.getBlockBlobClient(key).getBlockList("uncommitted", { abortSignal: signal });
    // The SDK's parser makes an empty list of an answer that it cannot read; the text is there, but not among the declared types.
    const text: unknown = Reflect.get(answer._response, "bodyAsText");
    if (typeof text === "string") return readBlockList(Buffer.from(text));
    return (answer.uncommittedBlocks ?? []).map(({ name, size }) => ({ id: name, size }));
  });
}

function writeOptions(
  call: DriverCall,
  attributes: ObjectAttributes,
  given: WriteConditions | undefined,
  storeTier: string | undefined,
): {
  readonly blobHTTPHeaders: BlobHTTPHeaders;
  readonly metadata: Record<string, string>;
  readonly conditions: BlobRequestConditions;
  readonly tier?: string;
  readonly tags?: Record<string, string>;
} {
  const { accessTier = storeTier, tags } = callOptions(call.native);
  return {
    blobHTTPHeaders: httpHeaders(attributes),
    metadata: Object.fromEntries(
      Object.entries(attributes.metadata).map(([name, value]) => [
        escapeMetadataName(name),
        encodeMetadataValue(value),
      ]),
    ),
    conditions: writeConditions(call, given),
    ...(accessTier === undefined ? {} : { tier: accessTier }),
    ...(tags === undefined ? {} : { tags: { ...tags } }),
  };
}

function httpHeaders(attributes: ObjectAttributes): BlobHTTPHeaders {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage } = attributes;
  return {
    ...(contentType === undefined ? {} : { blobContentType: encodeHeaderText(contentType) }),
    ...(cacheControl === undefined ? {} : { blobCacheControl: encodeHeaderText(cacheControl) }),
    ...(contentDisposition === undefined ? {} : { blobContentDisposition: encodeHeaderText(contentDisposition) }),
    ...(contentEncoding === undefined ? {} : { blobContentEncoding: encodeHeaderText(contentEncoding) }),
    ...(contentLanguage === undefined ? {} : { blobContentLanguage: encodeHeaderText(contentLanguage) }),
  };
}

function writeConditions(call: DriverCall, given: WriteConditions | undefined): BlobRequestConditions {
  const { leaseId } = callOptions(call.native);
  return {
    ...(leaseId === undefined ? {} : { leaseId }),
    ...(given?.ifNoneMatch === undefined ? {} : { ifNoneMatch: given.ifNoneMatch }),
    ...(given?.ifMatch === undefined ? {} : { ifMatch: quoteEtag(given.ifMatch) }),
  };
}

interface SdkBody {
  readonly body: HttpRequestBody;
  readonly size: number;
  /** The outcome of the request, or the error of the body itself, which the SDK would have wrapped. */
  rethrowing<Value>(request: Promise<Value>): Promise<Value>;
}

function sdkBody(body: WriteBody, guard: Guard): SdkBody {
  if (body.bytes !== undefined) {
    const { buffer, byteOffset, byteLength } = body.bytes;
    return { body: Buffer.from(buffer, byteOffset, byteLength), size: byteLength, rethrowing: (request) => request };
  }
  let failed: { readonly error: unknown } | undefined;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body.chunks()) {
        guard.touch();
        yield chunk;
      }
    } catch (error) {
      failed = { error };
      throw error;
    }
  }
  const stream = Readable.from(chunks(), { objectMode: false });
  return {
    body: stream,
    size: body.size ?? 0,
    async rethrowing(request) {
      try {
        return await request;
      } catch (error) {
        throw failed === undefined ? error : failed.error;
      } finally {
        stream.destroy();
      }
    },
  };
}
