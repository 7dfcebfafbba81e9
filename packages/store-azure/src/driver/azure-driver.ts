import { isStoreError, StoreError } from "@stowage/core";
import type {
  ByteRange,
  Bytes,
  DriverBytes,
  DriverCall,
  DriverCapabilities,
  DriverCopyCall,
  DriverDeleteCall,
  DriverInfo,
  DriverListCall,
  DriverListPage,
  DriverPresignCall,
  DriverRead,
  DriverReadCall,
  DriverReadInto,
  DriverWriteCall,
  DriverWritten,
  PresignedRequest,
  StoreDriver,
  WriteBody,
} from "@stowage/core";
import type { Connection } from "../options/connection.js";
import type { Transport } from "../options/options.js";
import { candidateBlobs, containerExists } from "../sdk/sdk-container.js";
import type { SdkClients } from "../sdk/sdk-clients.js";
import { azureCapabilities } from "./capabilities.js";
import { copyInService } from "./copy.js";
import { Deletions } from "./deletions.js";
import { listPages } from "./listing.js";
import { BlockUploads } from "./multipart.js";
import type { BlobOperations, OffsetRange } from "./operations.js";
import { Presigner } from "./presign.js";

/** The range that a read of everything asks for, so that an answer is never longer than what is wanted of it. */
const START: OffsetRange = { offset: 0 };

export interface AzureDriverParts {
  readonly connection: Connection;
  readonly operations: BlobOperations;
  readonly clients: SdkClients;
  readonly transport: Transport;
  readonly accessTier: string | undefined;
}

/** One container. What is the same by the data path and by the SDK is here; each request is in `BlobOperations`. */
export class AzureDriver implements StoreDriver {
  readonly capabilities: DriverCapabilities;
  readonly multipart: BlockUploads;
  /** One account at one service. */
  readonly endpoint: string;
  readonly #parts: AzureDriverParts;
  readonly #operations: BlobOperations;
  readonly #presigner: Presigner;
  readonly #deletions: Deletions;

  constructor(parts: AzureDriverParts) {
    const { connection, operations, clients, transport } = parts;
    this.#parts = parts;
    this.#operations = operations;
    this.endpoint = `${connection.endpoint.origin}${connection.endpoint.basePath}`;
    this.capabilities = azureCapabilities(connection, transport);
    this.multipart = new BlockUploads(operations, (prefix, call) => candidateBlobs(clients, prefix, call));
    this.#deletions = new Deletions(operations);
    this.#presigner = new Presigner(clients, connection);
  }

  stat(key: string, call: DriverReadCall): Promise<DriverInfo> {
    return this.#judged(key, call, () => this.#operations.stat(key, call));
  }

