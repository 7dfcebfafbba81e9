import { StoreError } from "@stowage/core";
import type {
  ByteRange,
  Bytes,
  DriverBytes,
  DriverInfo,
  DriverRead,
  DriverReadCall,
  DriverReadInto,
  ServedRange,
} from "@stowage/core";
import { headerValue, integerHeader, parseContentRange } from "@stowage/http";
import type { BodyPlan, HttpResponse, ResponseHead, ResponseHeaders } from "@stowage/http";
import { callOptions, customerKeyHeaders } from "../call-options.js";
import type { QueryPairs } from "../signing/canonical-query.js";
import { collect, NO_QUERY } from "../requests/request.js";
import type { Bucket } from "./bucket.js";
import { expectedChecksum, verifyBytes } from "./checksum-policy.js";
import type { ChecksumPolicy } from "./checksum-policy.js";
import { readConditionHeaders } from "./condition-headers.js";
import { CheckedBody, takeBytes } from "./checked-body.js";
import { objectInfo } from "./object-info.js";

const EMPTY: Bytes = new Uint8Array(0);

/** GET and HEAD of one bucket's objects. */
export class ObjectReader {
  readonly #bucket: Bucket;
  readonly #checksums: ChecksumPolicy;

  constructor(bucket: Bucket, checksums: ChecksumPolicy) {
    this.#bucket = bucket;
    this.#checksums = checksums;
  }

