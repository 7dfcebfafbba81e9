import { StoreError } from "../errors/index.js";

/** A URI as text; throws `InvalidUri` for anything that is none. */
export function uriText(uri: unknown): string {
  if (uri instanceof URL) return uri.href;
  if (typeof uri !== "string") {
    throw new StoreError({
      code: "InvalidUri",
      message: `a URI is a string or a URL, not ${uri === null ? "null" : typeof uri}`,
    });
  }
  return uri;
}

/** `s3` of `s3://bucket/key`. Throws `InvalidUri` when there is no scheme. */
export function schemeOf(uri: string): string {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri);
  if (match?.[1] === undefined) {
    throw new StoreError({
      code: "InvalidUri",
      message: `${JSON.stringify(uri.slice(0, 200))} is no URI: it needs a scheme, such as file:///path or s3://bucket/key`,
    });
  }
  return match[1].toLowerCase();
}
