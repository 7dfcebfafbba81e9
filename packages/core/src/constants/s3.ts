import { GIB, MIB, TIB } from "./bytes.js";

/** Source of all: Amazon S3 "Multipart upload limits". */
export const S3_PART_SIZE_MIN: number = 5 * MIB;
export const S3_PART_SIZE_MAX: number = 5 * GIB;
export const S3_PARTS_MAX = 10_000;
export const S3_OBJECT_SIZE_MAX: number = 5 * TIB;
/** Largest body of one PutObject and of one CopyObject. */
export const S3_SINGLE_PUT_MAX: number = 5 * GIB;
