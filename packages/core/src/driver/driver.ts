import type { Capabilities, Feature, KeyLimits, Limits, ListOrder, MultipartBehaviour } from "./capabilities.js";
import type {
  ByteRange,
  Bytes,
  DriverBytes,
  DriverCall,
  DriverCopyCall,
  DriverDeleteCall,
  DriverInfo,
  DriverListCall,
  DriverListPage,
  DriverPart,
  DriverPresignCall,
  DriverRead,
  DriverReadCall,
  DriverReadInto,
  DriverUpload,
  DriverUploadSummary,
  DriverWriteCall,
  DriverWritten,
  PresignedRequest,
  WriteBody,
  WriteConditions,
} from "./types.js";

/** What a driver says of itself. Core derives the rest: a feature left out is `emulated` where core can, else `unsupported`. */
export interface DriverCapabilities {
  /** The features that this driver provides itself. A method that is missing makes its feature not native whatever is said. */
  readonly native: readonly Feature[];
  /** Features that core could emulate but must not on this store. */
  readonly unsupported?: readonly Feature[];
  readonly listOrder: ListOrder;
  /** `slash`: `list` groups by `/` only; core groups by any other delimiter itself. */
  readonly delimiters: "any" | "slash";
  readonly etag: "strong" | "weak";
  /** `whole`: a large `readInto` or `readBytes` is best made by one call; the driver reads in parallel itself. Default `split`. */
  readonly largeReads?: "whole" | "split";
  /** Why `deletePrefix` and `deleteMany` of everything must not run here (the root of a file system, say). */
  readonly refusesDeletePrefix?: string;
  readonly multipart?: MultipartBehaviour;
  readonly keys: KeyLimits;
  readonly limits?: Partial<Limits>;
  readonly notes?: Capabilities["notes"];
}

/**
 * What a backend implements: small, one attempt a call, no policy. Users never see it; they hold an `ObjectStore`, which
 * validates, retries, times out, reports and derives.
 *
 * Core guarantees for every call: keys passed the portable rules (or the service's, where `keyRules: "service"` was asked for);
 * ranges are safe integers, never of zero length; options that the driver declares unsupported never arrive; buffers given
 * are not touched by the caller until the promise settles.
 *
 * The driver guarantees: every rejection is a `StoreError` with the code of design section 5 (others become `Internal`), with
 * `committed` set on writes when it knows; a missing object is `NotFound`, a missing container `ContainerNotFound`; a write is
 * whole or not there; nothing is left behind by a failure; no state between calls but connections and caches.
 */
export interface StoreDriver {
  readonly capabilities: DriverCapabilities;

  /**
   * Where the service is reached, in one spelling. Drivers of one plugin with different endpoints hold different objects under one
   * URI; without it a URI alone names the object, as it does on local file systems.
   */
  readonly endpoint?: string | undefined;

  /**
   * Where what lies below `prefix` is kept (or would be), in one spelling for all drivers that may reach the same objects, whatever
   * their scheme and URI: a real path, say. Segments are separated by `/`. A bulk copy into its own source is refused by it; without
   * it URI and `endpoint` tell.
   */
  place?(prefix: string, call: DriverCall): Promise<string>;

  /** Facts of one object. Conditions as for `read`. */
  stat(key: string, call: DriverReadCall): Promise<DriverInfo>;

  /**
   * Opens the object, or a range of it, as a stream. An `offset` at or beyond the end is `InvalidRange`; an end beyond it is
   * clamped; a `suffix` longer than the object is the whole object; a suffix of an empty object is empty. Order of checks:
   * `NotFound`, then conditions (`PreconditionFailed`, `NotModified`), then `InvalidRange`.
   */
  read(key: string, range: ByteRange | undefined, call: DriverReadCall): Promise<DriverRead>;

  /**
   * Writes the whole object, atomically: a reader sees the old one or the new one. `ifNoneMatch: "*"` on an existing key is
   * `AlreadyExists`; a stale or missing `ifMatch` is `PreconditionFailed`; of racing creators exactly one wins.
   */
  write(key: string, body: WriteBody, call: DriverWriteCall): Promise<DriverWritten>;

  /**
   * Lists pages from `startAfter` or `token` on, lazily: nothing is requested before the consumer asks for it, and `return()`
   * frees everything. A missing prefix is an empty listing; a missing container is `ContainerNotFound`.
   */
  list(call: DriverListCall): AsyncIterable<DriverListPage>;

  /** Resolves for a missing object too. With `ifMatch`: `PreconditionFailed` when stale or missing. */
  delete(key: string, call: DriverDeleteCall): Promise<void>;

  /** Is the container there? `false` only when the service says so. */
  containerExists(call: DriverCall): Promise<boolean>;

