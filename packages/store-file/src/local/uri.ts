/**
 * URIs of file-like schemes (RFC 8089): `file:///abs/path`, percent-encoded, no host. A store URI is a directory; an object URI
 * is a file in one, its container the directory and its key the name.
 */
import { StoreError } from "@stowage/core";
import type { Location } from "@stowage/core";

export function parseFileUri(scheme: string, uri: string | URL, as: "store" | "object"): Location {
  const path = pathOf(scheme, uri);
  if (as === "store") return { container: withoutFinalSlash(path), key: "" };
  if (path.endsWith("/")) throw invalid(uri, "names a directory, not an object: it ends in '/'");
  const slash = path.lastIndexOf("/");
  return { container: path.slice(0, slash) === "" ? "/" : path.slice(0, slash), key: path.slice(slash + 1) };
}

/** The URI of a key, or with an empty key of the directory itself, which ends in `/`. */
export function formatFileUri(scheme: string, container: string, key: string): string {
  const directory = container.endsWith("/") ? container : `${container}/`;
  return `${scheme}://${encodePath(directory + key)}`;
}

/**
 * The directory in its one spelling: absolute, no `.` or `..`, no final `/`. Throws `InvalidArgument`. For factories, which
 * take a plain path.
 */
export function checkDirectory(directory: unknown): string {
  if (typeof directory !== "string" || directory === "") {
    throw new StoreError({ code: "InvalidArgument", message: "directory is a non-empty path" });
  }
  if (directory.includes("\0")) {
    throw new StoreError({ code: "InvalidArgument", message: "directory must not contain NUL" });
  }
  const segments = directory.split("/");
  if (!directory.startsWith("/") || segments.includes("..") || segments.includes(".")) {
    throw new StoreError({
      code: "InvalidArgument",
      message: `directory is an absolute path without "." and ".." (${JSON.stringify(directory)}); path.resolve() makes one`,
    });
  }
  return withoutFinalSlash(directory.replace(/\/{2,}/g, "/"));
}

function pathOf(scheme: string, uri: string | URL): string {
  const text = typeof uri === "string" ? uri : uri.href;
  const rest = withoutScheme(scheme, text);
  if (rest === undefined) throw invalid(text, `is not a ${scheme}:// URI`);
  const path = rest.startsWith("//localhost/") ? rest.slice("//localhost".length) : rest.replace(/^\/\/(?=\/)/, "");
  if (!path.startsWith("/") || path.startsWith("//")) {
    throw invalid(text, `has no absolute path, or names a host; write ${scheme}:///abs/path`);
  }
  if (/[?#]/.test(path)) throw invalid(text, "has a query or fragment; write ? as %3F and # as %23");
  const decoded = decode(text, path);
  if (decoded.includes("\0")) throw invalid(text, "holds a NUL character (%00)");
  if (decoded.split("/").some((segment) => segment === "." || segment === "..")) {
    throw invalid(text, 'has a "." or ".." segment');
  }
  if (decoded.slice(1).includes("//")) throw invalid(text, "has an empty segment ('//') in its path");
  return decoded;
}

function withoutScheme(scheme: string, text: string): string | undefined {
  const colon = text.indexOf(":");
  return text.slice(0, colon).toLowerCase() === scheme ? text.slice(colon + 1) : undefined;
}

function decode(uri: string, path: string): string {
  // On the raw text: a `%2F` inside a name would become a separator.
  if (/%2f/i.test(path)) throw invalid(uri, "holds an encoded slash (%2F), which no file name can contain");
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw invalid(uri, "is not valid percent-encoded UTF-8; write % itself as %25", error);
  }
}

/**
 * Escapes what a URI cannot hold or would read as something else; `/` stays. Never fails, because error messages name URIs: of a
 * text that is not well-formed Unicode the stray halves become U+FFFD.
 */
function encodePath(path: string): string {
  const wellFormed = /\p{Cs}/u.test(path) ? Buffer.from(path, "utf8").toString("utf8") : path;
  return encodeURI(wellFormed).replaceAll("?", "%3F").replaceAll("#", "%23");
}

function withoutFinalSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

function invalid(uri: string | URL, reason: string, cause?: unknown): StoreError {
  const text = typeof uri === "string" ? uri : uri.href;
  return new StoreError({ code: "InvalidUri", message: `the URI ${reason}`, uri: text, cause });
}
