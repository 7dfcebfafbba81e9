import type { HttpRequest } from "./request.js";
import type { HttpResponse } from "./response.js";

/**
 * The seam between a store and what moves its bytes. A transport makes one attempt (but see `HttpRequest.replayable`), follows
 * no redirect, decodes no content encoding, and rejects with a `StoreError` of code Timeout, Unavailable, Closed or Internal,
 * `committed: false` when nothing was sent; with `signal.reason` itself on abort. Any HTTP status is an answer, not an error.
 */
export interface HttpTransport {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Closes every connection; requests under way fail with `Closed`, later ones too. Idempotent. */
  close(): Promise<void>;
}
