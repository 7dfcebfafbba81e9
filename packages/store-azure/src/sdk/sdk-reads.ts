import type { BlobDownloadOptions, BlobRequestConditions, ContainerClient } from "@azure/storage-blob";
import { StoreError } from "@stowage/core";
import type {
  Bytes,
  DriverBytes,
  DriverInfo,
  DriverRead,
  DriverReadCall,
  DriverReadInto,
  ServedRange,
} from "@stowage/core";
import { parseContentRange, quoteEtag } from "@stowage/http";
import type { ResponseHeaders } from "@stowage/http";
import { infoFromHeaders } from "../attributes/headers.js";
import type { OffsetRange } from "../driver/operations.js";
import { failure } from "../errors/failure.js";
import { callOptions } from "../options/call-options.js";
import { guarded, startGuard } from "./guarded.js";
import type { Guard } from "./guarded.js";
import { checkSdkKey } from "./sdk-clients.js";

export async function statBlob(container: ContainerClient, key: string, call: DriverReadCall): Promise<DriverInfo> {
  checkSdkKey(key);
  return guarded(call, {}, async ({ signal }) => {
    const client = container.getBlobClient(key);
    const answer = await client.getProperties({ abortSignal: signal, conditions: readConditions(call) });
    return infoFromHeaders(answer._response.headers.toJson(), answer.contentLength ?? 0);
  });
}

export async function readBytes(
  container: ContainerClient,
  key: string,
  range: OffsetRange,
  limit: number,
  call: DriverReadCall,
  allocate: ((byteLength: number) => Bytes) | undefined,
): Promise<DriverBytes> {
  const length = Math.min(range.length ?? limit, limit);
  const opened = await open(container, key, { offset: range.offset, length }, call);
  const bytes = allocate?.(opened.range.length) ?? new Uint8Array(opened.range.length);
  await fill(opened, bytes);
  return { info: opened.info, range: opened.range, bytes };
}

export async function readInto(
  container: ContainerClient,
  key: string,
  offset: number,
  target: Uint8Array,
  call: DriverReadCall,
): Promise<DriverReadInto> {
  const opened = await open(container, key, { offset, length: target.byteLength }, call);
  return { info: opened.info, bytesRead: await fill(opened, target) };
}

export async function readStream(
  container: ContainerClient,
  key: string,
  range: OffsetRange | undefined,
  call: DriverReadCall,
): Promise<DriverRead> {
  return open(container, key, range, call);
}

async function open(
  container: ContainerClient,
  key: string,
  range: OffsetRange | undefined,
  call: DriverReadCall,
): Promise<DriverRead> {
  checkSdkKey(key);
  const guard = startGuard(call, {});
  try {
    const options: BlobDownloadOptions = {
      abortSignal: guard.signal,
      conditions: readConditions(call),
      maxRetryRequests: 0,
    };
    const answer = await container.getBlobClient(key).download(range?.offset, range?.length, options);
    const headers = answer._response.headers.toJson();
    const { size, range: served } = servedBy(headers, answer.contentLength);
    const stream = answer.readableStreamBody;
    if (stream === undefined) throw new StoreError({ code: "Internal", message: "the SDK's answer has no body" });
    return { info: infoFromHeaders(headers, size), range: served, chunks: chunksOf(stream, served.length, guard) };
  } catch (error) {
    guard.stop();
    throw guard.translate(error);
  }
}

function servedBy(
  headers: ResponseHeaders,
  length: number | undefined,
): { readonly size: number; readonly range: ServedRange } {
  const text = headers["content-range"];
  if (typeof text !== "string") return { size: length ?? 0, range: { offset: 0, length: length ?? 0 } };
  const range = parseContentRange(text);
  if (range?.offset !== undefined && range.length !== undefined && range.size !== undefined) {
    return { size: range.size, range: { offset: range.offset, length: range.length } };
  }
  throw failure({
    status: 416,
    code: "InvalidRange",
    message: undefined,
    requestId: undefined,
    retryAfterMs: undefined,
  });
}

/** The body's chunks, each copied out of the socket's memory. The stream is destroyed when the consumer leaves early. */
function chunksOf(
  stream: NodeJS.ReadableStream,
  length: number,
  guard: Guard,
): AsyncIterator<Uint8Array, undefined, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  let received = 0;
  const finish = (): void => {
    guard.stop();
    if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
  };
  return {
    async next() {
      try {
        const result = await iterator.next();
        guard.touch();
        if (result.done !== true) {
          const chunk = typeof result.value === "string" ? Buffer.from(result.value) : result.value;
          received += chunk.byteLength;
          return { done: false, value: new Uint8Array(chunk) };
        }
      } catch (error) {
        finish();
        throw guard.translate(error);
      }
      finish();
      if (received === length) return { done: true, value: undefined };
      throw new StoreError({ code: "Unavailable", message: `the answer ended after ${received} of ${length} bytes` });
    },
    return() {
      finish();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

async function fill(opened: DriverRead, target: Uint8Array): Promise<number> {
  const { chunks } = opened;
  let offset = 0;
  for (;;) {
    const { done, value } = await chunks.next();
    if (done === true) return offset;
    if (offset + value.byteLength > target.byteLength) {
      await chunks.return?.();
      throw new StoreError({ code: "Internal", message: "the service sent more than was asked for", retryable: false });
    }
    target.set(value, offset);
    offset += value.byteLength;
  }
}

function readConditions({ conditions, native }: DriverReadCall): BlobRequestConditions {
  const { leaseId } = callOptions(native);
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions ?? {};
  return {
    ...(leaseId === undefined ? {} : { leaseId }),
    ...(ifMatch === undefined ? {} : { ifMatch: quoteEtag(ifMatch) }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: quoteEtag(ifNoneMatch) }),
    // As HTTP has it, a date does not count beside an etag; Azure would judge both.
    ...(ifModifiedSince === undefined || ifNoneMatch !== undefined ? {} : { ifModifiedSince }),
    ...(ifUnmodifiedSince === undefined || ifMatch !== undefined ? {} : { ifUnmodifiedSince }),
  };
}
