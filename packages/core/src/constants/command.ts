import { KIB, MIB } from "./bytes.js";

/** Characters of output that the command gathers before it writes them at once: one pipe's worth (Linux: 64 KiB). */
export const OUTPUT_BUFFER_SIZE: number = 64 * KIB;

/** Objects up to this many bytes are compared in memory by `cp --verify`; larger ones as two streams. Bounds memory to
 * `BULK_CONCURRENCY_DEFAULT` pairs of it. */
export const VERIFY_WHOLE_MAX: number = MIB;

/** Screen updates of a progress line, a second. */
export const PROGRESS_FPS = 8;

/** Rates on a progress line are taken over this many milliseconds, so that time left follows the present speed. */
export const PROGRESS_WINDOW_MS = 5000;

/** Content types that services store when the uploader named none, and which therefore say nothing. Source: answers of Amazon S3
 * (`binary/octet-stream`) and of Azure Blob Storage (`application/octet-stream`). */
export const SERVICE_CONTENT_TYPES_DEFAULT: readonly string[] = ["binary/octet-stream", "application/octet-stream"];
