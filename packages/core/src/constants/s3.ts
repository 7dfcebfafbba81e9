import { GIB, MIB, TIB } from "./bytes.js";

/** Source of all: Amazon S3 "Multipart upload limits". */
export const S3_PART_SIZE_MIN: number = 5 * MIB;
export const S3_PART_SIZE_MAX: number = 5 * GIB;
export const S3_PARTS_MAX = 10_000;
export const S3_OBJECT_SIZE_MAX: number = 5 * TIB;
/** Largest body of one PutObject and of one CopyObject. */
export const S3_SINGLE_PUT_MAX: number = 5 * GIB;

/** Bytes of one part of a copy in parts. Reason: 5 TiB still fit into 10,000 parts of it, and few requests are needed. */
export const S3_COPY_PART_SIZE: number = 640 * MIB;

/** Keys of one page of ListObjectsV2. Source: Amazon S3 ListObjectsV2. */
export const S3_LIST_PAGE_MAX = 1000;

/** Largest answer to a listing or batch delete, in bytes. Reason: 1,000 keys of 1,024 bytes, escaped sixfold, with all their fields. */
export const S3_DOCUMENT_MAX: number = 16 * MIB;

/** Credentials that expire within this time, in milliseconds, are asked for anew. Source: AWS SDKs (5 minutes). */
export const S3_CREDENTIALS_REFRESH_MS = 300_000;

/** Clock difference above which Amazon S3 refuses a request, in milliseconds (15 minutes); below it nothing is corrected. */
export const S3_CLOCK_SKEW_MAX_MS = 900_000;

/** Memory kept for the next document, in bytes. Reason: a usual page of 1,000 keys has 250 to 500 KiB. */
export const S3_DOCUMENT_KEPT: number = MIB;
