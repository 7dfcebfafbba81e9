import { KIB, MIB } from "./bytes.js";

/** Bytes of one part of a multipart upload or of one ranged read. Measured: 1 to 64 MiB cost the same CPU a byte; 8 MiB keeps
 * per-request overhead below one percent and eight lanes within 64 MiB. */
export const PART_SIZE_DEFAULT: number = 8 * MIB;

/** Parts or ranges of one object in flight. */
export const TRANSFER_CONCURRENCY_DEFAULT = 8;

/** Objects of one bulk call (getMany, copyPrefix, emulated deleteMany) in flight. */
export const BULK_CONCURRENCY_DEFAULT = 32;

/** A body of at least this many bytes (or of unknown size, once it has grown to it) is uploaded in parts. */
export const MULTIPART_THRESHOLD_DEFAULT: number = 16 * MIB;

/** A read of more than this many bytes is split into parallel ranges, pinned to the first answer's etag. */
export const RANGE_THRESHOLD_DEFAULT: number = 16 * MIB;

/** Ranges of one `getRanges` call closer than this are read as one: an extra request costs more than these bytes. */
export const RANGE_COALESCE_GAP_DEFAULT: number = MIB;

/** A coalesced read never grows beyond this many bytes, so that a long list of ranges still runs in parallel. */
export const RANGE_COALESCE_MAX: number = 16 * MIB;

/** A put of unknown size doubles its part size after this many parts, so that the part limit is never the object's limit. */
export const PART_GROWTH_INTERVAL = 1000;

/** Chunk handed over by streams that are made from whole memory (a Blob, a large view). */
export const STREAM_CHUNK_SIZE: number = MIB;

/** Milliseconds that the answer to the beginning of an upload is waited for after its caller gave up: the answer names the upload that must be
 * aborted. Services answer in tens of milliseconds; a dead one must not hold up the caller for long. */
export const UPLOAD_BEGIN_GRACE_MS = 2000;

/** Milliseconds that the abort of an upload may take once its caller gave up. Services that free thousands of parts first take seconds; what
 * they have begun they end without us. */
export const UPLOAD_ABORT_GRACE_MS = 10_000;

/** Bytes a streaming writer holds before `write()` waits for the store. */
export const WRITER_BUFFER_SIZE: number = 4 * MIB;

/** Keys of one emulated delete batch. Source: Amazon S3 DeleteObjects, 1,000 keys. */
export const DELETE_BATCH_DEFAULT = 1000;

/** Entries of a listing page when the caller names no size. Source: Amazon S3 ListObjectsV2, 1,000 keys. */
export const LIST_PAGE_DEFAULT = 1000;

/** Largest page a caller may ask for; smaller service limits are met by several requests. */
export const LIST_PAGE_MAX = 10_000;

/** Memory that `order: "utf8"` may take to sort a listing that its service gives in another order, in bytes of keys. */
export const SORT_BUDGET_DEFAULT: number = 64 * MIB;

/** Under a budget, a read of unknown size begins with at most this part of it, so that so many reads run side by side. */
export const BUDGET_READ_SHARE = 32;

/** ... but never with fewer bytes than this: below it requests cost more than bytes. */
export const BUDGET_READ_MIN: number = 256 * KIB;

/** Connections that URI-level functions leave open with a registry, unused; the one unused for longest closes first. */
export const IDLE_DRIVERS_MAX = 64;

/** Bytes of the block that teaches the allocator to keep freed memory. glibc learns from blocks of at most 32 MiB with their header,
 * and then keeps twice as much. */
export const FREED_MEMORY_LESSON: number = 31 * MIB;
