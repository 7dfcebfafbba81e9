import { StoreError } from "@stowage/core";
import type { BodyStream, HttpResponse, ResponseHeaders } from "@stowage/http";
import { HTTP_COLLECT_MAX } from "@stowage/core";
import { ResponseBody } from "@stowage/http";
import { Readable } from "node:stream";
import type { S3Request } from "./request.js";

/** The service's answer inside the SDK. */
export interface RawResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body?: unknown;
}

const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** Takes the body out of the SDK's answer and puts it where the request wants it. */
export async function receiveFromSdk(raw: RawResponse, request: S3Request): Promise<HttpResponse> {
  const headers: ResponseHeaders = Object.fromEntries(
    Object.entries(raw.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const head = { status: raw.statusCode, headers };
  const plan = head.status >= 300 ? "collect" : request.receive(head);
  const source = toStream(raw.body);
  if (plan === "stream") return { ...head, bytes: NOTHING, received: 0, body: toBody(source) };
  if (plan === "collect") {
    const bytes = await collect(source, request.collectMax ?? HTTP_COLLECT_MAX);
    return { ...head, bytes, received: bytes.byteLength, body: undefined };
  }
  const received = await fill(source, plan);
  return { ...head, bytes: NOTHING, received, body: undefined };
}

/** Handlers of users may give web streams. */
function toStream(body: unknown): Readable {
  if (body === undefined || body === null) return Readable.from([]);
  if (body instanceof Readable) return body;
  if (body instanceof ReadableStream) return Readable.fromWeb(body);
  if (body instanceof Uint8Array || typeof body === "string")
    return Readable.from([Buffer.from(body)], { objectMode: false });
  throw new StoreError({ code: "Internal", message: "the client's request handler gives a body of an unknown kind" });
}

async function collect(source: Readable, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    const bytes = toBytes(chunk);
    size += bytes.byteLength;
    if (size > max) throw tooLong(max);
    chunks.push(bytes);
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return all;
}

async function fill(source: Readable, target: Uint8Array): Promise<number> {
  let offset = 0;
  for await (const chunk of source) {
    const bytes = toBytes(chunk);
    if (offset + bytes.byteLength > target.byteLength) throw tooLong(target.byteLength);
    target.set(bytes, offset);
    offset += bytes.byteLength;
  }
  return offset;
}

function toBody(source: Readable): BodyStream {
  const body = new ResponseBody({
    resume: () => source.resume(),
    cancel: () => source.destroy(),
  });
  source.on("data", (chunk: unknown) => {
    if (!body.push(toBytes(chunk))) source.pause();
  });
  source.on("end", () => body.finish());
  source.on("error", (error) => body.fail(error));
  source.on("close", () =>
    body.fail(new StoreError({ code: "Unavailable", message: "the answer broke off before its end" })),
  );
  return body;
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === "string") return Buffer.from(chunk);
  throw new StoreError({ code: "Internal", message: "the client's request handler gives chunks of an unknown kind" });
}

function tooLong(limit: number): StoreError {
  return new StoreError({
    code: "Internal",
    message: `the service sent more than the ${limit} bytes that were asked for`,
    retryable: false,
  });
}
