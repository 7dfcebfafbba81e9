import type { HttpMethod } from "@stowage/http";

/** A name and its value as it stands in a query, not encoded. */
export type QueryParameter = readonly [name: string, value: string];

/** A header with a lower-case name. */
export type Header = readonly [name: string, value: string];

/** A request without its credential. */
export interface UnsignedRequest {
  readonly method: HttpMethod;
  /** Percent-encoded, from the host's root. */
  readonly path: string;
  /** Lower-case names, sorted by them. */
  readonly query: readonly QueryParameter[];
  /** Those of HTTP itself: content-type, range, if-match ... */
  readonly headers: readonly Header[];
  /** `x-ms-...`, without date and version. */
  readonly serviceHeaders: readonly Header[];
  readonly contentLength: number;
  /** `false` for the requests inside a batch, whose version is the batch's. */
  readonly versioned: boolean;
}

export interface SignedRequest {
  /** Path and query as they go on the wire. */
  readonly target: string;
  /** Names and values in turn. */
  readonly headers: string[];
}

/** Puts a credential on requests. Synchronous wherever it can be: this is on the hot path. */
export interface Signer {
  sign(request: UnsignedRequest): SignedRequest | Promise<SignedRequest>;
  /** The service refused what `sign` put on: what is cached of it is dropped. */
  refused(): void;
}

/** Version of the REST interface that the data path speaks: the first with percent-encoded names in listings, and widely served. */
export const SERVICE_VERSION = "2021-12-02";
