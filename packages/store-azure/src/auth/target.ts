import { encodeQueryValue } from "@stowage/http";
import type { QueryParameter, UnsignedRequest } from "./signer.js";
import { SERVICE_VERSION } from "./signer.js";

/** Path and query as they go on the wire; `extra` is encoded already. */
export function targetOf(path: string, query: readonly QueryParameter[], extra: string = ""): string {
  let target = path;
  let separator = "?";
  for (const [name, value] of query) {
    target += `${separator}${name}=${encodeQueryValue(value)}`;
    separator = "&";
  }
  return extra === "" ? target : `${target}${separator}${extra}`;
}

/** Headers in wire form, for credentials that do not sign them. */
export function plainHeaders(request: UnsignedRequest): string[] {
  const headers: string[] = [];
  for (const [name, value] of request.headers) headers.push(name, value);
  for (const [name, value] of request.serviceHeaders) headers.push(name, value);
  if (request.versioned) headers.push("x-ms-version", SERVICE_VERSION);
  return headers;
}