  /** Frees sockets, descriptors, memory. Called once, with no other call in flight. */
  close(): Promise<void>;

  /**
   * Whole object, or a range, in memory, in one call: what a small `get` costs. With `limit`, an object or range larger
   * than that may be answered by its first part (`range.length < ` what was asked for, never below `limit`): core reads the rest.
   * With `allocate`, memory of exactly the answer's length should come from it (the caller's arena) instead of being fresh.
   */
  readBytes?(
    key: string,
    range: ByteRange | undefined,
    limit: number,
    call: DriverReadCall,
    allocate?: (byteLength: number) => Bytes,
  ): Promise<DriverBytes>;

  /**
   * Takes back the memory of a `readBytes` answer, or other memory that core made in its place; the arrays over it have length 0
   * afterwards. Only where the driver uses the memory again before it is garbage: feature `lease`.
   */
  releaseBytes?(bytes: Bytes): void;

  /**
   * Fills `target` from `offset` on, straight into the caller's memory. Ends early only at the object's end; `offset` at or
   * beyond it is `InvalidRange`, except 0 on an empty object, which reads 0 bytes.
   */
  readInto?(key: string, offset: number, target: Uint8Array, call: DriverReadCall): Promise<DriverReadInto>;

  /** Several ranges at once, results in the order asked. Each is within the rules of `read`. */
  readRanges?(
    key: string,
    ranges: readonly Required<Extract<ByteRange, { offset: number }>>[],
    call: DriverReadCall,
  ): Promise<{ readonly info: DriverInfo; readonly bytes: readonly Uint8Array<ArrayBuffer>[] }>;

  /** Deletes up to `limits.deleteBatch` keys. One outcome a key, in order: `undefined` for done (missing ones too). */
  deleteMany?(keys: readonly string[], call: DriverCall): Promise<readonly (Error | undefined)[]>;

  /**
   * Copies within the service, from a driver of the same plugin: `source` is that driver. Resolves `undefined` to decline
   * (another account, too large ...): core then streams. Atomic as `write`; a missing source leaves the destination alone.
   */
  copyFrom?(
    source: StoreDriver,
    sourceKey: string,
    key: string,
    call: DriverCopyCall,
  ): Promise<(DriverWritten & { readonly info?: DriverInfo }) | undefined>;

  /** Atomic, overwriting; bytes and attributes move together. */
  rename?(
    from: string,
    to: string,
    call: DriverCall & { readonly conditions: WriteConditions | undefined },
  ): Promise<DriverWritten>;

  readonly multipart?: MultipartDriver;

  presign?(key: string, call: DriverPresignCall): Promise<PresignedRequest>;

  /** Removes leftovers of crashed writers that are older than `olderThanMs`; never a live writer's. */
  cleanup?(options: { readonly olderThanMs: number } & DriverCall): Promise<CleanupResult>;
}

export interface CleanupResult {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Explicit multipart uploads. Core guarantees: part numbers 1 to `limits.parts`; every part but the last has exactly
 * `upload.partSize` bytes (any size where `unequalParts` and core itself grows them); `complete` gets contiguous parts from 1.
 * The driver guarantees: nothing is visible before `complete`, which is atomic; a re-sent part replaces the first; two uploads
 * to one key never mix; an unknown or ended upload is `NotFound`.
 */
export interface MultipartDriver {
  /**
   * Begins an upload; nothing of it is visible before `complete`. When the caller gives up meanwhile, core lets the call answer (its
   * signal ends up to two seconds later than the caller's) and aborts what was begun. A driver that begins uploads by itself, for a
   * large copy say, does the same: `untilBegun`, and `untilAborted` for the abort.
   */
  begin(
    key: string,
    options: DriverCall & Pick<DriverWriteCall, "attributes"> & { readonly partSize: number },
  ): Promise<{ readonly id: string }>;
  uploadPart(upload: DriverUpload, partNumber: number, body: WriteBody, call: DriverCall): Promise<DriverPart>;
  /** Parts uploaded so far, ascending. Absent where the service cannot tell: feature `listParts`. */
  listParts?(upload: DriverUpload, call: DriverCall): Promise<readonly DriverPart[]>;
  /** With no parts: an empty object. */
  complete(
    upload: DriverUpload,
    parts: readonly DriverPart[],
    call: DriverCall & { readonly conditions: WriteConditions | undefined },
  ): Promise<DriverWritten>;
  /** Resolves for an upload already aborted; the upload is unusable afterwards. An object under the key is left alone. */
  abort(upload: Pick<DriverUpload, "key" | "id">, call: DriverCall): Promise<void>;
  /** Uploads neither completed nor aborted, by key prefix. Feature `listUploads`. */
  listUploads?(call: DriverCall & { readonly prefix: string }): AsyncIterable<DriverUploadSummary>;
}
