import { encodeHeaderText } from "@stowage/core";
import type { ObjectAttributes } from "@stowage/core";

/** Attributes as the headers of a write; names and values in turn. */
export function attributeHeaders(attributes: ObjectAttributes): string[] {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata } = attributes;
  const headers: string[] = [];
  if (contentType !== undefined) headers.push("content-type", encodeHeaderText(contentType));
  if (cacheControl !== undefined) headers.push("cache-control", encodeHeaderText(cacheControl));
  if (contentDisposition !== undefined) headers.push("content-disposition", encodeHeaderText(contentDisposition));
  if (contentEncoding !== undefined) headers.push("content-encoding", encodeHeaderText(contentEncoding));
  if (contentLanguage !== undefined) headers.push("content-language", encodeHeaderText(contentLanguage));
  for (const name of Object.keys(metadata)) headers.push(`x-amz-meta-${name}`, encodeHeaderText(metadata[name] ?? ""));
  return headers;
}

/** The same for commands of the SDK. */
export function attributeInput(attributes: ObjectAttributes): {
  ContentType?: string;
  CacheControl?: string;
  ContentDisposition?: string;
  ContentEncoding?: string;
  ContentLanguage?: string;
  Metadata: Record<string, string>;
} {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata } = attributes;
  return {
    ...(contentType === undefined ? {} : { ContentType: encodeHeaderText(contentType) }),
    ...(cacheControl === undefined ? {} : { CacheControl: encodeHeaderText(cacheControl) }),
    ...(contentDisposition === undefined ? {} : { ContentDisposition: encodeHeaderText(contentDisposition) }),
    ...(contentEncoding === undefined ? {} : { ContentEncoding: encodeHeaderText(contentEncoding) }),
    ...(contentLanguage === undefined ? {} : { ContentLanguage: encodeHeaderText(contentLanguage) }),
    Metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, encodeHeaderText(value)])),
  };
}
