import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { usageError } from "./usage.js";

/** Two letters at least: `C:\x` is a path. */
const uriForm = /^([a-z][a-z0-9+.-]+):\/\//i;

/** `scheme:///path` and `file://localhost/path`: stores whose containers are directories of this machine. */
const localForm = /^[a-z][a-z0-9+.-]+:\/\/(?:localhost)?(\/[^]*)$/i;

export function isUri(argument: string): boolean {
  return uriForm.test(argument);
}

/** The scheme of a URI, in lower case, or `undefined` for a plain path. */
export function schemeOf(argument: string): string | undefined {
  return uriForm.exec(argument)?.[1]?.toLowerCase();
}

/** The URI that an argument names: itself, or the `file://` URI of a plain path, relative to `cwd`. A final `/` stays. */
export function toUri(argument: string, cwd: string): string {
  if (argument === "") throw usageError("an empty argument names nothing: give a URI or a path");
  if (isUri(argument)) return argument;
  const url = pathToFileURL(resolve(cwd, argument)).href;
  return /[/\\]$/.test(argument) && !url.endsWith("/") ? `${url}/` : url;
}

/** The path of a local URI (`file:///…`, `direct:///…`), percent-decoded, or `undefined` where the URI is not local. */
export function localPathOf(uri: string): string | undefined {
  const path = localForm.exec(uri)?.[1];
  if (path === undefined) return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** The last segment of a key. */
export function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** `uri` as a directory or prefix: with its final `/`. */
export function asDirectory(uri: string): string {
  return uri.endsWith("/") ? uri : `${uri}/`;
}

/** The URI of `name` below the directory or prefix `uri`; `name` is a key, not yet encoded. */
export function below(uri: string, name: string): string {
  return asDirectory(uri) + (localPathOf(uri) === undefined ? name : encodeLocal(name));
}

function encodeLocal(key: string): string {
  return key.split("/").map(encodeURIComponent).join("/");
}
