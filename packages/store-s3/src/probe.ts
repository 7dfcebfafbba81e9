import { randomUUID } from "node:crypto";
import { isStoreError, StoreError, TRANSFER_DEFAULTS } from "@stowage/core";
import type { DriverCall, DriverUpload } from "@stowage/core";
import type { HttpResponse } from "@stowage/http";
import { headerValue, quoteEtag, unquoteEtag } from "@stowage/http";
import { openConnection } from "./open-connection.js";
import { Bucket } from "./operations/bucket.js";
import { ChecksumPolicy } from "./operations/checksum-policy.js";
import { copyObject } from "./operations/copy.js";
import { COPY_LIMITS } from "./operations/copy.js";
import { abort, begin, complete, multipartDriver } from "./operations/multipart.js";
import type { MultipartContext } from "./operations/multipart.js";
import { ObjectReader } from "./operations/read.js";
import { ObjectWriter } from "./operations/write.js";
import type { S3Features, S3StoreOptions } from "./options.js";
import { DirectRequester } from "./requests/direct-requester.js";
import { collect } from "./requests/request.js";
import type { S3Request } from "./requests/request.js";
import { SdkRequester } from "./requests/sdk-requester.js";
import { servicePreset } from "./services.js";
import { parseS3Uri } from "./uri.js";

/** Racing creators of one object; exactly one may win. */
const RACERS = 8;

/**
 * Finds out what a service does, by trying: writes a few small objects under a random key of the bucket and removes them. The
 * answer is meant to be kept and given as the option `features`. Throws what any operation throws (`ContainerNotFound`,
 * `PermissionDenied` …). A race that came out right is evidence of atomicity, not proof.
 */
