import { hash } from "node:crypto";
import type { HttpResponse } from "@stowage/http";
import { encodePath } from "@stowage/http";
import type { S3Connection } from "../connection/connection.js";
import { readFailure } from "../errors/failure.js";
import { canonicalQuery } from "../signing/canonical-query.js";
import type { Credentials } from "../signing/credentials.js";
import { hashesPayload } from "../signing/payload-rule.js";
import { addSignature, EMPTY_PAYLOAD, UNSIGNED_PAYLOAD } from "../signing/signature.js";
import { VERSION } from "../version.js";
import { correct, signedWith } from "./correct.js";
import { isRepeatable } from "./request.js";
import type { S3Request, S3Requester } from "./request.js";

const USER_AGENT = `stowage-store-s3/${VERSION}`;

/**
 * The data path: addresses, signs and sends without the SDK. A request whose refusal taught something is sent once more, unless
 * its body is gone.
 */
export class DirectRequester implements S3Requester {
  readonly #connection: S3Connection;
  readonly #commonHeaders: readonly string[];
  readonly #hashesPayload: boolean;

  constructor(connection: S3Connection) {
    this.#connection = connection;
    const { requesterPays, expectedBucketOwner } = connection.options;
    this.#commonHeaders = [
      ...(requesterPays === true ? ["x-amz-request-payer", "requester"] : []),
      ...(expectedBucketOwner === undefined ? [] : ["x-amz-expected-bucket-owner", expectedBucketOwner]),
    ];
    const { origin, hostname } = connection.address;
    this.#hashesPayload = hashesPayload(connection.options, new URL(origin).protocol, hostname);
  }

  async send(request: S3Request): Promise<HttpResponse> {
    const connection = this.#connection;
    const sent = signedWith(connection);
    const answer = await this.#once(request);
    if (answer.status < 300 || answer.status === 304 || answer.status === 404) return answer;
    if (!(await correct(connection, readFailure(answer), sent)) || !isRepeatable(request)) return answer;
    request.call.signal?.throwIfAborted();
    return connection.usesSdk ? answer : await this.#once(request);
  }

  // oxlint-disable-next-line typescript/promise-function-async -- credentials are at hand but for once in a while
  #once(request: S3Request): Promise<HttpResponse> {
    const connection = this.#connection;
    const now = Date.now();
    if (connection.options.anonymous === true) return this.#transmit(request, undefined, now);
    const credentials = connection.currentCredentials(now);
    return credentials === undefined ? this.#withCredentials(request) : this.#transmit(request, credentials, now);
  }

  async #withCredentials(request: S3Request): Promise<HttpResponse> {
    const credentials = await this.#connection.loadCredentials();
    return await this.#transmit(request, credentials, Date.now());
  }

  // oxlint-disable-next-line typescript/promise-function-async -- the transport's own promise
  #transmit(request: S3Request, credentials: Credentials | undefined, now: number): Promise<HttpResponse> {
    const { address, transport, clockOffsetMs } = this.#connection;
    const { method, key, body, call } = request;
    const path = key === undefined ? address.basePath || "/" : `${address.basePath}/${encodePath(key)}`;
    const query = canonicalQuery(request.query);
    const headers: string[] = [];
    for (const text of request.headers) headers.push(text);
    for (const text of this.#commonHeaders) headers.push(text);
    if (credentials !== undefined) {
      const payloadHash = this.#payloadHash(body);
      const signable = { method, path, query, host: address.host, payloadHash };
      addSignature(headers, signable, credentials, address.scope, now + clockOffsetMs);
    }
    headers.push("user-agent", USER_AGENT);
    return transport.send({
      method,
      origin: address.origin,
      target: query === "" ? path : `${path}?${query}`,
      headers,
      body,
      receive: request.receive,
      collectMax: request.collectMax,
      replayable: request.replayable,
      timeouts: call.timeouts,
      onSent: request.onSent,
      signal: call.signal,
    });
  }

  #payloadHash(body: S3Request["body"]): string {
    if (body === undefined) return EMPTY_PAYLOAD;
    if (!(body instanceof Uint8Array) || !this.#hashesPayload) return UNSIGNED_PAYLOAD;
    return hash("sha256", body);
  }
}
