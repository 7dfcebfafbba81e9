import type { HttpRequest } from "../transport/request.js";
import { UnsendableRequest } from "./broken-answer.js";

const TOKEN = /^[!#$%&'*+\-.^_`|~A-Za-z0-9]+$/;
const TARGET = /^[\x21-\x7e]+$/;
// oxlint-disable-next-line no-control-regex -- what a head may hold, line ends included
const TEXT = /^[\t\r\n\x20-\x7e\x80-\xff]*$/;
/** Written here, or by nobody. */
const OWN: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "keep-alive",
  "content-length",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** Names met and found good: tokens that the caller may set. */
const goodNames = new Set<string>();
/** Metadata brings names of its own. */
const NAMES_MAX = 512;

/**
 * The head of a request as it goes on the wire, Latin-1. Throws {@link UnsendableRequest} for a target, a name or a value that
 * would break out of its place.
 */
export function requestHead(
  { method, target, headers }: HttpRequest,
  host: string,
  length: number | undefined,
): string {
  if (!TARGET.test(target)) throw new UnsendableRequest("a target with characters that must be encoded");
  let text = `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (!goodNames.has(name)) checkName(name);
    text += `${name}: ${headers[i + 1] ?? ""}\r\n`;
  }
  if (length !== undefined) text += `content-length: ${length}\r\n`;
  text += "\r\n";
  const lines = 4 + headers.length / 2 + (length === undefined ? 0 : 1);
  if (!TEXT.test(text) || count(text, "\r") !== lines || count(text, "\n") !== lines) {
    throw new UnsendableRequest("a header with characters that no header may have");
  }
  return text;
}

function checkName(name: string): void {
  if (!TOKEN.test(name)) throw new UnsendableRequest("a header name that is no token");
  if (OWN.has(name.toLowerCase())) throw new UnsendableRequest(`the header ${name}, which is not the caller's to set`);
  if (goodNames.size < NAMES_MAX) goodNames.add(name);
}

function count(text: string, char: string): number {
  let found = 0;
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) found += 1;
  return found;
}
