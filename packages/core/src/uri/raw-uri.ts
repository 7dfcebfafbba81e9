import type { Location } from "../driver/plugin.js";
import { StoreError } from "../errors/index.js";
import { describe } from "../store/call-arguments.js";

/**
 * Splits `scheme://container/key` where the key is raw: never decoded, `?`, `#` and `%` are part of it. `containerSegments` path
 * segments make the container (Azure: account and container). Throws `InvalidUri`.
 */
export function parseRawUri(
  scheme: string,
  uri: string | URL,
  as: "store" | "object",
  containerSegments = 1,
): Location {
  if (typeof uri !== "string") {
    throw invalid(
      uri instanceof URL
        ? `${scheme}:// takes its URI as a string: a URL object has altered the key already ('..', '%2e', '\\', '?')`
        : `a URI is a string, not ${describe(uri)}`,
    );
  }
  const start = `${scheme}://`;
  if (uri.slice(0, start.length).toLowerCase() !== start)
    throw invalid(`${JSON.stringify(uri.slice(0, 200))} is no ${start} URI`);
  const segments: string[] = [];
  let at = start.length;
  for (let count = 0; count < containerSegments; count++) {
    const end = uri.indexOf("/", at);
    const segment = end === -1 ? uri.slice(at) : uri.slice(at, end);
    if (segment === "")
      throw invalid(
        `${start} needs ${containerSegments === 1 ? "a container" : `${containerSegments} names`} before the key`,
      );
    segments.push(segment);
    at = end === -1 ? uri.length : end + 1;
  }
  const container = segments.join("/");
  if (/[\s?#%\\@:\0]/.test(container)) throw invalid(`${JSON.stringify(container)} cannot be a container's name`);
  const key = uri.slice(at);
  if (as === "object") {
    if (key === "") throw invalid(`${uri} names a container, not an object: the key is missing`);
    return { container, key };
  }
  return { container, key: key === "" || key.endsWith("/") ? key : `${key}/` };
}

/** The reverse of {@link parseRawUri}. */
export function formatRawUri(scheme: string, container: string, key: string): string {
  return `${scheme}://${container}/${key}`;
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidUri", message });
}
