import type { AttributeInput } from "@stowage/core";
import { usageError } from "./usage.js";

export interface AttributeFlags {
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly metadata?: readonly string[] | undefined;
}

/** The attributes that `put` was given; core validates names and values. */
export function parseAttributes(flags: AttributeFlags): AttributeInput {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage } = flags;
  const content = { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage };
  const metadata = Object.fromEntries((flags.metadata ?? []).map((pair) => splitPair(pair, "--metadata")));
  return flags.metadata === undefined ? content : { ...content, metadata };
}

/** `name=value`; the value may hold further `=` and may be empty. */
export function splitPair(pair: string, flag: string): [name: string, value: string] {
  const equals = pair.indexOf("=");
  if (equals <= 0) throw usageError(`${flag} is name=value, not ${JSON.stringify(pair)}`);
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}
