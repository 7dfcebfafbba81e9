import { isStoreError, StoreError, redactedCause } from "@stowage/core";
import { headerValue, networkError, parseDate, parseRetryAfter } from "@stowage/http";
import type { ResponseHeaders } from "@stowage/http";
import { storeError } from "./error-table.js";
import type { ServiceFailure } from "./failure.js";

/** The StoreError for what the AWS SDK threw: an answer of the service, a missing credential, or the network. */
export function sdkFailure(error: unknown, origin: string, override?: Parameters<typeof storeError>[1]): StoreError {
  if (isStoreError(error)) return error;
  const answer = serviceFailure(error);
  if (answer !== undefined) return storeError(answer, override);
  if (error instanceof Error && /Credential|Token/.test(error.name)) {
    return new StoreError({
      code: "Unauthenticated",
      message: `the AWS SDK has no usable credentials: ${error.message}`,
      cause: redactedCause(error),
      committed: false,
    });
  }
  if (error instanceof Error && error.name === "TimeoutError") {
    return new StoreError({
      code: "Timeout",
      message: `${origin} did not answer in time (${error.message})`,
      cause: redactedCause(error),
    });
  }
  return networkError(error, { origin }, true);
}

/** What the service said, from an exception of the SDK; `undefined` when it said nothing. */
export function serviceFailure(error: unknown): ServiceFailure | undefined {
  if (!(error instanceof Error) || !("$metadata" in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  const { httpStatusCode: status } = metadata;
  if (typeof status !== "number") return undefined;
  const requestId = "requestId" in metadata && typeof metadata.requestId === "string" ? metadata.requestId : undefined;
  const headers = answeredHeaders(error);
  return {
    status,
    // The SDK names an answer without a code after its status.
    code: error.name === "UnknownError" || error.name === "Error" || /^\d+$/.test(error.name) ? undefined : error.name,
    message: error.message === "UnknownError" ? undefined : error.message,
    requestId,
    // Elements of the service's document become fields of the exception.
    region:
      headerValue(headers, "x-amz-bucket-region") ??
      ("Region" in error && typeof error.Region === "string" ? error.Region : undefined),
    retryAfterMs: parseRetryAfter(headerValue(headers, "retry-after")),
    date: parseDate(headerValue(headers, "date")),
  };
}

/** The SDK keeps the answer beside the exception; a user's handler may write header names as it likes. */
function answeredHeaders(error: Error): ResponseHeaders {
  const answer: unknown = "$response" in error ? error.$response : undefined;
  if (typeof answer !== "object" || answer === null || !("headers" in answer)) return {};
  const { headers } = answer;
  if (typeof headers !== "object" || headers === null) return {};
  const entries: readonly (readonly [string, unknown])[] = Object.entries(headers);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (typeof value === "string" ? [[name.toLowerCase(), value]] : [])),
  );
}