export async function probe(
  uri: string,
  options: S3StoreOptions = {},
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Required<S3Features>> {
  const { container, key: prefix } = parseS3Uri(uri, "store");
  const connection = await openConnection(container, options, TRANSFER_DEFAULTS.timeouts);
  try {
    const requester = connection.usesSdk ? new SdkRequester(connection) : new DirectRequester(connection);
    const bucket = new Bucket(connection, requester);
    const checksums = new ChecksumPolicy({ checksums: "off" }, false);
    const preset = {
      ...servicePreset(connection.service, undefined),
      conditionalComplete: true,
      listParts: true,
      listUploads: true,
    };
    const writer = new ObjectWriter(bucket, checksums, preset.unquotedWriteEtag);
    const reader = new ObjectReader(bucket, checksums);
    const context = { bucket, reader, writer, checksums, preset, copyLimits: COPY_LIMITS };
    const call = { signal, timeouts: TRANSFER_DEFAULTS.timeouts, native: undefined };
    return await new Probe(context, `${prefix}.stowage-probe-${randomUUID()}`, call).run();
  } finally {
    await connection.close();
  }
}

class Probe {
  readonly #context: MultipartContext;
  readonly #key: string;
  readonly #call: DriverCall;

  constructor(context: MultipartContext, key: string, call: DriverCall) {
    this.#context = context;
    this.#key = key;
    this.#call = call;
  }

  async run(): Promise<Required<S3Features>> {
    const first = await this.#put([]);
    if (first.status >= 300) throw await this.#context.bucket.failure(first, this.#call);
    try {
      const { createContainer, unequalParts } = this.#context.preset;
      const createOnly = await this.#createOnly();
      const multipart = await this.#multipart();
      return {
        createOnly,
        replaceIf: await this.#replaceIf(),
        copyCreateOnly: await this.#copyCreateOnly(),
        deleteIf: await this.#deleteIf(),
        versions: await this.#refusesVersions(),
        checksums: (await this.#put(["x-amz-checksum-crc32", "AAAAAA=="])).status === 400,
        ...multipart,
        unequalParts,
        createContainer,
      };
    } finally {
      await this.#send({ operation: "DeleteObject", method: "DELETE", key: this.#key }).catch(() => undefined);
    }
  }

  async #createOnly(): Promise<boolean> {
    if ((await this.#put(["if-none-match", "*"])).status !== 412) return false;
    const key = `${this.#key}-race`;
    const racers = Array.from({ length: RACERS }, () => this.#put(["if-none-match", "*"], key));
    const answers = await Promise.all(racers);
    await this.#send({ operation: "DeleteObject", method: "DELETE", key });
    return answers.filter((answer) => answer.status < 300).length === 1;
  }

  async #replaceIf(): Promise<boolean> {
    const etag = unquoteEtag(headerValue((await this.#put([])).headers, "etag") ?? "");
    const { unquotedWriteEtag } = this.#context.preset;
    const written = (tag: string): string => (unquotedWriteEtag ? tag : quoteEtag(tag));
    const stale = await this.#put(["if-match", written("00000000000000000000000000000000")]);
    const current = await this.#put(["if-match", written(etag)]);
    return stale.status === 412 && current.status < 300;
  }

  async #deleteIf(): Promise<boolean> {
    const headers = ["if-match", quoteEtag("00000000000000000000000000000000")];
    const answer = await this.#send({ operation: "DeleteObject", method: "DELETE", key: this.#key, headers });
    if (answer.status < 300) await this.#put([]);
    return answer.status === 412;
  }

  async #copyCreateOnly(): Promise<boolean> {
    const target = `${this.#key}-copy`;
    await this.#put([], target);
    try {
      const { bucket, reader } = this.#context;
      const info = await reader.stat(this.#key, { ...this.#call, conditions: undefined, versionId: undefined });
      const copy = { sourceIfMatch: undefined, sourceVersionId: undefined, attributes: undefined };
      const call = { ...this.#call, ...copy, conditions: { ifNoneMatch: "*" as const } };
      return await refused(copyObject(this.#context, { bucket, key: this.#key, info }, target, call));
    } finally {
      await this.#send({ operation: "DeleteObject", method: "DELETE", key: target });
    }
  }

  /** A version that cannot be: a service that knows versions refuses it, one that does not answers the object. */
  async #refusesVersions(): Promise<boolean> {
    const query = [["versionId", "stowage-no-such-version"]] as const;
    return (await this.#send({ operation: "HeadObject", method: "HEAD", key: this.#key, query })).status >= 400;
  }

  async #multipart(): Promise<{ conditionalComplete: boolean; listParts: boolean; listUploads: boolean }> {
    const attributes = { metadata: {} };
    const { id } = await begin(this.#context, this.#key, { ...this.#call, attributes });
    const upload: DriverUpload = { key: this.#key, id, partSize: 1, attributes };
    try {
      const driver = multipartDriver(this.#context);
      const part = await this.#context.writer.putPart(upload, 1, oneByte, this.#call);
      const listParts = await supported(async () => driver.listParts?.(upload, this.#call));
      const listUploads = await supported(async () => {
        for await (const _ of driver.listUploads?.({ ...this.#call, prefix: this.#key }) ?? []) return;
      });
      const conditions = { ifNoneMatch: "*" as const };
      const conditionalComplete = await refused(complete(this.#context, upload, [part], { ...this.#call, conditions }));
      return { conditionalComplete, listParts, listUploads };
    } finally {
      await abort(this.#context.bucket, upload, this.#call).catch(() => undefined);
    }
  }

  async #put(headers: readonly string[], key: string = this.#key): Promise<HttpResponse> {
    return await this.#send({ operation: "PutObject", method: "PUT", key, headers, body: oneByte.bytes });
  }

  async #send(request: Pick<S3Request, "operation" | "method" | "key"> & Partial<S3Request>): Promise<HttpResponse> {
    const { requester } = this.#context.bucket;
    return await requester.send({
      query: [],
      headers: [],
      receive: collect,
      replayable: false,
      call: this.#call,
      ...request,
    });
  }
}

const bytes = new Uint8Array([1]);
const oneByte = {
  size: 1,
  bytes,
  replayable: true,
  async *chunks(): AsyncGenerator<Uint8Array> {
    yield bytes;
  },
};

/** Was the operation refused because something is there? Another failure is one. */
async function refused(operation: Promise<unknown>): Promise<boolean> {
  try {
    await operation;
    return false;
  } catch (error) {
    if (!isStoreError(error)) throw error;
    if (error.code === "AlreadyExists" || error.code === "PreconditionFailed") return true;
    if (error.code === "Unsupported" || error.code === "InvalidArgument") return false;
    throw error;
  }
}

async function supported(operation: () => Promise<unknown>): Promise<boolean> {
  try {
    await operation();
    return true;
  } catch (error) {
    if (error instanceof StoreError && ["Unsupported", "InvalidArgument", "Unavailable"].includes(error.code))
      return false;
    throw error;
  }
}
