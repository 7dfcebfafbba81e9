import {
  S3_OBJECT_SIZE_MAX,
  S3_PART_SIZE_MAX,
  S3_PART_SIZE_MIN,
  S3_PARTS_MAX,
  S3_SINGLE_PUT_MAX,
  DELETE_BATCH_DEFAULT,
} from "@stowage/core";
import { S3_LIST_PAGE_MAX, unwrapPrefix } from "@stowage/core";
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
  Feature,
  MultipartDriver,
  PresignedRequest,
  StoreDriver,
  WriteBody,
} from "@stowage/core";
import type { S3Connection } from "./connection/connection.js";
import { servicePlace } from "./connection/service-place.js";
import { Bucket } from "./operations/bucket.js";
import { ChecksumPolicy } from "./operations/checksum-policy.js";
import { COPY_LIMITS, copyObject, sourceCall } from "./operations/copy.js";
import type { CopyLimits } from "./operations/copy.js";
import { deleteObject, deleteObjects } from "./operations/delete.js";
import { listPages } from "./operations/list.js";
import { multipartDriver } from "./operations/multipart.js";
import type { MultipartContext } from "./operations/multipart.js";
import { presign } from "./operations/presign.js";
import { ObjectReader } from "./operations/read.js";
import { ObjectWriter } from "./operations/write.js";
import type { S3StoreOptions } from "./options.js";
import { DirectRequester } from "./requests/direct-requester.js";
import { SdkRequester } from "./requests/sdk-requester.js";
import { servicePreset } from "./services.js";
import type { ServicePreset } from "./services.js";

/** One bucket: operations, put together. Each is described at {@link StoreDriver}. */
export class S3Driver implements StoreDriver {
  readonly capabilities: DriverCapabilities;
  readonly multipart: MultipartDriver;
  readonly endpoint: string;
  readonly #connection: S3Connection;
  readonly #context: MultipartContext;

