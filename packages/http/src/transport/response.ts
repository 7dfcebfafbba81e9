import type { BodyStream } from "./response-body.js";

/** Lower-cased names; a name sent several times has its values in order. Text is Latin-1, byte for byte as received. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ResponseHead {
  readonly status: number;
  readonly headers: ResponseHeaders;
}

export interface HttpResponse extends ResponseHead {
  /** The body of a `"collect"` plan, owning its whole buffer; empty otherwise. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Body bytes received, for a `"collect"` plan and for one into memory; 0 for a stream, which is not read yet. */
  readonly received: number;
  /** The body of a `"stream"` plan. Read it to its end or cancel it: until then it holds a connection. */
  readonly body: BodyStream | undefined;
}

/** The value of a header, the first one if it was sent several times. */
export function headerValue(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" || value === undefined ? value : value[0];
}

/** A header that holds a non-negative safe integer, or `undefined`. */
export function integerHeader(headers: ResponseHeaders, name: string): number | undefined {
  const text = headerValue(headers, name);
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