  async read(key: string, range: ByteRange | undefined, call: DriverReadCall): Promise<DriverRead> {
    if (range !== undefined && "suffix" in range) {
      const { info, offset, length } = await this.#suffix(key, range.suffix, call);
      if (length === 0) return { info, range: { offset, length }, chunks: noChunks() };
      return pinned(info, call, (pinnedCall) => this.#operations.read(key, { offset, length }, pinnedCall));
    }
    return this.#judged(key, call, () => this.#operations.read(key, range, call));
  }

  async readBytes(
    key: string,
    range: ByteRange | undefined,
    limit: number,
    call: DriverReadCall,
    allocate?: (byteLength: number) => Bytes,
  ): Promise<DriverBytes> {
    const operations = this.#operations;
    if (range !== undefined && "suffix" in range) {
      const { info, offset, length } = await this.#suffix(key, range.suffix, call);
      if (length === 0) return nothing(info, offset);
      return pinned(info, call, (pinnedCall) =>
        operations.readBytes(key, { offset, length }, limit, pinnedCall, allocate),
      );
    }
    // The hot path: what goes wrong is looked into afterwards.
    try {
      return await operations.readBytes(key, range ?? START, limit, call, allocate);
    } catch (error) {
      const fail = (): Promise<never> => Promise.reject(error);
      if (range !== undefined) return this.#judged(key, call, fail);
      return this.#orEmpty(key, call, fail, (info) => nothing(info, 0));
    }
  }

  async readInto(key: string, offset: number, target: Uint8Array, call: DriverReadCall): Promise<DriverReadInto> {
    const read = (): Promise<DriverReadInto> => this.#operations.readInto(key, offset, target, call);
    if (offset > 0) return this.#judged(key, call, read);
    return this.#orEmpty(key, call, read, (info) => ({ info, bytesRead: 0 }));
  }

  write(key: string, body: WriteBody, call: DriverWriteCall): Promise<DriverWritten> {
    return this.#operations.putBlob(key, body, call);
  }

  list(call: DriverListCall): AsyncIterable<DriverListPage> {
    return listPages(this.#operations, call);
  }

  delete(key: string, call: DriverDeleteCall): Promise<void> {
    return this.#operations.deleteBlob(key, call);
  }

  async deleteMany(keys: readonly string[], call: DriverCall): Promise<readonly (Error | undefined)[]> {
    const refused = new Map(keys.map((key) => [key, this.#operations.refusal(key)]));
    const sendable = keys.filter((key) => refused.get(key) === undefined);
    const failures = sendable.length === 0 ? new Map<string, Error>() : await this.#deletions.run(sendable, call);
    return keys.map((key) => refused.get(key) ?? failures.get(key));
  }

  async copyFrom(
    source: StoreDriver,
    sourceKey: string,
    key: string,
    call: DriverCopyCall,
  ): Promise<(DriverWritten & { readonly info?: DriverInfo }) | undefined> {
    if (!(source instanceof AzureDriver)) return undefined;
    const { sourceIfMatch } = call;
    const conditions = sourceIfMatch === undefined ? undefined : { ifMatch: sourceIfMatch };
    const reading = {
      signal: call.signal,
      timeouts: call.timeouts,
      native: undefined,
      versionId: undefined,
      conditions,
    };
    const info = await source.stat(sourceKey, reading);
    const { clients, connection } = source.#parts;
    return copyInService({ clients, connection, key: sourceKey, info }, this.#parts, key, call, this.#parts.accessTier);
  }

  presign(key: string, call: DriverPresignCall): Promise<PresignedRequest> {
    return this.#presigner.presign(key, call);
  }

  containerExists(call: DriverCall): Promise<boolean> {
    return containerExists(this.#parts.clients, call);
  }

  close(): Promise<void> {
    return this.#operations.close();
  }

  /** A missing object is `NotFound` before any condition is judged; not every service of this kind keeps that order. */
  async #judged<Answer>(key: string, call: DriverReadCall, read: () => Promise<Answer>): Promise<Answer> {
    try {
      return await read();
    } catch (error) {
      if (call.conditions !== undefined && isStoreError(error) && error.code === "PreconditionFailed") {
        await this.#operations.stat(key, { ...call, conditions: undefined });
      }
      throw error;
    }
  }

  /** A read of everything: the service has no range of an empty object, so `InvalidRange` may be one. */
  async #orEmpty<Answer>(
    key: string,
    call: DriverReadCall,
    read: () => Promise<Answer>,
    empty: (info: DriverInfo) => Answer,
  ): Promise<Answer> {
    try {
      return await this.#judged(key, call, read);
    } catch (error) {
      if (!(isStoreError(error) && error.code === "InvalidRange")) throw error;
      const info = await this.stat(key, call);
      if (info.size === 0) return empty(info);
      throw error;
    }
  }

  /** Azure knows no suffix: where it begins takes a stat, which also judges the conditions. */
  async #suffix(
    key: string,
    suffix: number,
    call: DriverReadCall,
  ): Promise<{ readonly info: DriverInfo; readonly offset: number; readonly length: number }> {
    const info = await this.stat(key, call);
    const length = Math.min(suffix, info.size);
    return { info, offset: info.size - length, length };
  }
}

/** The read after a stat, of the very object that was seen. One that was replaced in between is worth another attempt. */
async function pinned<Answer>(
  info: DriverInfo,
  call: DriverReadCall,
  read: (call: DriverReadCall) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await read({ ...call, conditions: { ifMatch: info.etag } });
  } catch (error) {
    if (!(isStoreError(error) && error.code === "PreconditionFailed")) throw error;
    throw new StoreError({
      code: "Unavailable",
      message: "the object was replaced while its end was looked for",
      cause: error,
    });
  }
}

function nothing(info: DriverInfo, offset: number): DriverBytes {
  return { info, range: { offset, length: 0 }, bytes: new Uint8Array(0) };
}

async function* noChunks(): AsyncGenerator<Uint8Array, undefined, undefined> {
  return undefined;
}