  async stat(key: string, call: DriverReadCall): Promise<DriverInfo> {
    const answer = await this.#bucket.requester.send({
      operation: "HeadObject",
      method: "HEAD",
      key,
      query: versionQuery(call.versionId),
      headers: this.#readHeaders(call, true),
      receive: collect,
      replayable: true,
      call,
    });
    if (answer.status !== 200 && answer.status !== 206) await this.#refused(answer, call);
    this.#bucket.seen();
    this.#expectVersion(answer, call.versionId);
    const size = integerHeader(answer.headers, "content-length");
    if (size === undefined)
      throw new StoreError({ code: "Internal", message: "the service does not tell the object's size" });
    return objectInfo(answer.headers, size);
  }

  async open(key: string, range: ByteRange | undefined, call: DriverReadCall): Promise<DriverRead> {
    const answer = await this.#get(key, range, call, streamSuccess);
    const empty = answer.status === 416 ? await this.#emptySuffix(key, range, call) : undefined;
    if (empty !== undefined) return { info: empty, range: { offset: 0, length: 0 }, chunks: nothing() };
    const { info, served } = await this.#describe(answer, range, key, call);
    const expected = this.#checksums.asksOnRead && answer.status === 200 ? expectedChecksum(answer.headers) : undefined;
    if (answer.body === undefined) return { info, range: { ...served, length: 0 }, chunks: nothing() };
    return { info, range: served, chunks: new CheckedBody(answer.body, served.length, expected) };
  }

  async bytes(
    key: string,
    range: ByteRange | undefined,
    limit: number,
    call: DriverReadCall,
    allocate: (byteLength: number) => Bytes = fresh,
  ): Promise<DriverBytes> {
    const asked = atMost(range, limit);
    let target: Bytes | undefined;
    const answer = await this.#get(key, asked, call, ({ headers, status }) => {
      if (status >= 300) return "collect";
      const length = integerHeader(headers, "content-length");
      const whole = status === 200 && range !== undefined;
      if (length === undefined || length > limit || whole) return "stream";
      target = length === 0 ? EMPTY : allocate(length);
      return target;
    });
    const empty = answer.status === 416 ? await this.#emptySuffix(key, range, call) : undefined;
    if (empty !== undefined) return { info: empty, range: { offset: 0, length: 0 }, bytes: new Uint8Array(0) };
    const { info, served } = await this.#describe(answer, range, key, call);
    if (target !== undefined) {
      if (answer.received !== target.byteLength) throw short(answer.received, target.byteLength);
      if (answer.status === 200)
        verifyBytes(target, this.#checksums.asksOnRead ? expectedChecksum(answer.headers) : undefined);
      return { info, range: served, bytes: target };
    }
    if (answer.body === undefined) throw short(0, served.length);
    // Longer than wanted, or a whole object where a range was asked for: take the wanted part and let the rest go.
    const start = startOf(range, info.size);
    const wanted = lengthOf(range, start, info.size);
    const skip = Math.max(0, start - served.offset);
    const length = Math.min(wanted, limit, served.length - skip);
    return { info, range: { offset: start, length }, bytes: await takeBytes(answer.body, skip, allocate(length)) };
  }

  async into(key: string, offset: number, target: Uint8Array, call: DriverReadCall): Promise<DriverReadInto> {
    const range = { offset, length: target.byteLength };
    let direct = false;
    const answer = await this.#get(key, range, call, (head) => {
      if (head.status >= 300) return "collect";
      const length = integerHeader(head.headers, "content-length");
      const start = head.status === 206 ? parseContentRange(headerValue(head.headers, "content-range"))?.offset : 0;
      if (start !== offset || length === undefined || length > target.byteLength) return "stream";
      direct = true;
      return target.subarray(0, length);
    });
    if (answer.status === 416 && offset === 0) {
      const info = await this.stat(key, call);
      if (info.size === 0) return { info, bytesRead: 0 };
    }
    const { info, served } = await this.#describe(answer, range, key, call);
    if (direct) {
      if (answer.received !== served.length) throw short(answer.received, served.length);
      return { info, bytesRead: answer.received };
    }
    if (answer.body === undefined) throw short(0, target.byteLength);
    if (offset >= info.size && offset > 0) {
      answer.body.cancel(undefined);
      throw new StoreError({ code: "InvalidRange", message: `offset ${offset} is not below the size ${info.size}` });
    }
    const length = Math.min(target.byteLength, info.size - offset);
    await takeBytes(answer.body, offset - served.offset, target.subarray(0, length));
    return { info, bytesRead: length };
  }

  // oxlint-disable-next-line typescript/promise-function-async -- the requester's own promise
  #get(
    key: string,
    range: ByteRange | undefined,
    call: DriverReadCall,
    receive: (head: ResponseHead) => BodyPlan,
  ): Promise<HttpResponse> {
    const headers = this.#readHeaders(call, range === undefined);
    if (range !== undefined) headers.push("range", rangeHeader(range));
    const query = versionQuery(call.versionId);
    return this.#bucket.requester.send({
      operation: "GetObject",
      method: "GET",
      key,
      query,
      headers,
      receive,
      replayable: true,
      call,
    });
  }

  #readHeaders({ conditions, native }: DriverReadCall, whole: boolean): string[] {
    const headers = conditions === undefined ? [] : readConditionHeaders(conditions);
    if (native !== undefined)
      headers.push(...customerKeyHeaders(callOptions(native), "x-amz-server-side-encryption-customer-"));
    if (whole && this.#checksums.asksOnRead) headers.push("x-amz-checksum-mode", "ENABLED");
    return headers;
  }

  /** The last bytes of an empty object are none; S3 calls the range invalid instead. */
  async #emptySuffix(key: string, range: ByteRange | undefined, call: DriverReadCall): Promise<DriverInfo | undefined> {
    if (range === undefined || !("suffix" in range)) return undefined;
    const info = await this.stat(key, call);
    return info.size === 0 ? info : undefined;
  }

  /** Throws what a refusal means. */
  async #refused(answer: HttpResponse, call: DriverReadCall): Promise<never> {
    answer.body?.cancel(undefined);
    throw await this.#bucket.failure(answer, call);
  }

  #expectVersion(answer: HttpResponse, versionId: string | undefined): void {
    const got = headerValue(answer.headers, "x-amz-version-id");
    if (versionId === undefined || versionId === got || (versionId === "null" && got === undefined)) return;
    answer.body?.cancel(undefined);
    throw new StoreError({
      code: "Unsupported",
      message: `the service answered version ${got ?? "(none)"} where ${versionId} was asked for`,
      capability: "versions",
    });
  }

  /** Which bytes a successful answer holds, of an object of what size. Rejects for any other answer. */
  // oxlint-disable-next-line typescript/promise-function-async -- mostly told by the answer itself
  #describe(
    answer: HttpResponse,
    range: ByteRange | undefined,
    key: string,
    call: DriverReadCall,
  ): Description | Promise<Description> {
    const { headers, status } = answer;
    if (status !== 200 && status !== 206) return this.#refused(answer, call);
    this.#bucket.seen();
    this.#expectVersion(answer, call.versionId);
    if (status === 200) {
      const size = integerHeader(headers, "content-length");
      return size === undefined
        ? this.#describeAnew(answer, undefined, key, call)
        : described(headers, size, undefined);
    }
    const served = parseContentRange(headerValue(headers, "content-range"));
    if (served?.offset === undefined || served.length === undefined || range === undefined) {
      answer.body?.cancel(undefined);
      throw new StoreError({ code: "Internal", message: "the service answered a range without saying which" });
    }
    const { offset, length, size } = served;
    if (size === undefined) return this.#describeAnew(answer, { offset, length }, key, call);
    return described(headers, size, { offset, length });
  }

  /** An answer that does not tell the object's size: the service is asked. */
  async #describeAnew(
    { headers, body }: HttpResponse,
    served: ServedRange | undefined,
    key: string,
    call: DriverReadCall,
  ): Promise<Description> {
    try {
      return described(headers, (await this.stat(key, call)).size, served);
    } catch (error) {
      body?.cancel(undefined);
      throw error;
    }
  }
}

