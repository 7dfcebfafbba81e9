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

/** Entries of the first batch of a local listing, doubled up to LOCAL_LIST_BATCH: a short listing is one page. */
export const LOCAL_LIST_FIRST_BATCH = 4;

/** Leftovers younger than this, in milliseconds, are taken for a live writer's by `cleanup` (24 hours). */
export const CLEANUP_AGE_DEFAULT_MS = 86_400_000;

/** A local file up to this size may be read on the calling thread when it is cached. Measured at 100 KiB: half the CPU and, on two
 * cores, half the time of a trip through the thread pool; beyond it, the other cores copy faster than this one alone. */
export const LOCAL_INLINE_READ_MAX: number = 128 * KIB;

/** A local call made on the calling thread that took longer than this, in milliseconds, may have met a disk: cached ones take 0.01. */
export const INLINE_CALL_SLOW_MS = 0.2;

/** Two slow calls that met a device, with fewer calls than this between them, are no accident. */
export const INLINE_CALLS_BETWEEN_SLOW = 16;

/** A call that took longer than this, in milliseconds, was longer than a usual slice of the scheduler: if it met a device it counts at
 * once, otherwise with a second one. */
export const INLINE_CALL_VERY_SLOW_MS = 8;

/** After slow calls on the calling thread, the thread pool does the work for this many times as long: five percent are lost. */
export const INLINE_CALL_SHARE = 20;

/** But for no longer than this, in milliseconds. */
export const INLINE_POOL_MAX_MS = 1000;

/** Time that one turn of the event loop spends in local calls before timers and sockets get theirs, in milliseconds. */
export const INLINE_TURN_BUDGET_MS = 1;

/** Bytes of one chunk of a streamed local read. */
export const LOCAL_STREAM_CHUNK: number = 256 * KIB;

/** Bytes of one write call of a large local write: an abort takes effect between two. */
export const LOCAL_WRITE_CHUNK: number = 4 * MIB;

/** A local copy up to this many bytes is one call of the kernel, which nothing can interrupt; beyond it, and where blocks cannot be
 * shared, the copy goes in chunks so that an abort takes effect soon. */
export const LOCAL_COPY_CALL_MAX: number = 64 * MIB;

/** Parsed attribute files that one local store remembers. At most a few MiB: 2 KiB of metadata is the limit, 100 bytes usual. */
export const LOCAL_SIDECAR_CACHE_MAX = 4096;

/** Entries that one local listing could not give and remembers to report; beyond that their number is no news. */
export const LOCAL_LIST_PROBLEMS_MAX = 1000;

/** A large body in memory is handed to the data path in pieces of this many bytes: progress is reported between two. */
export const LOCAL_WRITE_PIECE: number = 64 * MIB;
