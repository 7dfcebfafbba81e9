import { CONTENT_TYPE_DEFAULT } from "@stowage/core";
import type { DriverInfo, ObjectAttributes } from "@stowage/core";
import { decodeHeaderText, parseDate, unquoteEtag } from "@stowage/http";
import type { ResponseHeaders } from "@stowage/http";

const META = "x-amz-meta-";
const NO_METADATA: ObjectAttributes["metadata"] = Object.freeze({});

/** Headers that say more about an object than every backend knows, and what `info.native` calls them. */
const NATIVE: Readonly<Record<string, string>> = {
  "x-amz-storage-class": "storageClass",
  "x-amz-server-side-encryption": "serverSideEncryption",
  "x-amz-server-side-encryption-aws-kms-key-id": "sseKmsKeyId",
  "x-amz-restore": "restore",
  "x-amz-archive-status": "archiveStatus",
  "x-amz-tagging-count": "tagCount",
  "x-amz-mp-parts-count": "partCount",
  "x-amz-expiration": "expiration",
  "x-amz-replication-status": "replicationStatus",
  "x-amz-object-lock-mode": "objectLockMode",
  "x-amz-object-lock-retain-until-date": "objectLockRetainUntil",
  "x-amz-object-lock-legal-hold": "objectLockLegalHold",
  "x-amz-website-redirect-location": "websiteRedirectLocation",
  "x-amz-checksum-crc32": "checksumCRC32",
  "x-amz-checksum-crc32c": "checksumCRC32C",
  "x-amz-checksum-crc64nvme": "checksumCRC64NVME",
  "x-amz-checksum-sha1": "checksumSHA1",
  "x-amz-checksum-sha256": "checksumSHA256",
  "x-amz-checksum-type": "checksumType",
};

/** What the headers of a GET or HEAD say about the object. */
export function objectInfo(headers: ResponseHeaders, size: number): DriverInfo {
  let metadata: Record<string, string> | undefined;
  let native: Record<string, unknown> | undefined;
  // Plain assignments: this runs for every small read.
  const attributes: Writable<ObjectAttributes> = { contentType: CONTENT_TYPE_DEFAULT, metadata: NO_METADATA };
  let etag = "";
  let lastModified: Date | undefined;
  let versionId: string | undefined;
  for (const name in headers) {
    const given = headers[name];
    const value = typeof given === "string" ? given : given?.join(", ");
    if (value === undefined) continue;
    switch (name) {
      case "etag":
        etag = unquoteEtag(value);
        break;
      case "last-modified":
        lastModified = parseDate(value);
        break;
      case "content-type":
        attributes.contentType = decodeHeaderText(value);
        break;
      case "cache-control":
        attributes.cacheControl = decodeHeaderText(value);
        break;
      case "content-disposition":
        attributes.contentDisposition = decodeHeaderText(value);
        break;
      case "content-language":
        attributes.contentLanguage = decodeHeaderText(value);
        break;
      case "content-encoding":
        setEncoding(attributes, value);
        break;
      case "x-amz-version-id":
        if (value !== "null") versionId = value;
        break;
      default:
        if (!name.startsWith("x-amz-")) break;
        if (name.startsWith(META)) define((metadata ??= {}), name.slice(META.length), decodeHeaderText(value));
        else if (NATIVE[name] !== undefined) define((native ??= {}), NATIVE[name], value);
    }
  }
  if (metadata !== undefined) attributes.metadata = metadata;
  const info: Writable<DriverInfo> = { size, etag, lastModified, attributes };
  if (versionId !== undefined) info.versionId = versionId;
  if (native !== undefined) info.native = native;
  return info;
}

type Writable<Shape> = { -readonly [Name in keyof Shape]: Shape[Name] };

/** `aws-chunked` is how some writer sent the body; services that keep it as if it described the object are corrected. */
function setEncoding(attributes: { contentEncoding?: string | undefined }, value: string): void {
  const kept = value.replace(/\baws-chunked\b\s*,?\s*/g, "").replace(/,\s*$/, "");
  if (kept !== "") attributes.contentEncoding = decodeHeaderText(kept);
}

/** A plain entry, whatever its name. */
function define(record: Record<string, unknown>, name: string, value: string): void {
  if (name === "__proto__")
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  else record[name] = value;
}
