import { contentTypeOf } from "../attributes/content-type.js";
import type { DriverInfo, DriverWritten } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import type { ObjectInfo, PutResult } from "../store/results.js";

type Writable<Shape> = { -readonly [Name in keyof Shape]: Shape[Name] };

/** A driver's answer as users see it. */
export function toObjectInfo(key: string, info: DriverInfo): ObjectInfo {
  checkSize(info.size);
  const { attributes, versionId, native } = info;
  const { cacheControl, contentDisposition, contentEncoding, contentLanguage } = attributes;
  // Plain assignments: this runs for every small read, and spreading what is mostly absent costs as much as the read.
  const result: Writable<ObjectInfo> = {
    key,
    size: info.size,
    etag: info.etag,
    lastModified: info.lastModified,
    contentType: attributes.contentType ?? contentTypeOf(key),
    metadata: attributes.metadata,
  };
  if (cacheControl !== undefined) result.cacheControl = cacheControl;
  if (contentDisposition !== undefined) result.contentDisposition = contentDisposition;
  if (contentEncoding !== undefined) result.contentEncoding = contentEncoding;
  if (contentLanguage !== undefined) result.contentLanguage = contentLanguage;
  if (versionId !== undefined) result.versionId = versionId;
  if (native !== undefined) result.native = native;
  return result;
}

export function toPutResult(key: string, written: DriverWritten): PutResult {
  checkSize(written.size);
  return {
    key,
    size: written.size,
    etag: written.etag,
    ...(written.lastModified === undefined ? {} : { lastModified: written.lastModified }),
    ...(written.versionId === undefined ? {} : { versionId: written.versionId }),
  };
}

function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new StoreError({ code: "Internal", message: `the driver reported a size of ${String(size)} bytes` });
  }
}
