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
import { headerValue, integerHeader, parseContentRange } from "@stowage/http";
import type { BodyPlan, ResponseHead } from "@stowage/http";
import { infoFromHeaders } from "../attributes/headers.js";
import type { Header } from "../auth/signer.js";
import type { OffsetRange } from "../driver/operations.js";
import { failure } from "../errors/failure.js";
import { callOptions } from "../options/call-options.js";
import { readConditionHeaders } from "./conditions.js";
import type { WireClient, WireRequest } from "./wire-client.js";

export async function statBlob(client: WireClient, key: string, call: DriverReadCall): Promise<DriverInfo> {
  const response = await client.send(
    {
      method: "HEAD",
      key,
      headers: readConditionHeaders(call.conditions),
      serviceHeaders: leaseHeaders(call),
      replayable: true,
    },
    call,
  );
  return infoFromHeaders(response.headers, integerHeader(response.headers, "content-length") ?? 0);
}

export async function readBytes(
  client: WireClient,
  key: string,
  range: OffsetRange,
  limit: number,
  call: DriverReadCall,
  allocate: ((byteLength: number) => Bytes) | undefined,
): Promise<DriverBytes> {
  const most = Math.min(range.length ?? limit, limit);
  let served: Served | undefined;
  let memory: Bytes | undefined;
  const response = client.accepted(
    await client.exchange(
      getRequest(key, { offset: range.offset, length: most }, call, (head) => {
        served = servedBy(head);
        const { length } = served.range;
        if (length > most) throw ignoredRange();
        memory = allocate?.(length) ?? new Uint8Array(length);
        return memory;
      }),
      call,
    ),
    undefined,
  );
  const { size, range: got } = known(served);
  const bytes = memory ?? response.bytes;
  checkLength(response.received, got.length);
  return { info: infoFromHeaders(response.headers, size), range: got, bytes };
}

export async function readInto(
  client: WireClient,
  key: string,
  offset: number,
  target: Uint8Array,
  call: DriverReadCall,
): Promise<DriverReadInto> {
  let served: Served | undefined;
  const response = client.accepted(
    await client.exchange(
      getRequest(key, { offset, length: target.byteLength }, call, (head) => {
        served = servedBy(head);
        if (served.range.offset !== offset || served.range.length > target.byteLength) throw ignoredRange();
        return target;
      }),
      call,
    ),
    undefined,
  );
  const { size, range } = known(served);
  checkLength(response.received, range.length);
  return { info: infoFromHeaders(response.headers, size), bytesRead: response.received };
}

export async function readStream(
  client: WireClient,
  key: string,
  range: OffsetRange | undefined,
  call: DriverReadCall,
): Promise<DriverRead> {
  let served: Served | undefined;
  const response = await client.send(
    getRequest(key, range, call, (head) => {
      served = servedBy(head);
      return "stream";
    }),
    call,
  );
  const { size, range: got } = known(served);
  if (response.body === undefined) throw new StoreError({ code: "Internal", message: "the answer has no body" });
  return { info: infoFromHeaders(response.headers, size), range: got, chunks: response.body };
}

interface Served {
  readonly size: number;
  readonly range: ServedRange;
}

/** What an answer holds, read off its head before its body goes anywhere. */
function servedBy(head: ResponseHead): Served {
  const length = integerHeader(head.headers, "content-length");
  if (head.status !== 206) {
    if (length === undefined)
      throw new StoreError({ code: "Unavailable", message: "the answer does not tell its length" });
    return { size: length, range: { offset: 0, length } };
  }
  const range = parseContentRange(headerValue(head.headers, "content-range"));
  if (range?.offset !== undefined && range.length !== undefined && range.size !== undefined) {
    return { size: range.size, range: { offset: range.offset, length: range.length } };
  }
  // Azurite answers a range that begins where the object ends with 206 and no bytes; Azure with 416.
  if (length === 0) {
    throw failure({
      status: 416,
      code: "InvalidRange",
      message: undefined,
      requestId: undefined,
      retryAfterMs: undefined,
    });
  }
  throw new StoreError({ code: "Unavailable", message: "the answer does not tell which range it holds" });
}

/** One literal, nothing spread into it: a small read pays for every copy. */
function getRequest(
  key: string,
  range: OffsetRange | undefined,
  call: DriverReadCall,
  receive: (head: ResponseHead) => BodyPlan,
): WireRequest {
  const headers = readConditionHeaders(call.conditions);
  if (range !== undefined) headers.push(["range", rangeHeader(range)]);
  return { method: "GET", key, headers, serviceHeaders: leaseHeaders(call), receive, replayable: true };
}

function rangeHeader({ offset, length }: OffsetRange): string {
  return length === undefined ? `bytes=${offset}-` : `bytes=${offset}-${offset + length - 1}`;
}

const NO_HEADERS: readonly Header[] = [];

function leaseHeaders(call: DriverReadCall): readonly Header[] {
  if (call.native === undefined) return NO_HEADERS;
  const { leaseId } = callOptions(call.native);
  return leaseId === undefined ? NO_HEADERS : [["x-ms-lease-id", leaseId]];
}

function known(served: Served | undefined): Served {
  if (served === undefined) throw new StoreError({ code: "Internal", message: "the answer had no head" });
  return served;
}

function checkLength(received: number, announced: number): void {
  if (received === announced) return;
  throw new StoreError({ code: "Unavailable", message: `the answer ended after ${received} of ${announced} bytes` });
}

function ignoredRange(): StoreError {
  return new StoreError({
    code: "Internal",
    message: "the service answered another range than was asked for",
    retryable: false,
  });
}
