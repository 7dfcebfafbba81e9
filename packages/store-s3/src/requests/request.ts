import type { DriverTimeouts } from "@stowage/core";
import type { BodyPlan, HttpMethod, HttpResponse, ResponseHead, StreamedRequestBody } from "@stowage/http";
import type { QueryPairs } from "../signing/canonical-query.js";

/** Operations that are frequent enough to have their own data path. */
export type OperationName =
  | "GetObject"
  | "HeadObject"
  | "PutObject"
  | "DeleteObject"
  | "DeleteObjects"
  | "ListObjectsV2"
  | "HeadBucket"
  | "UploadPart";

/** What every call of a driver brings. */
export interface RequestCall {
  readonly signal: AbortSignal | undefined;
  readonly timeouts: DriverTimeouts;
}

/** One S3 request before addressing and signing. */
export interface S3Request {
  readonly operation: OperationName;
  readonly method: HttpMethod;
  /** `undefined` for requests to the bucket itself. */
  readonly key: string | undefined;
  readonly query: QueryPairs;
  /** Lower-case names and values in turn; all of them are signed. */
  readonly headers: readonly string[];
  readonly body?: Uint8Array | StreamedRequestBody | undefined;
  /** Where the body goes; that of an answer that is no success (300 and above) is to be collected. */
  readonly receive: (head: ResponseHead) => BodyPlan;
  readonly collectMax?: number | undefined;
  readonly replayable: boolean;
  readonly onSent?: ((bytes: number) => void) | undefined;
  readonly call: RequestCall;
}

/**
 * Sends requests: the data path, or the AWS SDK. Both give any answer of the service as a response, reject with a StoreError when
 * there is none, and with `signal.reason` on abort.
 */
export interface S3Requester {
  send(request: S3Request): Promise<HttpResponse>;
}

export function collect(): BodyPlan {
  return "collect";
}

/** A body that was streamed is gone. */
export function isRepeatable({ body }: S3Request): boolean {
  return body === undefined || body instanceof Uint8Array;
}

export const NO_QUERY: QueryPairs = [];
