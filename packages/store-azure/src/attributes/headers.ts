import { CONTENT_TYPE_DEFAULT } from "@stowage/core";
import type { DriverInfo, DriverWritten, ObjectAttributes } from "@stowage/core";
import { decodeHeaderText, encodeHeaderText, headerValue, parseDate, unquoteEtag } from "@stowage/http";
import type { ResponseHeaders } from "@stowage/http";
import type { Header } from "../auth/signer.js";
import { escapeMetadataName, unescapeMetadataName } from "./metadata-name.js";

const METADATA = "x-ms-meta-";

/** Attributes as the headers that Put Blob and Put Block List store them by. */
export function attributeHeaders(attributes: ObjectAttributes): Header[] {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata } = attributes;
  const headers: Header[] = [];
  if (contentType !== undefined) headers.push(["x-ms-blob-content-type", encodeHeaderText(contentType)]);
  if (cacheControl !== undefined) headers.push(["x-ms-blob-cache-control", encodeHeaderText(cacheControl)]);
  if (contentDisposition !== undefined) {
    headers.push(["x-ms-blob-content-disposition", encodeHeaderText(contentDisposition)]);
  }
  if (contentEncoding !== undefined) headers.push(["x-ms-blob-content-encoding", encodeHeaderText(contentEncoding)]);
  if (contentLanguage !== undefined) headers.push(["x-ms-blob-content-language", encodeHeaderText(contentLanguage)]);
  for (const [name, value] of Object.entries(metadata)) {
    headers.push([METADATA + escapeMetadataName(name), encodeMetadataValue(value)]);
  }
  return headers;
}

/** As any header text; an empty value, which the service takes for none, as an encoded word of nothing. */
export function encodeMetadataValue(value: string): string {
  return value === "" ? EMPTY_WORD : encodeHeaderText(value);
}

const EMPTY_WORD = "=?UTF-8?B??=";

/** What an answer's head says of an object of `size` bytes. */
export function infoFromHeaders(headers: ResponseHeaders, size: number): DriverInfo {
  const native = nativeFacts(headers);
  return {
    size,
    etag: etagOf(headers),
    lastModified: parseDate(headerValue(headers, "last-modified")),
    attributes: attributesOf(headers),
    ...(native === undefined ? {} : { native }),
  };
}

/** What an answer to a write says. */
export function writtenFromHeaders(headers: ResponseHeaders, size: number): DriverWritten {
  return { size, etag: etagOf(headers), lastModified: parseDate(headerValue(headers, "last-modified")) };
}

export function etagOf(headers: ResponseHeaders): string {
  return unquoteEtag(headerValue(headers, "etag") ?? "");
}

function attributesOf(headers: ResponseHeaders): ObjectAttributes {
  const contentType = headerText(headers, "content-type") ?? CONTENT_TYPE_DEFAULT;
  const cacheControl = headerText(headers, "cache-control");
  const contentDisposition = headerText(headers, "content-disposition");
  const contentEncoding = headerText(headers, "content-encoding");
  const contentLanguage = headerText(headers, "content-language");
  return {
    contentType,
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(contentLanguage === undefined ? {} : { contentLanguage }),
    metadata: metadataOf(headers),
  };
}

function headerText(headers: ResponseHeaders, name: string): string | undefined {
  const value = headerValue(headers, name);
  return value === undefined || value === "" ? undefined : decodeHeaderText(value);
}

const NO_METADATA: ObjectAttributes["metadata"] = Object.freeze({});

function metadataOf(headers: ResponseHeaders): ObjectAttributes["metadata"] {
  let entries: [string, string][] | undefined;
  for (const name in headers) {
    if (!name.startsWith(METADATA)) continue;
    entries ??= [];
    entries.push([
      unescapeMetadataName(name.slice(METADATA.length)),
      decodeHeaderText(headerValue(headers, name) ?? ""),
    ]);
  }
  // fromEntries defines its properties, so that a name like __proto__ is a plain entry.
  return entries === undefined ? NO_METADATA : Object.fromEntries(entries);
}

/** Facts that only Azure has, where they are out of the ordinary. */
function nativeFacts(headers: ResponseHeaders): Readonly<Record<string, unknown>> | undefined {
  const facts: Record<string, unknown> = {};
  let some = false;
  const add = (name: string, value: string | readonly string[] | undefined): void => {
    if (typeof value !== "string") return;
    facts[name] = value;
    some = true;
  };
  if (headers["x-ms-access-tier-inferred"] !== "true") add("accessTier", headers["x-ms-access-tier"]);
  add("archiveStatus", headers["x-ms-archive-status"]);
  if (headers["x-ms-blob-type"] !== "BlockBlob") add("blobType", headers["x-ms-blob-type"]);
  if (headers["x-ms-lease-state"] !== "available") add("leaseState", headers["x-ms-lease-state"]);
  // Of the bytes sent with a whole answer, of the whole object with a range of it: the same object's either way.
  add("contentMd5", headers["x-ms-blob-content-md5"] ?? headers["content-md5"]);
  if (headers["x-ms-resource-type"] === "directory" || headers["x-ms-meta-hdi_isfolder"] === "true") {
    add("resourceType", "directory");
  }
  return some ? facts : undefined;
}
