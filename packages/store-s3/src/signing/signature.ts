import { canonicalHeaders } from "./canonical-headers.js";
import { canonicalQuery } from "./canonical-query.js";
import type { QueryPairs } from "./canonical-query.js";
import type { Credentials, SigningScope } from "./credentials.js";
import { ALGORITHM, signerOf } from "./signer.js";
import { signingTime } from "./signing-time.js";

/** Payload hashes that are no hashes. Source: AWS Signature Version 4, "x-amz-content-sha256". */
export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
export const EMPTY_PAYLOAD = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export interface SignableRequest {
  readonly method: string;
  /** Percent-encoded path, exactly as sent. */
  readonly path: string;
  /** Canonical query (encoded, sorted), exactly as sent; without `?`. */
  readonly query: string;
  readonly host: string;
  readonly payloadHash: string;
}

/**
 * Signs a request with all of `headers` (lower-case names and values in turn) and adds to them what signs it: `x-amz-date`,
 * `x-amz-content-sha256`, the session token, `authorization`.
 */
export function addSignature(
  headers: string[],
  { method, path, query, host, payloadHash }: SignableRequest,
  credentials: Credentials,
  scope: SigningScope,
  now: number,
): void {
  const time = signingTime(now);
  headers.push("x-amz-content-sha256", payloadHash, "x-amz-date", time.stamp);
  if (credentials.sessionToken !== undefined) headers.push("x-amz-security-token", credentials.sessionToken);
  const { lines, names } = canonicalHeaders(host, headers);
  const signer = signerOf(credentials, time.day, scope);
  const signature = signer.sign(`${method}\n${path}\n${query}\n${lines}\n${names}\n${payloadHash}`, time);
  headers.push(
    "authorization",
    `${ALGORITHM} Credential=${credentials.accessKeyId}/${signer.scope}, SignedHeaders=${names}, Signature=${signature}`,
  );
}

/** The query of a presigned URL, signature included. Only `host` and the given headers must then be sent as signed. */
export function presignedQuery(
  request: {
    readonly method: string;
    readonly path: string;
    readonly host: string;
    readonly headers: readonly string[];
    readonly query: QueryPairs;
  },
  credentials: Credentials,
  scope: SigningScope,
  now: number,
  expiresIn: number,
): string {
  const time = signingTime(now);
  const { method, path, host, headers } = request;
  const { lines, names } = canonicalHeaders(host, headers);
  const signer = signerOf(credentials, time.day, scope);
  const query = canonicalQuery([
    ...request.query,
    ["X-Amz-Algorithm", ALGORITHM],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${signer.scope}`],
    ["X-Amz-Date", time.stamp],
    ["X-Amz-Expires", String(expiresIn)],
    ...(credentials.sessionToken === undefined ? [] : [["X-Amz-Security-Token", credentials.sessionToken] as const]),
    ["X-Amz-SignedHeaders", names],
  ]);
  const signature = signer.sign(`${method}\n${path}\n${query}\n${lines}\n${names}\n${UNSIGNED_PAYLOAD}`, time);
  return `${query}&X-Amz-Signature=${signature}`;
}
