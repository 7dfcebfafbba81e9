import type { Budget } from "../transfer/budget.js";

/** Limits of time, in milliseconds; 0 is no limit. */
export interface TimeoutOptions {
  /** To get a connection. Default 10,000. Network stores only. */
  readonly connect?: number | undefined;
  /** Longest silence while an answer is due. Default 60,000. Network stores only. */
  readonly idle?: number | undefined;
  /** One attempt of one request. Default: no limit. */
  readonly attempt?: number | undefined;
  /**
   * The whole call, all attempts and waits; of a stream its opening, of a listing each page. Default: no limit. What a put in parts has
   * begun is then still aborted, which takes 12 s at most.
   */
  readonly total?: number | undefined;
}

/** How bytes are moved: the same names, defaults and meaning on every backend; for a store, or for one call. */
export interface TransferOptions {
  /** Bytes of a part or range. Default 8 MiB. */
  readonly partSize?: number | undefined;
  /** Parts or ranges of one object in flight. Default 8. */
  readonly concurrency?: number | undefined;
  /** Bodies of at least so many bytes go in parts. Default 16 MiB. */
  readonly multipartThreshold?: number | undefined;
  /** Reads of more bytes than this go in parallel ranges. Default 16 MiB. */
  readonly rangeThreshold?: number | undefined;
  /** Attempts after the first. Default 3. */
  readonly retries?: number | undefined;
  readonly timeouts?: TimeoutOptions | undefined;
}

/** {@link TransferOptions} with every default filled in. */
export interface TransferSettings {
  readonly partSize: number;
  readonly concurrency: number;
  readonly multipartThreshold: number;
  readonly rangeThreshold: number;
  readonly retries: number;
  readonly timeouts: {
    readonly connect: number | undefined;
    readonly idle: number | undefined;
    readonly attempt: number | undefined;
    readonly total: number | undefined;
  };
}

/** Options that core itself takes, on every store. */
export interface CommonStoreOptions extends TransferOptions {
  /** Bounds bytes in flight, shared with whoever else holds it. Default: the registry's, else none. */
  readonly budget?: Budget | undefined;
  /** `service` (S3, Azure): keys as the service takes them, so that odd existing ones can be reached. Default `portable`. */
  readonly keyRules?: "portable" | "service" | undefined;
}

export interface Progress {
  /** Bytes moved so far; never goes back, retries do not count twice. */
  readonly bytes: number;
  /** When known. */
  readonly totalBytes: number | undefined;
  readonly objects: number;
  readonly totalObjects: number | undefined;
  /** The key just finished or under way. */
  readonly key: string;
}

/** Taken by every operation. */
export interface CallOptions {
  /** Aborts: the call rejects with `signal.reason` itself. */
  readonly signal?: AbortSignal | undefined;
  readonly retries?: number | undefined;
  readonly timeouts?: TimeoutOptions | undefined;
  /** The service's own options of this call, by scheme: `{ s3: { storageClass: "GLACIER" } }`. Of another scheme: `Unsupported`. */
  readonly native?: NativeCallOptions | undefined;
}

/** Extended by plugins through declaration merging: one property a scheme. */
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type -- a merge target
export interface NativeCallOptions {}
