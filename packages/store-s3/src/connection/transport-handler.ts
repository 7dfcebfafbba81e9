import type { DriverTimeouts } from "@stowage/core";
import type { HttpMethod, HttpTransport, StreamedRequestBody } from "@stowage/http";
import { Readable } from "node:stream";

/** What the SDK hands to a request handler. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** Lets the SDK use the store's own transport: its connections, time limits, certificates and proxy. */
export class TransportHandler {
  readonly metadata: { readonly handlerProtocol: string } = { handlerProtocol: "http/1.1" };
  readonly #transport: HttpTransport;
  readonly #timeouts: DriverTimeouts;

  constructor(transport: HttpTransport, timeouts: DriverTimeouts) {
    this.#transport = transport;
    this.#timeouts = timeouts;
  }

  async handle(
    request: SdkRequest,
    options: { readonly abortSignal?: unknown; readonly requestTimeout?: number } = {},
  ): Promise<{ readonly response: SdkResponse }> {
    const answer = await this.#transport.send({
      method: toMethod(request.method),
      origin: `${request.protocol}//${bracketed(request.hostname)}${request.port === undefined ? "" : `:${request.port}`}`,
      target: target(request),
      headers: Object.entries(request.headers).flatMap(([name, value]) =>
        HOP.has(name.toLowerCase()) ? [] : [name, value],
      ),
      body: toBody(request),
      receive: () => "stream",
      // The SDK does not say whether a request may be repeated; core decides on retries.
      replayable: false,
      timeouts: { ...this.#timeouts, idle: options.requestTimeout ?? this.#timeouts.idle },
      signal: options.abortSignal instanceof AbortSignal ? options.abortSignal : undefined,
    });
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined) headers[name] = typeof value === "string" ? value : value.join(", ");
    }
    const { body } = answer;
    const readable = body === undefined ? Readable.from([]) : Readable.from(body, { objectMode: false });
    return { response: { statusCode: answer.status, headers, body: readable } };
  }

  /** The store closes its transport itself. */
  destroy(): void {}

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}

/** Headers that the transport writes itself. */
const HOP: ReadonlySet<string> = new Set(["host", "content-length", "connection", "expect", "transfer-encoding"]);
const METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE"] as const satisfies readonly HttpMethod[];

function toMethod(method: string): HttpMethod {
  const known = METHODS.find((name) => name === method);
  if (known === undefined) throw new TypeError(`the AWS SDK made a ${method} request`);
  return known;
}

function target({ path, query = {} }: SdkRequest): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    const key = encodeURIComponent(name);
    if (value === null) pairs.push(key);
    else for (const item of typeof value === "string" ? [value] : value) pairs.push(`${key}=${escapeQuery(item)}`);
  }
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

/** As the SDK's own signer encodes query values. */
function escapeQuery(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function toBody({ body, headers }: SdkRequest): Uint8Array | StreamedRequestBody | undefined {
  if (body === undefined || body === null) return undefined;
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Readable) return { chunks: body, length: Number(headers["content-length"] ?? Number.NaN) };
  throw new TypeError("the AWS SDK made a body of an unknown kind");
}

function bracketed(hostname: string): string {
  return hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
}