  constructor(connection: S3Connection, copyLimits: CopyLimits = COPY_LIMITS) {
    const preset = servicePreset(connection.service, connection.options.features);
    const requester = connection.usesSdk ? new SdkRequester(connection) : new DirectRequester(connection);
    const bucket = new Bucket(connection, requester);
    const checksums = new ChecksumPolicy(connection.options, preset.checksums);
    const reader = new ObjectReader(bucket, checksums);
    const writer = new ObjectWriter(bucket, checksums, preset.unquotedWriteEtag);
    this.#connection = connection;
    this.endpoint = servicePlace(connection.service, connection.address, connection.bucket);
    this.#context = { bucket, reader, writer, checksums, preset, copyLimits };
    this.multipart = multipartDriver(this.#context);
    this.capabilities = capabilities(connection, preset);
  }

  stat(key: string, call: DriverReadCall): Promise<DriverInfo> {
    return this.#context.reader.stat(key, call);
  }

  read(key: string, range: ByteRange | undefined, call: DriverReadCall): Promise<DriverRead> {
    return this.#context.reader.open(key, range, call);
  }

  readBytes(
    key: string,
    range: ByteRange | undefined,
    limit: number,
    call: DriverReadCall,
    allocate?: (byteLength: number) => Bytes,
  ): Promise<DriverBytes> {
    return this.#context.reader.bytes(key, range, limit, call, allocate);
  }

  readInto(key: string, offset: number, target: Uint8Array, call: DriverReadCall): Promise<DriverReadInto> {
    return this.#context.reader.into(key, offset, target, call);
  }

  write(key: string, body: WriteBody, call: DriverWriteCall): Promise<DriverWritten> {
    return this.#context.writer.put(key, body, call);
  }

  list(call: DriverListCall): AsyncIterable<DriverListPage> {
    return listPages(this.#context.bucket, call);
  }

  delete(key: string, call: DriverDeleteCall): Promise<void> {
    return deleteObject(this.#context.bucket, key, call);
  }

  deleteMany(keys: readonly string[], call: DriverCall): Promise<readonly (Error | undefined)[]> {
    return deleteObjects(this.#context.bucket, keys, call, this.#context.preset.checksums);
  }

  containerExists(call: DriverCall): Promise<boolean> {
    return this.#context.bucket.exists(call);
  }

  async copyFrom(
    source: StoreDriver,
    sourceKey: string,
    key: string,
    call: DriverCopyCall,
  ): Promise<(DriverWritten & { readonly info?: DriverInfo }) | undefined> {
    const { inner, prefix } = unwrapPrefix(source);
    if (!(inner instanceof S3Driver) || !this.#reaches(inner)) return undefined;
    const from = inner.#context;
    const info = await from.reader.stat(prefix + sourceKey, sourceCall(call));
    const written = await copyObject(this.#context, { bucket: from.bucket, key: prefix + sourceKey, info }, key, call);
    return { ...written, info };
  }

  /** The service copies between its own buckets, when one asker may see both. */
  #reaches(source: S3Driver): boolean {
    if (source === this) return true;
    const [one, other] = [source.#connection.options, this.#connection.options];
    return (
      source.endpoint === this.endpoint &&
      one.credentials === other.credentials &&
      one.client === other.client &&
      identityOf(one) === identityOf(other)
    );
  }

  presign(key: string, call: DriverPresignCall): Promise<PresignedRequest> {
    return presign(this.#connection, key, call);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function identityOf({ accessKeyId = "", profile = "", anonymous = false }: S3StoreOptions): string {
  return JSON.stringify([accessKeyId, profile, anonymous]);
}

function capabilities(connection: S3Connection, preset: ServicePreset): DriverCapabilities {
  const conditional: Partial<Record<Feature, boolean>> = {
    createOnly: preset.createOnly,
    replaceIf: preset.replaceIf,
    deleteIf: preset.deleteIf,
    copyCreateOnly: preset.copyCreateOnly,
    versions: preset.versions,
    listParts: preset.listParts,
    listUploads: preset.listUploads,
    createContainer: preset.createContainer,
    deleteContainer: preset.createContainer,
  };
  const features = Object.keys(conditional).filter(isFeature);
  const directory = connection.bucket.endsWith("--x-s3");
  return {
    native: [...ALWAYS, ...features.filter((name) => conditional[name] === true)],
    // A create-only copy that the service cannot do is core's: it goes the way of put.
    unsupported: features.filter((name) => conditional[name] !== true && name !== "copyCreateOnly"),
    listOrder: directory ? "none" : "utf8",
    delimiters: directory ? "slash" : "any",
    etag: "strong",
    multipart: { concurrent: "independent", abortReclaims: true, unequalParts: preset.unequalParts },
    keys: {
      emptySegments: true,
      trailingSlash: true,
      objectAndPrefix: true,
      distinctSpellings: true,
      serviceKeys: true,
    },
    limits: {
      objectBytes: S3_OBJECT_SIZE_MAX,
      writeBytes: S3_SINGLE_PUT_MAX,
      partBytesMin: S3_PART_SIZE_MIN,
      partBytesMax: S3_PART_SIZE_MAX,
      parts: S3_PARTS_MAX,
      deleteBatch: DELETE_BATCH_DEFAULT,
      listPage: S3_LIST_PAGE_MAX,
    },
    notes: {
      service: connection.service,
      region: connection.region,
      transport: connection.usesSdk ? "sdk" : "direct",
      checksums: connection.options.checksums ?? "auto",
      conditionalComplete: preset.conditionalComplete,
    },
  };
}

const ALWAYS: readonly Feature[] = [
  "conditionalRead",
  "attributes",
  "multipart",
  "getInto",
  "deleteMany",
  "copy",
  "presign",
  "listContainers",
];

function isFeature(name: string): name is Feature {
  return name !== "";
}
