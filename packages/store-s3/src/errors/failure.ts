import { isStoreError } from "@stowage/core";
import type { HttpResponse } from "@stowage/http";
import { headerValue, parseDate, parseRetryAfter, readLeaves, readXml } from "@stowage/http";

/** An answer of the service that is not a success, in its own words. */
export interface ServiceFailure {
  readonly status: number;
  /** S3's error code; absent where the answer has no body (HEAD) or is no S3 error (a proxy's page). */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly requestId: string | undefined;
  /** Where the bucket is, when the service says so. */
  readonly region: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** The service's clock. */
  readonly date: Date | undefined;
}

/** Reads an error answer: its headers, and its XML if it is one. Never throws. */
export function readFailure(answer: HttpResponse): ServiceFailure {
  const { headers, status } = answer;
  const fields = errorFields(answer.bytes);
  return {
    status,
    code: fields?.get("Code"),
    message: fields?.get("Message"),
    requestId: headerValue(headers, "x-amz-request-id") ?? fields?.get("RequestId"),
    region: headerValue(headers, "x-amz-bucket-region") ?? fields?.get("Region"),
    retryAfterMs: parseRetryAfter(headerValue(headers, "retry-after")),
    date: parseDate(headerValue(headers, "date")),
  };
}

/** A document that is an `<Error>`, also when it came with status 200 (CompleteMultipartUpload and CopyObject do that). */
export function errorFields(document: Uint8Array): Map<string, string> | undefined {
  if (document.byteLength === 0) return undefined;
  try {
    return readXml(document, (reader) => {
      const event = reader.next();
      if (reader.name !== "Error") return undefined;
      return event === "open" ? readLeaves(reader) : new Map<string, string>();
    });
  } catch (error) {
    if (isStoreError(error)) return undefined;
    throw error;
  }
}
