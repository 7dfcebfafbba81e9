import type {
  DriverCall,
  DriverPart,
  DriverUpload,
  DriverWriteCall,
  DriverWritten,
  WriteBody,
  WriteConditions,
} from "@stowage/core";
import { StoreError } from "@stowage/core";
import { headerValue, unquoteEtag } from "@stowage/http";
import type { HttpResponse, StreamedRequestBody } from "@stowage/http";
import { callOptions, customerKeyHeaders, writeOptionHeaders } from "../call-options.js";
import { meaningOf } from "../errors/error-table.js";
import type { storeError } from "../errors/error-table.js";
import { readFailure } from "../errors/failure.js";
import type { ServiceFailure } from "../errors/failure.js";
import { collect, NO_QUERY } from "../requests/request.js";
import { attributeHeaders } from "./attribute-headers.js";
import type { Bucket } from "./bucket.js";
import { checksumHeader } from "./checksum-policy.js";
import type { ChecksumPolicy } from "./checksum-policy.js";
import { writeConditionHeaders } from "./condition-headers.js";
import { uploadIdParts } from "./upload-id.js";

const NO_HEADERS: readonly string[] = [];
const CUSTOMER_KEY = "x-amz-server-side-encryption-customer-";

/** PUT of objects and of parts. */
export class ObjectWriter {
  readonly #bucket: Bucket;
  readonly #checksums: ChecksumPolicy;
  readonly #bareEtag: boolean;

  constructor(bucket: Bucket, checksums: ChecksumPolicy, bareEtag: boolean) {
    this.#bucket = bucket;
    this.#checksums = checksums;
    this.#bareEtag = bareEtag;
  }

  async put(key: string, body: WriteBody, call: DriverWriteCall): Promise<DriverWritten> {
    const options = callOptions(call.native);
    const headers = attributeHeaders(call.attributes);
    if (call.conditions !== undefined) headers.push(...writeConditionHeaders(call.conditions, this.#bareEtag));
    if (call.native !== undefined) headers.push(...writeOptionHeaders(options));
    const checksums =
      body.bytes === undefined ? NO_HEADERS : this.#checksums.forPut(body.bytes, options.checksumAlgorithm);
    const size = sizeOf(body);
    let answer = await this.#sendObject(key, checksums.length === 0 ? headers : [...headers, ...checksums], body, call);
    const failure = answer.status >= 300 ? readFailure(answer) : undefined;
    const refused = this.#checksums.learn(answer, checksums, failure?.code, failure?.message);
    if (refused && body.bytes !== undefined) answer = await this.#sendObject(key, headers, body, call);
    if (answer.status >= 300) {
      throw await this.#bucket.failure(answer, call, conditionOutcome(readFailure(answer), call.conditions));
    }
    this.#bucket.seen();
    return written(answer, size);
  }

  async putPart(upload: DriverUpload, partNumber: number, body: WriteBody, call: DriverCall): Promise<DriverPart> {
    const { uploadId, algorithm } = uploadIdParts(upload.id);
    const checksums = body.bytes === undefined ? [] : this.#checksums.forPart(body.bytes, algorithm);
    const answer = await this.#bucket.requester.send({
      operation: "UploadPart",
      method: "PUT",
      key: upload.key,
      query: [
        ["partNumber", String(partNumber)],
        ["uploadId", uploadId],
      ],
      headers: [...checksums, ...customerKeyHeaders(callOptions(call.native), CUSTOMER_KEY)],
      body: bodyOf(body),
      receive: collect,
      replayable: true,
      call,
    });
    if (answer.status >= 300) throw await this.#bucket.failure(answer, call);
    const { size, etag } = written(answer, sizeOf(body));
    const checksum = algorithm === undefined ? undefined : checksums[checksums.indexOf(checksumHeader(algorithm)) + 1];
    return { partNumber, size, etag, ...(checksum === undefined ? {} : { native: { checksum } }) };
  }

  // oxlint-disable-next-line typescript/promise-function-async -- the requester's own promise
  #sendObject(key: string, headers: readonly string[], body: WriteBody, call: DriverWriteCall): Promise<HttpResponse> {
    return this.#bucket.requester.send({
      operation: "PutObject",
      method: "PUT",
      key,
      query: NO_QUERY,
      headers,
      body: bodyOf(body),
      receive: collect,
      // A condition judges its own result when the request is repeated after an unknown outcome.
      replayable: call.conditions === undefined,
      onSent: call.onBytes,
      call,
    });
  }
}

function bodyOf(body: WriteBody): Uint8Array | StreamedRequestBody {
  return body.bytes ?? { chunks: body.chunks(), length: sizeOf(body) };
}

/** What a failed condition is called. S3 answers 404 to an `If-Match` of a missing object. */
export function conditionOutcome(
  failure: ServiceFailure,
  conditions: WriteConditions | undefined,
): Parameters<typeof storeError>[1] {
  if (conditions === undefined) return undefined;
  const { code } = meaningOf(failure);
  if (code === "PreconditionFailed" && conditions.ifNoneMatch !== undefined) return { code: "AlreadyExists" };
  if (failure.code === "NoSuchKey" && conditions.ifMatch !== undefined) return { code: "PreconditionFailed" };
  return undefined;
}

function written(answer: HttpResponse, size: number): DriverWritten {
  const etag = headerValue(answer.headers, "etag");
  if (etag === undefined) {
    throw new StoreError({
      code: "Internal",
      message: "the service answered a write without an ETag",
      committed: "unknown",
    });
  }
  const versionId = headerValue(answer.headers, "x-amz-version-id");
  return versionId === undefined || versionId === "null"
    ? { size, etag: unquoteEtag(etag) }
    : { size, etag: unquoteEtag(etag), versionId };
}

function sizeOf(body: WriteBody): number {
  const size = body.bytes?.byteLength ?? body.size;
  if (size === undefined)
    throw new StoreError({ code: "Unsupported", message: "S3 needs the size of a body", capability: "putStream" });
  return size;
}
