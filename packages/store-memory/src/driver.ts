import { evaluateReadConditions, FEATURES, resolveRange, StoreError } from "@stowage/core";
import type {
  ByteRange,
  Bytes,
  DriverBytes,
  DriverCapabilities,
  DriverCopyCall,
  DriverInfo,
  DriverPresignCall,
  DriverRead,
  DriverReadCall,
  DriverReadInto,
  DriverWriteCall,
  DriverWritten,
  Feature,
  PresignedRequest,
  StoreDriver,
  WriteBody,
  WriteConditions,
} from "@stowage/core";
import { nextIdentity } from "./containers.js";
import type { MemoryContainer, MemoryObject } from "./containers.js";
import { listMemory } from "./list.js";
import { memoryMultipart } from "./multipart.js";
import { presignServer } from "./presign.js";

/** How the driver reaches its container; `undefined` when it is not there. */
export type FindContainer = () => MemoryContainer | undefined;

/**
 * The reference driver: correct in everything, fast in nothing on purpose but its simplicity. All state changes happen in one
 * synchronous step, so every write is atomic.
 */
export function memoryDriver(find: FindContainer, disabled: readonly Feature[], endpoint?: string): StoreDriver {
  const container = (): MemoryContainer => {
    const found = find();
    if (found === undefined)
      throw new StoreError({ code: "ContainerNotFound", message: "this memory container does not exist" });
    return found;
  };
  const object = (key: string, call: DriverReadCall | undefined): MemoryObject => {
    const stored = container().objects.get(key);
    if (stored === undefined) throw new StoreError({ code: "NotFound", message: "no such object", key });
    evaluateReadConditions(call?.conditions, stored);
    return stored;
  };
  const store = (
    key: string,
    bytes: Bytes,
    attributes: DriverWriteCall["attributes"],
    conditions: WriteConditions | undefined,
  ): DriverWritten => {
    checkWriteConditions(container(), key, conditions);
    const stored: MemoryObject = { bytes, attributes, etag: nextIdentity(), lastModified: new Date() };
    container().objects.set(key, stored);
    return { size: bytes.byteLength, etag: stored.etag, lastModified: stored.lastModified };
  };
  const copied = (source: MemoryObject, key: string, call: DriverCopyCall): DriverWritten =>
    store(key, source.bytes, call.attributes ?? source.attributes, call.conditions);

  const driver: StoreDriver = {
    capabilities: capabilitiesWithout(disabled),
    endpoint,

    async stat(key: string, call: DriverReadCall): Promise<DriverInfo> {
      return infoOf(object(key, call));
    },

    async read(key: string, range: ByteRange | undefined, call: DriverReadCall): Promise<DriverRead> {
      const { info, range: served, bytes } = slice(object(key, call), range);
      return { info, range: served, chunks: oneChunk(bytes) };
    },

    async readBytes(key, range, _limit, call, allocate): Promise<DriverBytes> {
      return slice(object(key, call), range, allocate);
    },

    async readInto(key: string, offset: number, target: Uint8Array, call: DriverReadCall): Promise<DriverReadInto> {
      const stored = object(key, call);
      const range = offset === 0 && stored.bytes.byteLength === 0 ? undefined : { offset, length: target.byteLength };
      const served = resolveRange(range, stored.bytes.byteLength);
      target.set(stored.bytes.subarray(served.offset, served.offset + served.length));
      return { info: infoOf(stored), bytesRead: served.length };
    },

    async readRanges(key, ranges, call) {
      const stored = object(key, call);
      return { info: infoOf(stored), bytes: ranges.map((range) => slice(stored, range).bytes) };
    },

    async write(key: string, body: WriteBody, call: DriverWriteCall): Promise<DriverWritten> {
      container();
      const bytes = await collect(body, call);
      return store(key, bytes, call.attributes, call.conditions);
    },

    list: (call) => listMemory(container, call),

    async delete(key, call) {
      const { objects } = container();
      const expected = call.conditions?.ifMatch;
      if (expected !== undefined && objects.get(key)?.etag !== expected) {
        throw new StoreError({ code: "PreconditionFailed", message: "the object has another etag than ifMatch", key });
      }
      objects.delete(key);
    },

    async deleteMany(keys) {
      const { objects } = container();
      for (const key of keys) objects.delete(key);
      return keys.map(() => undefined);
    },

    async copyFrom(source, sourceKey, key, call) {
      const from = containerOf.get(source);
      if (from === undefined) return undefined;
      container();
      const stored = from().objects.get(sourceKey);
      if (stored === undefined)
        throw new StoreError({ code: "NotFound", message: "no such object to copy", key: sourceKey });
      if (call.sourceIfMatch !== undefined && call.sourceIfMatch !== stored.etag) {
        throw new StoreError({
          code: "PreconditionFailed",
          message: "the source has another etag than sourceIfMatch",
          key: sourceKey,
        });
      }
      return copied(stored, key, call);
    },

    async rename(from, to, call) {
      const stored = object(from, undefined);
      const written = copied(stored, to, {
        ...call,
        sourceIfMatch: undefined,
        sourceVersionId: undefined,
        attributes: undefined,
      });
      container().objects.delete(from);
      return written;
    },

    async presign(key: string, call: DriverPresignCall): Promise<PresignedRequest> {
      container();
      return presigned.presign(key, call);
    },

    multipart: memoryMultipart(container, store),

    async cleanup({ olderThanMs }) {
      return removeUploads(container(), olderThanMs);
    },

    async containerExists(): Promise<boolean> {
      return find() !== undefined;
    },

    async close(): Promise<void> {
      await presigned.close();
    },
  };
  const presigned = presignServer(driver);
  containerOf.set(driver, container);
  return driver;
}

