import type { Bytes } from "@stowage/core";
import type { FileFacts } from "./facts.js";

export type MaybePromise<Value> = Value | Promise<Value>;

/**
 * How bytes get from and to files: the one thing in which local stores differ. Everything else (names, attributes, publication,
 * listing, uploads, clean-up) is the same for all and works on plain descriptors: every `fd` is one of the system's own.
 *
 * Rejections are errors with an errno name in `code`, as Node's; the store makes StoreErrors of them. No method keeps or
 * touches a buffer after its promise has settled. An aborted signal stops pending work between two chunks: the promise settles,
 * by rejecting with the signal's reason, when nothing is in flight any more.
 */
export interface DataPath {
  /** Facts for `capabilities.notes`: the I/O mode in force and why. */
  readonly notes: Readonly<Record<string, string | number | boolean>>;

  /** Bytes of one chunk of a stream read by `readAt`, and of the buffer that gathers small chunks for `writeAt`. */
  readonly streamChunk: number;

  /**
   * The whole of a small regular file in one go; or, where it turned out too large or no regular file, the file as it was opened
   * for that, which the caller closes; or `undefined` to have it opened and read step by step. May answer at once, without a
   * promise, and may throw at once.
   */
  readSmallFile?(request: SmallFileRequest): MaybePromise<SmallFile | OpenedFile | undefined>;

  /** Opens an existing file for reading. `flags` are of open(2): `O_RDONLY` and what the store adds (`O_NONBLOCK`, `O_NOFOLLOW`). */
  openForReading(path: string, flags: number): MaybePromise<number>;

  /** Memory for `size` bytes, that owns its whole buffer; its content is undefined. */
  allocate(size: number): Bytes;

  /** Fills `target` from `position` on, in parallel where it is large; resolves with the bytes read, fewer only at the file's end. */
  readAt(fd: number, position: number, target: Uint8Array, signal: AbortSignal | undefined): Promise<number>;

  /**
   * Opens a file for writing. `flags`: `O_WRONLY` and what the store adds (`O_CREAT | O_EXCL` for a new one). `sequential`: this
   * descriptor is the only one, positions ascend without gaps, and `finish` follows. `parts`: several descriptors, of several
   * processes maybe, write one file in any order; a write must not touch a byte outside its own.
   */
  openForWriting(path: string, flags: number, pattern: "sequential" | "parts"): Promise<number>;

  /** Writes all of `source` at `position`, in parallel where it is large. Of one `parts` descriptor several run at once. */
  writeAt(fd: number, position: number, source: Uint8Array, signal: AbortSignal | undefined): Promise<void>;

  /** Ends writing: the file has exactly `size` bytes afterwards. Called once a file, with no `writeAt` in flight. */
  finish(fd: number, size: number): Promise<void>;
}

export interface SmallFileRequest {
  readonly path: string;
  /** Of open(2), as for `openForReading`. */
  readonly flags: number;
  /** Largest file to read, in bytes. */
  readonly limit: number;
  /** Is `SmallFile.location` wanted? */
  readonly locate: boolean;
  /** Brings the memory for the bytes, of exactly the size asked for. Default: `DataPath.allocate`. */
  readonly allocate: ((size: number) => Bytes) | undefined;
}

export interface SmallFile {
  readonly facts: FileFacts;
  readonly bytes: Bytes;
  /** The path of the file that was opened with every link resolved, as `locationOf` tells it of an open descriptor. */
  readonly location: string | undefined;
}

export interface OpenedFile {
  readonly fd: number;
  readonly facts: FileFacts;
  /** As of `SmallFile`. */
  readonly location: string | undefined;
}
