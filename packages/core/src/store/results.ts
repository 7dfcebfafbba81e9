import type { ObjectAttributes } from "../attributes/types.js";
import type { Bytes, ServedRange } from "../driver/types.js";
import type { StoreError } from "../errors/index.js";

/** One stored object as the store knows it: its attributes included, its bytes not. */
export interface ObjectInfo extends ObjectAttributes {
  readonly key: string;
  /** Bytes of the whole object, also when a range was read. */
  readonly size: number;
  /** Opaque, unquoted; the same from put, stat, get and list as long as the object is unchanged. */
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly contentType: string;
  readonly versionId?: string | undefined;
  /** The service's own facts: storage class, checksums, I/O mode ... */
  readonly native?: Readonly<Record<string, unknown>> | undefined;
}

export interface PutResult {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** When the service says it. */
  readonly lastModified?: Date | undefined;
  readonly versionId?: string | undefined;
}

export interface GetResult {
  /** Owns its whole buffer; the caller's from here on. */
  readonly bytes: Bytes;
  readonly info: ObjectInfo;
  readonly range: ServedRange;
  /** The bytes as UTF-8 text. */
  text(): string;
}

/**
 * The result of `getLease`: bytes that are yours until `release`, or to the end of the block of a `using lease = ...`. Afterwards
 * `bytes`, and every array that was taken from it, has length 0. A lease that is never released is freed as other memory is, by
 * garbage collection.
 */
export interface Lease extends GetResult, Disposable {
  /** Gives the memory back. Further calls do nothing. No view of the bytes may be in use by an asynchronous call (a write, say). */
  release(): void;
}

export interface GetIntoResult {
  /** Bytes written at the start of the caller's buffer. */
  readonly bytesRead: number;
  readonly info: ObjectInfo;
  readonly range: ServedRange;
}

export interface GetStreamResult extends AsyncDisposable {
  /** Every chunk is the consumer's. Cancelling, or disposing the result, frees the file or socket. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly info: ObjectInfo;
  readonly range: ServedRange;
}

export interface GetRangesResult {
  /** In the order asked. */
  readonly ranges: readonly Bytes[];
  readonly info: ObjectInfo;
}

/** One outcome of a bulk call: the call itself resolves, failures are per key. */
export type KeyOutcome<Value> =
  | { readonly key: string; readonly ok: true; readonly value: Value }
  | { readonly key: string; readonly ok: false; readonly error: StoreError };

export type DeleteOutcome =
  | { readonly key: string; readonly ok: true }
  | { readonly key: string; readonly ok: false; readonly error: StoreError };

export interface ObjectEntry {
  readonly kind: "object";
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly versionId?: string | undefined;
  readonly native?: Readonly<Record<string, unknown>> | undefined;
}

/** Keys that share everything up to the delimiter, shown once. */
export interface PrefixEntry {
  readonly kind: "prefix";
  /** Ends with the delimiter. */
  readonly prefix: string;
}

export type ListEntry = ObjectEntry | PrefixEntry;

export interface ListPage<Entry extends ListEntry = ListEntry> {
  readonly entries: readonly Entry[];
  /** Give it to `pages({ token })`, here or in another process, for what follows; `undefined` at the end. */
  readonly token: string | undefined;
}

export interface PrefixDeletion {
  readonly deleted: number;
  /** The keys that could not be deleted. */
  readonly failed: readonly { readonly key: string; readonly error: StoreError }[];
}
