import type { ObjectAttributes } from "../attributes/types.js";

/** Bytes that own their whole buffer: no neighbour is visible through `.buffer`. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** `offset` from 0, in bytes; without `length` to the end. Or the last `suffix` bytes. */
export type ByteRange = { readonly offset: number; readonly length?: number } | { readonly suffix: number };

/** The bytes that an answer holds, of an object of `info.size` bytes. */
export interface ServedRange {
  readonly offset: number;
  readonly length: number;
}

export interface ReadConditions {
  /** Unquoted etag. */
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  /** Compared at the service's precision, one second on all clouds. */
  readonly ifModifiedSince?: Date;
  readonly ifUnmodifiedSince?: Date;
}

/** At most one of the two is set. */
export interface WriteConditions {
  /** Only if nothing is there. */
  readonly ifNoneMatch?: "*";
  /** Only if the object still has this (unquoted) etag. */
  readonly ifMatch?: string;
}

/** Milliseconds; `undefined` is no limit. Applied by drivers that talk over a network; core itself applies `attempt` and `total`. */
export interface DriverTimeouts {
  readonly connect: number | undefined;
  readonly idle: number | undefined;
}

/**
 * What every driver call gets. Core guarantees: the signal was not aborted when the call was made, and arguments are valid.
 * The driver guarantees: one attempt, no retry; when the signal aborts it stops soon, cleans up, then rejects (with anything:
 * core rejects with `signal.reason`); it leaves no listener on the signal.
 */
export interface DriverCall {
  readonly signal: AbortSignal | undefined;
  readonly timeouts: DriverTimeouts;
  /** The service's own options of this call, already known to belong to this scheme; the driver validates them. */
  readonly native: unknown;
}

export interface DriverReadCall extends DriverCall {
  readonly conditions: ReadConditions | undefined;
  readonly versionId: string | undefined;
}

/** What a driver knows of an object: `size` a safe integer, `etag` opaque, unquoted and the same in stat, read, write and list. */
export interface DriverInfo {
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly attributes: ObjectAttributes;
  readonly versionId?: string | undefined;
  /** The service's own facts (storage class, checksums, lease state ...): JSON values. */
  readonly native?: Readonly<Record<string, unknown>> | undefined;
}

export interface DriverRead {
  readonly info: DriverInfo;
  /** What `chunks` will deliver. Core slices when it is more than was asked for, and fails when it is less. */
  readonly range: ServedRange;
  /**
   * The bytes, in order. Every chunk belongs to the consumer: the driver neither keeps nor reuses it. Nothing is read ahead
   * without bound; `return()` frees the file or socket, also when iteration never began. Ending early is an error the
   * driver must throw (`Unavailable`), never a short end.
   */
  readonly chunks: AsyncIterator<Uint8Array, undefined, undefined>;
}

export interface DriverBytes {
  readonly info: DriverInfo;
  readonly range: ServedRange;
  readonly bytes: Bytes;
}

export interface DriverReadInto {
  readonly info: DriverInfo;
  /** Bytes written at the start of the target; smaller than the target only where the object ends. */
  readonly bytesRead: number;
}

/**
 * A body on its way to the driver. Exactly one of three forms: `bytes` (whole, in memory, not changed and not kept after the
 * write settles), or `chunks` with a known `size` (core guarantees that exactly `size` bytes come, or that iteration
 * throws), or `chunks` with `size` undefined (only where the driver declares `putStream: "native"`).
 */
export interface WriteBody {
  readonly size: number | undefined;
  readonly bytes: Uint8Array | undefined;
  /** A fresh iteration each call; a second call throws unless `replayable`. Unused when `bytes` is set. */
  chunks(): AsyncIterable<Uint8Array>;
  /** May the write be attempted again? */
  readonly replayable: boolean;
}

export interface DriverWriteCall extends DriverCall {
  /** Validated: names lower-cased, values within limits; the content type is always set. */
  readonly attributes: ObjectAttributes;
  readonly conditions: WriteConditions | undefined;
  /** Called with the bytes sent or written so far. */
  readonly onBytes: ((bytes: number) => void) | undefined;
}

export interface DriverWritten {
  readonly size: number;
  readonly etag: string;
  readonly lastModified?: Date | undefined;
  readonly versionId?: string | undefined;
}

export interface DriverListCall extends DriverCall {
  /** Plain string; may be empty. */
  readonly prefix: string;
  /** Non-empty; only `/` where the driver declares `delimiters: "slash"`. */
  readonly delimiter: string | undefined;
  /** Exclusive. Not set together with `token`. */
  readonly startAfter: string | undefined;
  /** Opaque, of this driver, from an earlier page of the same prefix and delimiter; anything else: `InvalidArgument`. */
  readonly token: string | undefined;
  /** Most entries and prefixes of one page; `undefined` leaves it to the driver. */
  readonly pageSize: number | undefined;
}

export interface DriverListEntry {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly versionId?: string | undefined;
  readonly native?: Readonly<Record<string, unknown>> | undefined;
}

/** Entries and prefixes each in the declared order; together they are the next of the listing, each exactly once. */
export interface DriverListPage {
  readonly entries: readonly DriverListEntry[];
  readonly prefixes: readonly string[];
  /** Where the next page starts; JSON-safe, usable in another process; `undefined` on the last page only. */
  readonly token: string | undefined;
}

export interface DriverDeleteCall extends DriverCall {
  readonly conditions: { readonly ifMatch?: string } | undefined;
  readonly versionId: string | undefined;
}

export interface DriverCopyCall extends DriverCall {
  /** Only if the source still has this etag. */
  readonly sourceIfMatch: string | undefined;
  readonly sourceVersionId: string | undefined;
  readonly conditions: WriteConditions | undefined;
  /** `undefined` keeps the source's. */
  readonly attributes: ObjectAttributes | undefined;
  /** May be called with the bytes copied so far, by a driver that moves them itself; a service's own copy need not. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface DriverPresignCall {
  readonly method: "GET" | "PUT" | "HEAD" | "DELETE";
  /** Seconds, a positive integer within the portable limit. */
  readonly expiresIn: number;
  /** PUT: the type that the uploader must send. */
  readonly contentType: string | undefined;
  readonly contentLength: number | undefined;
  readonly ifNoneMatch: "*" | undefined;
  /** GET: what the answer's headers should say. */
  readonly responseContentType: string | undefined;
  readonly responseContentDisposition: string | undefined;
  readonly versionId: string | undefined;
  /** PUT of one part of a multipart upload. */
  readonly part: { readonly upload: DriverUpload; readonly partNumber: number } | undefined;
  readonly native: unknown;
}

export interface PresignedRequest {
  readonly url: string;
  readonly method: string;
  /** Headers that the request must carry. */
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

/** One multipart upload; survives JSON. `id` is the driver's own. */
export interface DriverUpload {
  readonly key: string;
  readonly id: string;
  readonly partSize: number;
  /** Kept in the token because some services take attributes only at the end. */
  readonly attributes: ObjectAttributes;
}

export interface DriverPart {
  readonly partNumber: number;
  readonly size: number;
  readonly etag: string;
  /** What the driver needs of this part to complete (checksums, say): JSON values. */
  readonly native?: Readonly<Record<string, unknown>> | undefined;
}

export interface DriverUploadSummary {
  readonly key: string;
  readonly id: string;
  readonly initiated: Date | undefined;
  /** Unknown where the service does not keep it. */
  readonly partSize: number | undefined;
  readonly attributes?: ObjectAttributes | undefined;
}
