import { contentTypeOf } from "../attributes/content-type.js";
import type { DriverInfo, DriverWritten } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import type { ObjectInfo, PutResult } from "../store/results.js";

/** A driver's answer as users see it. */
export function toObjectInfo(key: string, info: DriverInfo): ObjectInfo {
  checkSize(info.size);
  const { attributes } = info;
  return {
    key,
    size: info.size,
    etag: info.etag,
    lastModified: info.lastModified,
    ...attributes,
    contentType: attributes.contentType ?? contentTypeOf(key),
    ...(info.versionId === undefined ? {} : { versionId: info.versionId }),
    ...(info.native === undefined ? {} : { native: info.native }),
  };
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
