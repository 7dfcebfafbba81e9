import { CONTENT_TYPE_DEFAULT } from "../constants/keys.js";
import { StoreError } from "../errors/index.js";
import { CONTENT_TYPES } from "./content-types.generated.js";

let byExtension: Map<string, string> | undefined;

/**
 * The content type that a key's extension tells, else `application/octet-stream`. What a put stores when the caller names none,
 * on every backend alike; local stores need no sidecar for it.
 */
export function contentTypeOf(key: string): string {
  if (typeof key !== "string") throw new StoreError({ code: "InvalidArgument", message: "a key is a string" });
  const dot = key.lastIndexOf(".");
  if (dot <= 0 || key.indexOf("/", dot) !== -1 || key.charCodeAt(dot - 1) === 47) return CONTENT_TYPE_DEFAULT;
  byExtension ??= readTable();
  return byExtension.get(key.slice(dot + 1).toLowerCase()) ?? CONTENT_TYPE_DEFAULT;
}

function readTable(): Map<string, string> {
  const table = new Map<string, string>();
  for (const line of CONTENT_TYPES.split("\n")) {
    const [type = "", ...extensions] = line.split(" ");
    for (const extension of extensions) table.set(extension, type);
  }
  return table;
}
