import { encodeQueryValue } from "@stowage/http";

/** Names and values, not encoded. */
export type QueryPairs = readonly (readonly [string, string])[];

/** The query as it is both signed and sent: encoded, sorted by name, a `=` after every name; empty without pairs. */
export function canonicalQuery(pairs: QueryPairs): string {
  if (pairs.length === 0) return "";
  const encoded = pairs.map(([name, value]) => [encodeQueryValue(name), encodeQueryValue(value)] as const);
  encoded.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0));
  return encoded.map(([name, value]) => `${name}=${value}`).join("&");
}
