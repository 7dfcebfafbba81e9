import type { HttpResponse } from "@stowage/http";
import { Readable } from "node:stream";
import type { S3Connection } from "../connection/connection.js";
import { sdkFailure } from "../errors/sdk-error.js";
import { readFailure } from "../errors/failure.js";
import { hashesPayload } from "../signing/payload-rule.js";
import { UNSIGNED_PAYLOAD } from "../signing/signature.js";
import { correct, signedBySdkWith } from "./correct.js";
import { sendOptions } from "./send-options.js";
import { isRepeatable } from "./request.js";
import type { S3Request, S3Requester } from "./request.js";
import { receiveFromSdk } from "./sdk-response.js";
import type { RawResponse } from "./sdk-response.js";
import { sendVehicle } from "./sdk-vehicle.js";
import type { Vehicle } from "./sdk-vehicle.js";

/** What the SDK's middleware sees of a request before it is signed. */
interface MutableRequest {
  readonly protocol: string;
  readonly hostname: string;
  headers: Record<string, string>;
  query: Record<string, string | string[] | null>;
  body: unknown;
}

/**
 * The same requests through the AWS SDK: its client (the user's own, maybe) addresses, signs and sends them with whatever
 * middleware, handler and proxy it has. The SDK's command is the vehicle; headers and query are put in before it signs, and the
 * service's answer is read as it came, so that both ways mean the same by construction.
 */
export class SdkRequester implements S3Requester {
  readonly #connection: S3Connection;

  constructor(connection: S3Connection) {
    this.#connection = connection;
  }

  async send(request: S3Request): Promise<HttpResponse> {
    const connection = this.#connection;
    const sent = signedBySdkWith(connection);
    let answer = await this.#once(request);
    if (answer.status >= 300 && (await correct(connection, readFailure(answer), sent)) && isRepeatable(request))
      answer = await this.#once(request);
    request.onSent?.(bodySize(request));
    return answer;
  }

  async #once(request: S3Request): Promise<HttpResponse> {
    const { signal } = request.call;
    signal?.throwIfAborted();
    const connection = this.#connection;
    await connection.renewCredentials();
    const { client, sdk, bucket } = connection;
    let answer: HttpResponse | undefined;
    const vehicle: Vehicle = {
      client,
      sdk,
      bucket,
      options: sendOptions(request.call),
      build: (next) => async (args) => {
        if (isMutableRequest(args.request)) fill(args.request, request, connection);
        return await next(args);
      },
      answer: (next) => async (args) => {
        answer = undefined;
        const result = await next(args);
        if (!isRawResponse(result.response)) return result;
        answer = await receiveFromSdk(result.response, request);
        // The SDK parses what is left: errors, which its own middleware acts on; bodies of successes are taken.
        result.response.body = Readable.from(answer.status >= 300 ? [Buffer.from(answer.bytes)] : [], {
          objectMode: false,
        });
        return result;
      },
    };
    try {
      await sendVehicle(vehicle, request);
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      // An answer is an answer, whatever the SDK made of it.
      if (answer === undefined) throw sdkFailure(error, connection.address.origin);
    }
    if (answer === undefined) throw sdkFailure(new Error("the AWS SDK gave no answer"), connection.address.origin);
    return answer;
  }
}

function bodySize({ body }: S3Request): number {
  return body === undefined ? 0 : body instanceof Uint8Array ? body.byteLength : body.length;
}

function fill(target: MutableRequest, request: S3Request, connection: S3Connection): void {
  for (let i = 0; i < request.headers.length; i += 2) {
    target.headers[request.headers[i] ?? ""] = request.headers[i + 1] ?? "";
  }
  for (const [name, value] of request.query) target.query[name] = value;
  const { requesterPays, expectedBucketOwner, anonymous } = connection.options;
  if (requesterPays === true) target.headers["x-amz-request-payer"] = "requester";
  if (expectedBucketOwner !== undefined) target.headers["x-amz-expected-bucket-owner"] = expectedBucketOwner;
  // The SDK hashes every body in memory that has no such header; what it streams it does not.
  if (
    request.body instanceof Uint8Array &&
    anonymous !== true &&
    !hashesPayload(connection.options, target.protocol, target.hostname)
  )
    target.headers["x-amz-content-sha256"] ??= UNSIGNED_PAYLOAD;
  // Only a batch delete has a body that the vehicle does not carry already.
  if (request.operation === "DeleteObjects") target.body = request.body;
}

function isMutableRequest(value: unknown): value is MutableRequest {
  if (typeof value !== "object" || value === null || !("headers" in value && "query" in value)) return false;
  return (
    "protocol" in value &&
    typeof value.protocol === "string" &&
    "hostname" in value &&
    typeof value.hostname === "string"
  );
}

function isRawResponse(value: unknown): value is RawResponse {
  return typeof value === "object" && value !== null && "statusCode" in value && "headers" in value;
}
