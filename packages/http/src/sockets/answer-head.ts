import type { ResponseHeaders } from "../transport/response.js";
import { MalformedAnswer } from "./broken-answer.js";

/** A head, and what it says of the body and of the connection. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** Of the body, when told. */
  readonly length: number | undefined;
  readonly chunked: boolean;
  /** May the connection be used again? */
  readonly keepAlive: boolean;
  /** How long the server keeps it, in milliseconds, when told. */
  readonly keepAliveMs: number | undefined;
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\0-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const TOKEN = /^[!#$%&'*+\-.^_`|~A-Za-z0-9]+$/;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const ZERO = 0x30;
const ONE = 0x31;
/** Positions in a status line. */
const MINOR = "HTTP/1.".length;
const CODE = "HTTP/1.1 ".length;

/**
 * Reads a head: Latin-1 text from the status line to the line end of the last header. As strict as llhttp is by default: lines end
 * in CR LF, names are tokens, no folded lines, one content-length at most and never beside a transfer-encoding, which can only be
 * `chunked`. Throws {@link MalformedAnswer}.
 */
export function parseAnswerHead(text: string): AnswerHead {
  if (CONTROL.test(text)) throw new MalformedAnswer("a control character in the head");
  const firstEnd = lineEnd(text, 0);
  const status = statusOf(text, firstEnd);
  const headers: Record<string, string | string[]> = {};
  let length: number | undefined;
  let chunked = false;
  let keepAlive = text.charCodeAt(MINOR) === ONE;
  let keepAliveMs: number | undefined;
  for (let start = firstEnd + 2; start < text.length;) {
    const end = lineEnd(text, start);
    const colon = text.indexOf(":", start);
    if (colon === -1 || colon > end) throw new MalformedAnswer("a line without a name");
    const name = lowerName(text.slice(start, colon));
    const value = trimmed(text, colon + 1, end);
    start = end + 2;
    switch (name) {
      case "content-length":
        if (length !== undefined || chunked) throw new MalformedAnswer("two lengths");
        length = parseLength(value);
        break;
      case "transfer-encoding":
        if (length !== undefined || chunked || value.toLowerCase() !== "chunked") {
          throw new MalformedAnswer("a transfer encoding that cannot be relied on");
        }
        chunked = true;
        break;
      case "connection":
        keepAlive = staysOpen(value, keepAlive);
        break;
      case "keep-alive":
        keepAliveMs = announced(value);
        break;
      case "__proto__":
        // No header of anybody, and no property either.
        continue;
      default:
    }
    addHeader(headers, name, value);
  }
  return { status, headers, length, chunked, keepAlive, keepAliveMs };
}

/** `HTTP/1.0` or `HTTP/1.1`, a space, three digits, then nothing or a space and a reason. Compared by hand: no garbage. */
function statusOf(text: string, end: number): number {
  const minor = text.charCodeAt(MINOR);
  const hundreds = text.charCodeAt(CODE) - ZERO;
  const tens = text.charCodeAt(CODE + 1) - ZERO;
  const ones = text.charCodeAt(CODE + 2) - ZERO;
  const digits = hundreds > 0 && hundreds <= 9 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
  const ended = end === CODE + 3 || (end > CODE + 3 && text.charCodeAt(CODE + 3) === SPACE);
  if (!text.startsWith("HTTP/1.") || (minor !== ZERO && minor !== ONE) || text.charCodeAt(MINOR + 1) !== SPACE) {
    throw new MalformedAnswer("no status line");
  }
  if (!digits || !ended) throw new MalformedAnswer("no status");
  return hundreds * 100 + tens * 10 + ones;
}

/** Position of the CR of the line that `start` is in. A CR or LF on its own ends no line. */
function lineEnd(text: string, start: number): number {
  const lf = text.indexOf("\n", start);
  const cr = lf - 1;
  if (lf <= start || text.charCodeAt(cr) !== CR || text.indexOf("\r", start) !== cr) {
    throw new MalformedAnswer("a line that does not end in CR LF");
  }
  return cr;
}

const lowerNames = new Map<string, string>();
/** Names kept: far more than services use, few enough not to matter. */
const NAMES_MAX = 512;

/** Lower case, checked to be a token once. */
function lowerName(name: string): string {
  const known = lowerNames.get(name);
  if (known !== undefined) return known;
  if (!TOKEN.test(name)) throw new MalformedAnswer("a name that is no token");
  const lower = name.toLowerCase();
  if (lowerNames.size < NAMES_MAX) lowerNames.set(name, lower);
  return lower;
}

function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function addHeader(headers: Record<string, string | string[]>, name: string, value: string): void {
  const before = headers[name];
  // What objects inherit is neither.
  if (typeof before === "string") headers[name] = [before, value];
  else if (Array.isArray(before)) before.push(value);
  else headers[name] = value;
}

function parseLength(value: string): number {
  const length = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(length)) throw new MalformedAnswer("a length that is no number");
  return length;
}

function staysOpen(value: string, before: boolean): boolean {
  const tokens = value.toLowerCase().split(/[\s,]+/);
  if (tokens.includes("close")) return false;
  return before || tokens.includes("keep-alive");
}

function announced(value: string): number | undefined {
  const [, seconds] = /(?:^|[\s,])timeout=(\d{1,9})/i.exec(value) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