const containerOf: WeakMap<StoreDriver, () => MemoryContainer> = new WeakMap();

/** Everything, less what was switched off. */
function capabilitiesWithout(disabled: readonly Feature[]): DriverCapabilities {
  const unknown = Array.isArray(disabled) ? disabled.find((feature) => !FEATURES.includes(feature)) : "not an array";
  if (unknown !== undefined) {
    throw new StoreError({
      code: "InvalidArgument",
      message: `disable is a list of features, ${JSON.stringify(unknown)} is none; known: ${FEATURES.join(", ")}`,
    });
  }
  return {
    native: FEATURES.filter((feature) => feature !== "versions" && !disabled.includes(feature)),
    unsupported: ["versions", ...disabled],
    listOrder: "utf8",
    delimiters: "any",
    etag: "strong",
    largeReads: "whole",
    multipart: { concurrent: "independent", abortReclaims: true, unequalParts: true },
    keys: {
      emptySegments: true,
      trailingSlash: true,
      objectAndPrefix: true,
      distinctSpellings: true,
      serviceKeys: false,
    },
  };
}

/** Judged in the same synchronous step as the change it guards. */
function checkWriteConditions(container: MemoryContainer, key: string, conditions: WriteConditions | undefined): void {
  if (conditions === undefined) return;
  const existing = container.objects.get(key);
  if (conditions.ifNoneMatch !== undefined && existing !== undefined) {
    throw new StoreError({ code: "AlreadyExists", message: "the object exists already", key });
  }
  if (conditions.ifMatch !== undefined && existing?.etag !== conditions.ifMatch) {
    throw new StoreError({ code: "PreconditionFailed", message: "the object has another etag than ifMatch", key });
  }
}

function infoOf(stored: MemoryObject): DriverInfo {
  const { bytes, etag, lastModified, attributes } = stored;
  return { size: bytes.byteLength, etag, lastModified: new Date(lastModified), attributes };
}

/** A copy of the wanted bytes: what a reader gets is its own. */
function slice(
  stored: MemoryObject,
  range: ByteRange | undefined,
  allocate?: (byteLength: number) => Bytes,
): DriverBytes {
  const served = resolveRange(range, stored.bytes.byteLength);
  const wanted = stored.bytes.subarray(served.offset, served.offset + served.length);
  let bytes: Bytes;
  if (allocate === undefined) {
    bytes = wanted.slice();
  } else {
    bytes = allocate(served.length);
    bytes.set(wanted);
  }
  return { info: infoOf(stored), range: served, bytes };
}

/** The body in memory of its own: the caller may change its bytes once the put has settled. */
async function collect(body: WriteBody, call: DriverWriteCall): Promise<Bytes> {
  if (body.bytes !== undefined) return new Uint8Array(body.bytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body.chunks()) {
    if (call.signal?.aborted === true) throw call.signal.reason;
    chunks.push(new Uint8Array(chunk));
    size += chunk.byteLength;
    call.onBytes?.(size);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

async function* oneChunk(bytes: Bytes): AsyncGenerator<Uint8Array, undefined, undefined> {
  if (bytes.byteLength > 0) yield bytes;
  return undefined;
}

function removeUploads(container: MemoryContainer, olderThanMs: number): { files: number; bytes: number } {
  let files = 0;
  let bytes = 0;
  const newest = Date.now() - olderThanMs;
  for (const [id, upload] of container.uploads) {
    if (upload.initiated.getTime() > newest) continue;
    for (const part of upload.parts.values()) bytes += part.bytes.byteLength;
    container.uploads.delete(id);
    files += 1;
  }
  return { files, bytes };
}
