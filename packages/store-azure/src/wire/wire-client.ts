import type { DriverCall } from "@stowage/core";
import { decodeXml, encodePath, headerValue, parseRetryAfter } from "@stowage/http";
import type { BodyPlan, HttpMethod, HttpRequest, HttpResponse, HttpTransport, ResponseHead } from "@stowage/http";
import type { Header, QueryParameter, SignedRequest, Signer } from "../auth/signer.js";
import { keyRefusal } from "../driver/keys.js";
import { failure } from "../errors/failure.js";
import type { Asked } from "../errors/failure.js";
import type { Connection } from "../options/connection.js";

/** One request to the container or to a blob in it. */
export interface WireRequest {
  readonly method: HttpMethod;
  /** The container itself when it is left out. */
  readonly key?: string;
  /** Sorted by name. */
  readonly query?: readonly QueryParameter[];
  readonly headers?: readonly Header[];
  readonly serviceHeaders?: readonly Header[];
  readonly body?: HttpRequest["body"];
  /** Where the body of an answer below 300 goes. Default: into fresh memory. What it throws fails the request. */
  readonly receive?: (head: ResponseHead) => BodyPlan;
  readonly collectMax?: number;
  /** May it be sent again on a fresh connection when a kept one turns out to be closed? */
  readonly replayable: boolean;
  readonly asked?: Asked;
  readonly onSent?: ((bytes: number) => void) | undefined;
}

const NO_QUERY: readonly QueryParameter[] = [];
const NO_HEADERS: readonly Header[] = [];

/** Sends requests for one container, signed, and turns every answer from 300 on into a StoreError. */
export class WireClient {
  readonly #transport: HttpTransport;
  readonly #signer: Signer;
  readonly #origin: string;
  readonly #container: string;

  constructor(transport: HttpTransport, signer: Signer, { endpoint, containerName }: Connection) {
    this.#transport = transport;
    this.#signer = signer;
    this.#origin = endpoint.origin;
    this.#container = `${endpoint.basePath}/${containerName}`;
  }

  get signer(): Signer {
    return this.#signer;
  }

  /** The path of a blob on the wire. Throws for a key that would arrive as another one. */
  pathOf(key: string): string {
    const refusal = keyRefusal(key);
    if (refusal !== undefined) throw refusal;
    return `${this.#container}/${encodePath(key)}`;
  }

  /** Sends, and rejects with a StoreError on an answer from 300 on. */
  async send(request: WireRequest, call: DriverCall): Promise<HttpResponse> {
    return this.accepted(await this.exchange(request, call), request.asked);
  }

  /** The answer, whatever it says: `accepted` judges it. For reads, which pay for every promise in between. */
  exchange(request: WireRequest, call: DriverCall): Promise<HttpResponse> {
    const { method, key, body } = request;
    const signed = this.#signer.sign({
      method,
      path: key === undefined ? this.#container : this.pathOf(key),
      query: request.query ?? NO_QUERY,
      headers: request.headers ?? NO_HEADERS,
      serviceHeaders: request.serviceHeaders ?? NO_HEADERS,
      contentLength: body === undefined ? 0 : body instanceof Uint8Array ? body.byteLength : body.length,
      versioned: true,
    });
    if (signed instanceof Promise) return signed.then((made) => this.#transmit(request, made, call));
    return this.#transmit(request, signed, call);
  }

  /** Throws the StoreError for an answer from 300 on. */
  accepted(response: HttpResponse, asked: Asked | undefined): HttpResponse {
    if (response.status < 300) return response;
    const error = refusalOf(response, response.bytes, asked);
    if (error.code === "Unauthenticated") this.#signer.refused();
    throw error;
  }

  #transmit(request: WireRequest, { target, headers }: SignedRequest, call: DriverCall): Promise<HttpResponse> {
    const { receive } = request;
    return this.#transport.send({
      method: request.method,
      origin: this.#origin,
      target,
      headers,
      body: request.body,
      receive: (head) => (head.status < 300 && receive !== undefined ? receive(head) : "collect"),
      collectMax: request.collectMax,
      replayable: request.replayable,
      timeouts: call.timeouts,
      onSent: request.onSent,
      signal: call.signal,
    });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }
}

/** The StoreError for an answer (or for one of a batch) that is a refusal. */
export function refusalOf(
  head: ResponseHead,
  body: Uint8Array | string,
  asked: Asked | undefined,
): ReturnType<typeof failure> {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  return failure(
    {
      status: head.status,
      code: headerValue(head.headers, "x-ms-error-code") ?? elementText(text, "Code"),
      message: elementText(text, "Message"),
      requestId: headerValue(head.headers, "x-ms-request-id"),
      retryAfterMs: parseRetryAfter(headerValue(head.headers, "retry-after")),
    },
    asked,
  );
}

/** Text of the first such element: all that is read of an error's body, which may be no XML at all. */
function elementText(xml: string, name: string): string | undefined {
  const match = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml);
  if (match?.[1] === undefined) return undefined;
  try {
    return decodeXml(match[1]);
  } catch {
    return match[1];
  }
}
