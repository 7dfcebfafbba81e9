import { StoreError } from "@stowage/core";
import type { DriverListEntry } from "@stowage/core";
import { decodePercent, parseDate, readLeaves, readXml, skipElement, unquoteEtag, xmlLeaf } from "@stowage/http";
import type { XmlReader } from "@stowage/http";

export interface Listing {
  readonly entries: readonly DriverListEntry[];
  readonly prefixes: readonly string[];
  /** Set exactly when more follows. */
  readonly nextToken: string | undefined;
}

interface MutableEntry {
  key: string;
  size: number;
  etag: string;
  lastModified: Date | undefined;
  native: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The answer to ListObjectsV2. Keys come percent-encoded where the service says so (it was asked to), because XML cannot hold
 * every key; a space may be a `+` then.
 */
export function readListing(document: Uint8Array): Listing {
  return readXml(document, (reader) => {
    const entries: MutableEntry[] = [];
    const prefixes: string[] = [];
    let encoded = false;
    let truncated = false;
    let nextToken: string | undefined;
    const root = reader.next();
    const rootName: string = reader.name;
    if (rootName !== "ListBucketResult") {
      throw new StoreError({ code: "Internal", message: `the service answered a listing with <${rootName}>` });
    }
    while (root === "open") {
      const event = reader.next();
      if (event === "close" || event === "end") break;
      const { name } = reader;
      if (event === "open") {
        if (name === "Contents") entries.push(readEntry(reader));
        else if (name === "CommonPrefixes") prefixes.push(readLeaves(reader).get("Prefix") ?? "");
        else skipElement(reader);
      } else if (name === "EncodingType") encoded = reader.text.trim() === "url";
      else if (name === "IsTruncated") truncated = reader.text.trim().toLowerCase() === "true";
      else if (name === "NextContinuationToken") nextToken = reader.text;
    }
    if (truncated && (nextToken === undefined || nextToken === "")) {
      throw new StoreError({
        code: "Internal",
        message: "the service cut its listing off without saying how to go on",
      });
    }
    if (encoded) for (const entry of entries) entry.key = decodeKey(entry.key);
    return {
      entries,
      prefixes: encoded ? prefixes.map(decodeKey) : prefixes,
      nextToken: truncated ? nextToken : undefined,
    };
  });
}

const KEY = xmlLeaf("Key");
const LAST_MODIFIED = xmlLeaf("LastModified");
const ETAG = xmlLeaf("ETag");
const SIZE = xmlLeaf("Size");
const STORAGE_CLASS = xmlLeaf("StorageClass");

/** In the order in which every service known sends them, fields are read fast; in any other they are read too. */
function readEntry(reader: XmlReader): MutableEntry {
  const key = reader.leaf(KEY);
  const lastModified = reader.leaf(LAST_MODIFIED);
  const etag = reader.leaf(ETAG);
  const size = reader.leaf(SIZE);
  const storageClass = reader.leaf(STORAGE_CLASS);
  const entry: MutableEntry = {
    key: key ?? "",
    size: size === undefined ? 0 : Number(size),
    etag: etag === undefined ? "" : plainEtag(etag),
    lastModified: parseDate(lastModified),
    native: storageClass === undefined ? undefined : sameClass(storageClass),
  };
  for (;;) {
    const event = reader.next();
    if (event === "close" || event === "end") return entry;
    if (event === "open") skipElement(reader);
    else setField(entry, reader.name, reader.text);
  }
}

function setField(entry: MutableEntry, name: string, text: string): void {
  switch (name) {
    case "Key":
      entry.key = text;
      break;
    case "Size":
      entry.size = Number(text);
      break;
    case "ETag":
      entry.etag = plainEtag(text);
      break;
    case "LastModified":
      entry.lastModified = parseDate(text);
      break;
    case "StorageClass":
      entry.native = sameClass(text);
      break;
    default:
  }
}

function plainEtag(text: string): string {
  return unquoteEtag(text.trim());
}

/** Most objects of a bucket are of one class: one record does for all that follow each other. */
let lastClass: Readonly<Record<string, unknown>> = Object.freeze({ storageClass: "STANDARD" });

function sameClass(storageClass: string): Readonly<Record<string, unknown>> {
  if (lastClass["storageClass"] !== storageClass) lastClass = Object.freeze({ storageClass });
  return lastClass;
}

function decodeKey(key: string): string {
  return decodePercent(key.includes("+") ? key.replaceAll("+", "%20") : key);
}
