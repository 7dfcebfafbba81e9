import { KIB } from "./bytes.js";

/** Longest key, in UTF-8 bytes. Source: Amazon S3 "Creating object key names" (1,024 bytes), the smallest of all backends. */
export const KEY_BYTES_MAX: number = KIB;

/** Names and values of user metadata together, in UTF-8 bytes. Source: Amazon S3 "User-defined object metadata" (2 KB). */
export const METADATA_BYTES_MAX: number = 2 * KIB;

/** Longest value of one content attribute (content type, disposition ...), in UTF-8 bytes. Half of the smallest header limit met. */
export const CONTENT_ATTRIBUTE_BYTES_MAX: number = KIB;

/** What an object is called when neither the caller nor its name tells a content type. Source: RFC 2046, section 4.5.1. */
export const CONTENT_TYPE_DEFAULT = "application/octet-stream";
