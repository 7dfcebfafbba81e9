import type { DriverTimeouts } from "@stowage/core";
import type { ResponseHead } from "./response.js";

export type HttpMethod = "GET" | "HEAD" | "PUT" | "POST" | "DELETE";

/** A request body that is made while it is sent. It can be sent once only, so such a request is never repeated. */
export interface StreamedRequestBody {
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Bytes in all. More or fewer fail the request. */
  readonly length: number;
}

/**
 * Where a response body goes, decided once its head is known.
 *
 * - a `Uint8Array`: straight into that memory; a body that does not fit fails the request before a byte is written past the end;
 * - `"collect"`: into fresh memory that the response owns, up to the request's `collectMax`;
 * - `"stream"`: handed over chunk by chunk with backpressure.
 */
export type BodyPlan = Uint8Array | "collect" | "stream";

export interface HttpRequest {
  readonly method: HttpMethod;
  /** `http://host:port` or `https://host`, without a path. */
  readonly origin: string;
  /** Path and query exactly as they go on the wire. The caller has percent-encoded them; nothing here touches them. */
  readonly target: string;
  /** Names and values in turn. `content-length` is derived from the body, `host` from the origin; `expect` and `connection` are refused. */
  readonly headers: readonly string[];
  readonly body?: Uint8Array | StreamedRequestBody | undefined;
  /** Called once with the final head. What it throws fails the request and closes the connection. */
  readonly receive: (head: ResponseHead) => BodyPlan;
  /** Bytes that `"collect"` accepts. Default HTTP_COLLECT_MAX. */
  readonly collectMax?: number | undefined;
  /**
   * May the request be sent again, once, when a kept-alive connection turns out to be closed before any byte of an answer
   * arrived? Say no to whatever must not happen twice (conditional writes). A streamed body is never sent again.
   */
  readonly replayable: boolean;
  /** `connect`: to get a connection, TLS included; `idle`: longest silence while sending, waiting and receiving. */
  readonly timeouts: DriverTimeouts;
  /** Called with the body bytes handed to the connection so far. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** Aborting rejects with the signal's reason itself and frees the connection, until the body has been received whole. */
  readonly signal?: AbortSignal | undefined;
}

/** May the request go out again on another connection? */
export function isRepeatable({ replayable, body }: HttpRequest): boolean {
  return replayable && (body === undefined || body instanceof Uint8Array);
}
