import { compareHeaderNames } from "./canonical-order.js";
import { HmacSha256 } from "./hmac.js";
import { httpDateNow } from "./http-date.js";
import { SERVICE_VERSION } from "./signer.js";
import type { Header, QueryParameter, SignedRequest, Signer, UnsignedRequest } from "./signer.js";
import { targetOf } from "./target.js";

/** Headers of HTTP in the order in which they are signed, content-length apart. Source: "Authorize with Shared Key". */
const SIGNED_HEADERS = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
] as const;

const POSITIONS: ReadonlyMap<string, number> = new Map(SIGNED_HEADERS.map((name, index) => [name, index]));
const CONTENT_LENGTH = SIGNED_HEADERS.indexOf("content-length");

/** Signs with an account key, imported once. */
export class SharedKeySigner implements Signer {
  readonly #account: string;
  readonly #hmac: HmacSha256;
  readonly #now: () => string;

  constructor(account: string, key: string, now: () => string = httpDateNow) {
    this.#account = account;
    this.#hmac = new HmacSha256(Buffer.from(key, "base64"));
    this.#now = now;
  }

  sign(request: UnsignedRequest): SignedRequest {
    const date = this.#now();
    const text = `${request.method}\n${standardPart(request)}\n${servicePart(request, date)}/${this.#account}${request.path}${queryPart(request.query)}`;
    const signature = this.#hmac.base64(text);
    const headers = ["authorization", `SharedKey ${this.#account}:${signature}`, "x-ms-date", date];
    if (request.versioned) headers.push("x-ms-version", SERVICE_VERSION);
    for (const [name, value] of request.headers) headers.push(name, value);
    for (const [name, value] of request.serviceHeaders) headers.push(name, value);
    return { target: targetOf(request.path, request.query), headers };
  }

  refused(): void {
    // A key does not change by itself.
  }
}

function standardPart({ headers, contentLength }: UnsignedRequest): string {
  if (headers.length === 0) {
    return contentLength === 0 ? "\n\n\n\n\n\n\n\n\n\n" : `\n\n${contentLength}\n\n\n\n\n\n\n\n`;
  }
  const values: string[] = ["", "", "", "", "", "", "", "", "", "", ""];
  if (contentLength > 0) values[CONTENT_LENGTH] = String(contentLength);
  for (const [name, value] of headers) {
    const position = POSITIONS.get(name);
    if (position !== undefined) values[position] = value;
  }
  return values.join("\n");
}

function servicePart({ serviceHeaders, versioned }: UnsignedRequest, date: string): string {
  const version = versioned ? `x-ms-version:${SERVICE_VERSION}\n` : "";
  if (serviceHeaders.length === 0) return `x-ms-date:${date}\n${version}`;
  const all: Header[] = [...serviceHeaders, ["x-ms-date", date]];
  if (versioned) all.push(["x-ms-version", SERVICE_VERSION]);
  all.sort((a, b) => compareHeaderNames(a[0], b[0]));
  let text = "";
  for (const [name, value] of all) text += `${name}:${value}\n`;
  return text;
}

function queryPart(query: readonly QueryParameter[]): string {
  let text = "";
  for (const [name, value] of query) text += `\n${name}:${value}`;
  return text;
}
