import { contentTypeOf, SERVICE_CONTENT_TYPES_DEFAULT } from "@stowage/core";
import type { AttributeInput, ObjectInfo } from "@stowage/core";
import { localPathOf } from "../arguments/location.js";
import { usageError } from "../arguments/usage.js";

const policies = ["auto", "keep", "drop"] as const;

export type AttributesPolicy = (typeof policies)[number];

export function parsePolicy(text: string): AttributesPolicy {
  const policy = policies.find((known) => known === text);
  if (policy === undefined)
    throw usageError(`--attributes is one of ${policies.join(", ")}, not ${JSON.stringify(text)}`);
  return policy;
}

/** The attributes that the copy of an object gets under `key` at the destination; `undefined` keeps the source's. */
export type AttributesOf = (info: ObjectInfo, key: string) => AttributeInput | undefined;

/**
 * `keep`: all of them. `drop`: none. `auto`: all, but towards local paths no content type that says nothing, being what services
 * answer by default or what the source's name tells already; a tree that was plain files comes back as plain files.
 */
export function attributesFor(policy: AttributesPolicy, destination: string): AttributesOf {
  if (policy === "drop") return () => ({});
  if (policy === "keep" || localPathOf(destination) === undefined) return () => undefined;
  return (info, key) => {
    // A local file needs nothing beside it for the type that its own name tells.
    if (info.contentType === contentTypeOf(key)) return undefined;
    return saysNothing(info) ? withoutContentType(info) : undefined;
  };
}

function saysNothing({ key, contentType }: ObjectInfo): boolean {
  return SERVICE_CONTENT_TYPES_DEFAULT.includes(contentType) || contentType === contentTypeOf(key);
}

function withoutContentType(info: ObjectInfo): AttributeInput {
  const { cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata } = info;
  return { cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata };
}
