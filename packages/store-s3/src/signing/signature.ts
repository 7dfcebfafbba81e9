import { createHmac, hash } from "node:crypto";
import type { Credentials, SigningScope } from "./credentials.js";
import { canonicalQuery } from "./canonical-query.js";
import type { QueryPairs } from "./canonical-query.js";
import { SigningKeys } from "./signing-key.js";
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
  /** Lower-case names and trimmed values in turn. All of them are signed. */
  readonly headers: readonly string[];
  readonly payloadHash: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const keys = new SigningKeys();

/** The headers that sign a request: `x-amz-date`, `x-amz-content-sha256`, the session token, `authorization`; names and values in turn. */
export function signatureHeaders(
  request: SignableRequest,
  credentials: Credentials,
  scope: SigningScope,
  now: number,
): string[] {
  const time = signingTime(now);
  const added = ["x-amz-content-sha256", request.payloadHash, "x-amz-date", time.stamp];
  if (credentials.sessionToken !== undefined) added.push("x-amz-security-token", credentials.sessionToken);
  const { canonical, names } = canonicalHeaders(request.host, [...request.headers, ...added]);
  const signature = sign(request, canonical, names, credentials, scope, now);
  const credential = `${credentials.accessKeyId}/${credentialScope(time.day, scope)}`;
  added.push("authorization", `${ALGORITHM} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`);
  return added;
}

/** The query of a presigned URL, signature included. Only `host` and the given headers must then be sent as signed. */
export function presignedQuery(
  request: Omit<SignableRequest, "query" | "payloadHash"> & { readonly query: QueryPairs },
  credentials: Credentials,
  scope: SigningScope,
  now: number,
  expiresIn: number,
): string {
  const time = signingTime(now);
  const { canonical, names } = canonicalHeaders(request.host, request.headers);
  const query = canonicalQuery([
    ...request.query,
    ["X-Amz-Algorithm", ALGORITHM],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${credentialScope(time.day, scope)}`],
    ["X-Amz-Date", time.stamp],
    ["X-Amz-Expires", String(expiresIn)],
    ...(credentials.sessionToken === undefined ? [] : [["X-Amz-Security-Token", credentials.sessionToken] as const]),
    ["X-Amz-SignedHeaders", names],
  ]);
  const signable = { ...request, query, payloadHash: UNSIGNED_PAYLOAD };
  return `${query}&X-Amz-Signature=${sign(signable, canonical, names, credentials, scope, now)}`;
}

function sign(
  request: SignableRequest,
  canonical: string,
  names: string,
  credentials: Credentials,
  scope: SigningScope,
  now: number,
): string {
  const time = signingTime(now);
  const text = `${request.method}\n${request.path}\n${request.query}\n${canonical}\n${names}\n${request.payloadHash}`;
  const toSign = `${ALGORITHM}\n${time.stamp}\n${credentialScope(time.day, scope)}\n${hash("sha256", text)}`;
  return createHmac("sha256", keys.get(credentials, time.day, scope))
    .update(toSign)
    .digest("hex");
}

function credentialScope(day: string, scope: SigningScope): string {
  return `${day}/${scope.region}/${scope.service}/aws4_request`;
}

/** Header lines in order of name, and the names. `host` is given apart because the transport writes it. */
function canonicalHeaders(host: string, headers: readonly string[]): { canonical: string; names: string } {
  const flat = ["host", host, ...headers];
  let canonical = "";
  let names = "";
  for (const index of orderOfNames(flat)) {
    const name = flat[index] ?? "";
    canonical += `${name}:${collapse(flat[index + 1] ?? "")}\n`;
    names += names === "" ? name : `;${name}`;
  }
  return { canonical, names };
}

/** Positions of the names, sorted by insertion: requests carry about ten headers, mostly in order already. */
function orderOfNames(flat: readonly string[]): number[] {
  const order: number[] = [];
  for (let index = 0; index < flat.length; index += 2) {
    const name = flat[index] ?? "";
    let place = order.length;
    while (place > 0 && (flat[order[place - 1] ?? 0] ?? "") > name) {
      order[place] = order[place - 1] ?? 0;
      place -= 1;
    }
    order[place] = index;
  }
  return order;
}

function collapse(value: string): string {
  return value.includes("  ") ? value.replace(/ +/g, " ").trim() : value.trim();
}
