import { StoreError } from "@stowage/core";
import type { AzureCallOptions } from "./options.js";

const TAGS_MAX = 10;
const NOTHING: AzureCallOptions = {};
const KNOWN: ReadonlySet<string> = new Set(["accessTier", "leaseId", "tags"]);

/** Azure's options of one call, validated. Throws `InvalidArgument`. */
export function callOptions(native: unknown): AzureCallOptions {
  if (native === undefined) return NOTHING;
  if (typeof native !== "object" || native === null) throw invalid("native.az is an object");
  const unknown = Object.keys(native).find((name) => !KNOWN.has(name));
  if (unknown !== undefined)
    throw invalid(`native.az has no option ${JSON.stringify(unknown)}; known: ${[...KNOWN].join(", ")}`);
  const accessTier = text(native, "accessTier");
  const leaseId = text(native, "leaseId");
  const tags = "tags" in native ? tagsOf(native.tags) : undefined;
  return { accessTier, leaseId, tags };
}

/** Tags as `x-ms-tags` carries them. */
export function encodeTags(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
}

function text(native: object, name: "accessTier" | "leaseId"): string | undefined {
  const value: unknown = Reflect.get(native, name);
  if (value === undefined) return undefined;
  if (typeof value !== "string" || !/^[\x21-\x7e]{1,100}$/.test(value))
    throw invalid(`native.az.${name} is a short plain string`);
  return value;
}

function tagsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null) throw invalid("native.az.tags is an object of strings");
  const entries: [string, string][] = [];
  for (const [name, tag] of Object.entries(value)) {
    if (typeof tag !== "string") throw invalid(`tag ${JSON.stringify(name)} is a ${typeof tag}; tags are strings`);
    entries.push([name, tag]);
  }
  if (entries.length > TAGS_MAX) throw invalid(`an object has at most ${TAGS_MAX} tags`);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
