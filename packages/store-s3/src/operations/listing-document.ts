import { StoreError } from "@stowage/core";
import type { DriverListEntry } from "@stowage/core";
import { decodePercent, parseDate, readLeaves, readXml, skipElement, unquoteEtag } from "@stowage/http";
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
  native?: Record<string, unknown>;
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
      } else if (name === "EncodingType") encoded = reader.text === "url";
      else if (name === "IsTruncated") truncated = reader.text === "true";
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

function readEntry(reader: XmlReader): MutableEntry {
  const entry: MutableEntry = { key: "", size: 0, etag: "", lastModified: undefined };
  for (;;) {
    const event = reader.next();
    if (event === "close" || event === "end") return entry;
    if (event === "open") {
      skipElement(reader);
      continue;
    }
    switch (reader.name) {
      case "Key":
        entry.key = reader.text;
        break;
      case "Size":
        entry.size = Number(reader.text);
        break;
      case "ETag":
        entry.etag = unquoteEtag(reader.text);
        break;
      case "LastModified":
        entry.lastModified = parseDate(reader.text);
        break;
      case "StorageClass":
        entry.native = { storageClass: reader.text };
        break;
      default:
    }
  }
}

function decodeKey(key: string): string {
  return decodePercent(key.includes("+") ? key.replaceAll("+", "%20") : key);
}