interface Description {
  readonly info: DriverInfo;
  readonly served: ServedRange;
}

function described(headers: ResponseHeaders, size: number, served: ServedRange | undefined): Description {
  return { info: objectInfo(headers, size), served: served ?? { offset: 0, length: size } };
}

function streamSuccess({ status }: ResponseHead): BodyPlan {
  return status >= 300 ? "collect" : "stream";
}

export function versionQuery(versionId: string | undefined): QueryPairs {
  return versionId === undefined ? NO_QUERY : [["versionId", versionId]];
}

function rangeHeader(range: ByteRange): string {
  if ("suffix" in range) return `bytes=-${range.suffix}`;
  return range.length === undefined
    ? `bytes=${range.offset}-`
    : `bytes=${range.offset}-${range.offset + range.length - 1}`;
}

/** A range from an offset need not be asked for beyond what one answer may hold. */
function atMost(range: ByteRange | undefined, limit: number): ByteRange | undefined {
  if (range === undefined || "suffix" in range) return range;
  return { offset: range.offset, length: Math.min(range.length ?? limit, limit) };
}

function startOf(range: ByteRange | undefined, size: number): number {
  if (range === undefined) return 0;
  return "suffix" in range ? Math.max(0, size - range.suffix) : range.offset;
}

function lengthOf(range: ByteRange | undefined, start: number, size: number): number {
  const rest = size - start;
  if (rest <= 0 && size > 0)
    throw new StoreError({ code: "InvalidRange", message: `offset ${start} is not below the size ${size}` });
  return range === undefined || "suffix" in range ? rest : Math.min(range.length ?? rest, rest);
}

function fresh(byteLength: number): Bytes {
  return new Uint8Array(byteLength);
}

function short(got: number, wanted: number): StoreError {
  return new StoreError({ code: "Unavailable", message: `the answer ended after ${got} of ${wanted} bytes` });
}

async function* nothing(): AsyncGenerator<Uint8Array, undefined, undefined> {
  return undefined;
}
