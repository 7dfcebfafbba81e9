import { KIB, MIB } from "./bytes.js";

/** Longest name of one path segment, in bytes. Source: NAME_MAX of Linux file systems (ext4, xfs, btrfs, tmpfs). */
export const SEGMENT_BYTES_MAX = 255;

/** Reads of one large local file in flight. Measured: four lanes saturate a local disk from Node's four pool threads. */
export const LOCAL_READ_CONCURRENCY = 4;

/** Bytes of one parallel chunk of a large local read. */
export const LOCAL_READ_CHUNK: number = 4 * MIB;

/** A local file up to this size is read by one call. */
export const LOCAL_SINGLE_READ_MAX: number = 512 * KIB;

/** Local operations in flight in one store before further ones wait: bounds open files far below the usual limit of 1,024. */
export const LOCAL_OPEN_FILES_MAX = 256;

/** Entries of a local listing batch: stats made ahead of the consumer. */
export const LOCAL_LIST_BATCH = 64;

/** Leftovers younger than this, in milliseconds, are taken for a live writer's by `cleanup` (24 hours). */
export const CLEANUP_AGE_DEFAULT_MS = 86_400_000;
