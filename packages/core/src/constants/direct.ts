/** O_DIRECT: sizes, queue depths and thresholds of store-direct. */
import { KIB, MIB } from "./bytes.js";

/** Bytes of one direct read or write. Measured: 4 MiB and 4 in flight reach the disk's limit at the least CPU a byte. */
export const DIRECT_CHUNK_SIZE: number = 4 * MIB;

/** Chunks of one operation in flight. */
export const DIRECT_CHUNK_DEPTH = 4;

/** Files of at least this many bytes get their space allocated before they are written: fewer extents, ENOSPC at once. */
export const DIRECT_ALLOCATE_MIN: number = MIB;

/** Most bytes that the io_uring thread copies itself; a larger unaligned read goes to the threads, where copies run in parallel. */
export const DIRECT_INLINE_COPY_MAX: number = 256 * KIB;

/** Threads of the engine, started as work comes. Measured: 8 reach the limit of a local disk for whole-file writes. */
export const DIRECT_THREADS = 8;

/** Entries of the io_uring: one more than the reads in flight. A power of two (the kernel rounds up to one). */
export const DIRECT_RING_ENTRIES = 128;

/** Reads of at least this many bytes that are one chunk are made by the engine's threads even where io_uring works: one thread that
 * submits them all becomes the bottleneck. Measured at 1 MiB, 16 in flight: 1.2 times as fast. */
export const DIRECT_THREAD_READ_MIN: number = 512 * KIB;

/** Reads handed to the kernel at once while further files are being opened: the disk works meanwhile. */
export const DIRECT_RING_BATCH = 8;

/** Bytes that such a batch has at least: in a virtual machine each costs about 20 us. Measured: 8 reads of 4 KiB at a time are a sixth
 * slower than all that there are, 8 of 100 KiB a sixth faster. */
export const DIRECT_RING_BATCH_BYTES: number = 256 * KIB;

/** Memory for I/O is mapped in slabs of this many bytes: two huge pages of 2 MiB. */
export const DIRECT_SLAB_SIZE: number = 4 * MIB;

/** Most memory, in bytes, kept for the next transfer while transfers go on. */
export const DIRECT_POOL_KEEP_MAX: number = 256 * MIB;

/** After this long without an operation, in milliseconds, idle memory goes back to the system. */
export const DIRECT_POOL_IDLE_MS = 2000;

/** Results up to this many bytes are copied into memory of V8's; larger ones are ArrayBuffers over the slab that was read into.
 * Measured: at 4 KiB both cost the same, at 100 KiB the copy and its fresh pages cost 25 of 58 us of CPU. */
export const DIRECT_OWN_COPY_MAX: number = 16 * KIB;

/** V8 is made to look at its young ArrayBuffers whenever results have brought this many bytes of foreign memory. It collects them, by a
 * cheap collection of young objects, from 32 MiB (64 MiB in newer versions) on, but looks only when it allocates one itself. */
export const DIRECT_GARBAGE_LOOK: number = 2 * MIB;

/** Finished operations given to JavaScript in one turn of the event loop; the rest waits for the next turn. */
export const DIRECT_COMPLETIONS_MAX = 256;

/** Puts without durability up to this many bytes go through the page cache. Measured: below it O_DIRECT loses (0.23 against 0.32 of
 * fio's rate at 4 KiB, 0.65 against 0.96 at 100 KiB), since each write waits for the disk. */
export const DIRECT_BUFFERED_PUT_MAX: number = 256 * KIB;

/** Memory alignment of direct I/O is asked of the kernel; where neither it nor a probe tells (a read-only container on a kernel
 * before 6.1), this is used, in bytes: the largest logical block size of common devices and the page size. */
export const DIRECT_ALIGNMENT_DEFAULT: number = 4 * KIB;

/** Smallest piece of a file, in bytes, that is written without the page cache: a page, since no page may be written both ways. */
export const DIRECT_BLOCK_MIN: number = 4 * KIB;
