import { hash } from "node:crypto";
import { S3_CLOCK_SKEW_MAX_MS } from "@stowage/core";
import type { HttpResponse } from "@stowage/http";
import { encodePath, headerValue, isLoopback, parseDate } from "@stowage/http";
import type { S3Connection } from "../connection/connection.js";
import { readFailure } from "../errors/failure.js";
import { canonicalQuery } from "../signing/canonical-query.js";
import type { Credentials } from "../signing/credentials.js";
import { EMPTY_PAYLOAD, signatureHeaders, UNSIGNED_PAYLOAD } from "../signing/signature.js";
import { VERSION } from "../version.js";
import type { S3Request, S3Requester } from "./request.js";

const USER_AGENT = ["user-agent", `stowage-store-s3/${VERSION}`];

/**
 * The data path: addresses, signs and sends without the SDK. What the service corrects is corrected once and remembered: the
 * bucket's region (only by the SDK's own endpoint rules, so that credentials never go to a host that an answer names) and the
 * clock. Such refusals have changed nothing, so the request is sent again unless its body is gone.
 */
export class DirectRequester implements S3Requester {
  readonly #connection: S3Connection;
  readonly #commonHeaders: readonly string[];
  readonly #hashesPayload: boolean;

  constructor(connection: S3Connection) {
    this.#connection = connection;
    const { requesterPays, expectedBucketOwner, signPayload = "auto" } = connection.options;
    this.#commonHeaders = [
      ...(requesterPays === true ? ["x-amz-request-payer", "requester"] : []),
      ...(expectedBucketOwner === undefined ? [] : ["x-amz-expected-bucket-owner", expectedBucketOwner]),
    ];
    const { origin, hostname } = connection.address;
    // Nobody reads along on the machine's own loopback device.
    const readable = origin.startsWith("http:") && !isLoopback(hostname);
    this.#hashesPayload = signPayload === "always" || (signPayload === "auto" && readable);
  }

  async send(request: S3Request): Promise<HttpResponse> {
    const connection = this.#connection;
    const answer = await this.#once(request);
    if (answer.status < 300 || answer.status === 304 || answer.status === 404) return answer;
    if (!(await this.#correct(answer)) || (request.body !== undefined && !(request.body instanceof Uint8Array)))
      return answer;
    request.call.signal?.throwIfAborted();
    return connection.usesSdk ? answer : await this.#once(request);
  }

  async #once(request: S3Request): Promise<HttpResponse> {
    const connection = this.#connection;
    const { call, receive } = request;
    const now = Date.now();
    const anonymous = connection.options.anonymous === true;
    const credentials = anonymous
      ? undefined
      : (connection.currentCredentials(now) ?? (await connection.loadCredentials()));
    const { address } = connection;
    const path = request.key === undefined ? address.basePath || "/" : `${address.basePath}/${encodePath(request.key)}`;
    const query = canonicalQuery(request.query);
    const headers = this.#commonHeaders.length === 0 ? request.headers : [...request.headers, ...this.#commonHeaders];
    const signed = credentials === undefined ? [] : this.#sign(request, path, query, headers, credentials, now);
    return await connection.transport.send({
      method: request.method,
      origin: address.origin,
      target: query === "" ? path : `${path}?${query}`,
      headers: [...headers, ...signed, ...USER_AGENT],
      body: request.body,
      receive: (head) => (head.status >= 300 ? "collect" : receive(head)),
      collectMax: request.collectMax,
      replayable: request.replayable,
      timeouts: call.timeouts,
      onSent: request.onSent,
      signal: call.signal,
    });
  }

  #sign(
    request: S3Request,
    path: string,
    query: string,
    headers: readonly string[],
    credentials: Credentials,
    now: number,
  ): string[] {
    const { address, clockOffsetMs } = this.#connection;
    const { method, body } = request;
    const signable = { method, path, query, host: address.host, headers, payloadHash: this.#payloadHash(body) };
    return signatureHeaders(signable, credentials, address.scope, now + clockOffsetMs);
  }

  #payloadHash(body: S3Request["body"]): string {
    if (body === undefined) return EMPTY_PAYLOAD;
    if (!(body instanceof Uint8Array) || !this.#hashesPayload) return UNSIGNED_PAYLOAD;
    return hash("sha256", body);
  }

  /** Learns from a refusal; true when the same request may now fare better. */
  async #correct(answer: HttpResponse): Promise<boolean> {
    const connection = this.#connection;
    const failure = readFailure(answer);
    if (failure.code === "ExpiredToken" || failure.code === "TokenRefreshRequired") {
      connection.expireCredentials();
      return false;
    }
    if (failure.code === "RequestTimeTooSkewed") return this.#learnClock(answer);
    const { region } = failure;
    if (region === undefined || region === connection.address.scope.region) return false;
    if (![301, 307, 400, 403].includes(answer.status)) return false;
    await connection.learnRegion(region);
    return true;
  }

  #learnClock(answer: HttpResponse): boolean {
    const connection = this.#connection;
    const theirs = parseDate(headerValue(answer.headers, "date"));
    if (theirs === undefined) return false;
    const offset = theirs.getTime() - Date.now();
    if (Math.abs(offset - connection.clockOffsetMs) < S3_CLOCK_SKEW_MAX_MS / 2) return false;
    connection.clockOffsetMs = offset;
    return true;
  }
}
