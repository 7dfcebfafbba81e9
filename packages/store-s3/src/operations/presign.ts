import { StoreError } from "@stowage/core";
import type { DriverPresignCall, PresignedRequest } from "@stowage/core";
import { encodePath } from "@stowage/http";
import { callOptions, writeOptionHeaders } from "../call-options.js";
import type { S3Connection } from "../connection/connection.js";
import { presignedQuery } from "../signing/signature.js";
import type { QueryPairs } from "../signing/canonical-query.js";
import { presignBySdk } from "./presign-sdk.js";
import { uploadIdParts } from "./upload-id.js";

/**
 * A URL that lets its holder make one request. It names the same operation as the store would make, but for checksums: whoever
 * uses it does not know them. Signed here; by the SDK's presigner where requests go through the SDK.
 */
export async function presign(
  connection: S3Connection,
  key: string,
  call: DriverPresignCall,
): Promise<PresignedRequest> {
  if (connection.options.anonymous === true) {
    throw new StoreError({ code: "Unauthenticated", message: "an anonymous store has nothing to sign a URL with" });
  }
  const now = Date.now();
  const headers = signedHeaders(call);
  const query = presignQuery(call);
  const url = connection.usesSdk
    ? await presignBySdk(connection, key, call, headers, query)
    : await presignHere(connection, key, call, headers, query, now);
  return {
    url,
    method: call.method,
    headers: Object.fromEntries(headers),
    expiresAt: new Date(Math.floor(now / 1000) * 1000 + call.expiresIn * 1000),
  };
}

async function presignHere(
  connection: S3Connection,
  key: string,
  call: DriverPresignCall,
  headers: readonly (readonly [string, string])[],
  query: QueryPairs,
  now: number,
): Promise<string> {
  const { address, clockOffsetMs } = connection;
  const credentials = connection.currentCredentials(now) ?? (await connection.loadCredentials());
  const path = `${address.basePath}/${encodePath(key)}`;
  const signed = presignedQuery(
    { method: call.method, path, host: address.host, headers: headers.flat(), query },
    credentials,
    address.scope,
    now + clockOffsetMs,
    call.expiresIn,
  );
  return `${address.origin}${path}?${signed}`;
}

/** Headers that the holder must send, because the signature covers them. */
function signedHeaders(call: DriverPresignCall): (readonly [string, string])[] {
  const headers: (readonly [string, string])[] = [];
  if (call.contentType !== undefined) headers.push(["content-type", call.contentType]);
  if (call.contentLength !== undefined) headers.push(["content-length", String(call.contentLength)]);
  if (call.ifNoneMatch !== undefined) headers.push(["if-none-match", call.ifNoneMatch]);
  if (call.method === "PUT" && call.part === undefined) {
    const options = writeOptionHeaders(callOptions(call.native));
    for (let i = 0; i < options.length; i += 2) headers.push([options[i] ?? "", options[i + 1] ?? ""]);
  }
  return headers;
}

function presignQuery(call: DriverPresignCall): QueryPairs {
  const pairs: (readonly [string, string])[] = [];
  const { part } = call;
  if (call.versionId !== undefined) pairs.push(["versionId", call.versionId]);
  if (call.responseContentType !== undefined) pairs.push(["response-content-type", call.responseContentType]);
  if (call.responseContentDisposition !== undefined) {
    pairs.push(["response-content-disposition", call.responseContentDisposition]);
  }
  if (part !== undefined) {
    pairs.push(["partNumber", String(part.partNumber)], ["uploadId", uploadIdParts(part.upload.id).uploadId]);
  }
  return pairs;
}
