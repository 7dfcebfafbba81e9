import type { AttributeInput } from "../attributes/types.js";
import type { ByteRange, ReadConditions, WriteConditions } from "../driver/types.js";
import type { CallOptions, Progress, TransferOptions } from "./settings.js";

type Optional<Shape> = { readonly [Name in keyof Shape]?: Shape[Name] | undefined };

export interface StatOptions extends CallOptions, Optional<ReadConditions> {
  readonly versionId?: string | undefined;
}

export interface GetOptions extends StatOptions, Pick<TransferOptions, "partSize" | "concurrency" | "rangeThreshold"> {
  /** `{ offset, length? }` or `{ suffix }`, in bytes. */
  readonly range?: ByteRange | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface GetManyOptions extends CallOptions {
  /** Objects in flight. Default 32. */
  readonly concurrency?: number | undefined;
  /** The caller's memory: results are views into it, one after another, for as long as they fit; the rest own theirs. */
  readonly arena?: Uint8Array<ArrayBuffer> | undefined;
}

export interface GetRangesOptions extends StatOptions, Pick<TransferOptions, "concurrency"> {
  /** Ranges closer than this, in bytes, are read as one. Default 1 MiB. */
  readonly coalesceGap?: number | undefined;
}

export interface PutOptions extends CallOptions, AttributeInput, Optional<WriteConditions> {
  /** The body's size when it cannot tell itself, in bytes; a body of another size fails and leaves nothing. */
  readonly size?: number | undefined;
  readonly partSize?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly multipartThreshold?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface UploadOptions extends CallOptions, AttributeInput {
  /** Bytes of every part but the last. Default 8 MiB. */
  readonly partSize?: number | undefined;
}

export interface CompleteOptions extends CallOptions, Optional<WriteConditions> {}

export interface ListOptions extends CallOptions {
  /** Plain string, not a path segment. Default: everything. */
  readonly prefix?: string | undefined;
  /** Group keys that share the part up to the next delimiter. */
  readonly delimiter?: string | undefined;
  /** Only what comes after this key (exclusive). */
  readonly startAfter?: string | undefined;
  /** `utf8`: in UTF-8 byte order of key, or fail with `Unsupported` when it would take too much memory to sort. Default: as it comes. */
  readonly order?: "utf8" | undefined;
}

export interface PageOptions {
  /** Most entries of a page. Default 1,000. */
  readonly pageSize?: number | undefined;
  /** From an earlier page of the same listing. */
  readonly token?: string | undefined;
}

export interface DeleteOptions extends CallOptions {
  readonly ifMatch?: string | undefined;
  readonly versionId?: string | undefined;
}

export interface DeletePrefixOptions extends CallOptions {
  /** Needed with an empty prefix: yes, everything. */
  readonly all?: boolean | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface CopyOptions extends CallOptions, Optional<WriteConditions> {
  /** Replaces the source's attributes, all of them. Default: they are kept. */
  readonly attributes?: AttributeInput | undefined;
  /** Only if the source still has this etag. */
  readonly sourceIfMatch?: string | undefined;
  readonly sourceVersionId?: string | undefined;
  readonly partSize?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface RenameOptions extends CallOptions, Pick<Optional<WriteConditions>, "ifNoneMatch"> {}

export interface PresignOptions {
  readonly method?: "GET" | "PUT" | "HEAD" | "DELETE" | undefined;
  /** Seconds. Default 900, at most 604,800. */
  readonly expiresIn?: number | undefined;
  readonly contentType?: string | undefined;
  readonly contentLength?: number | undefined;
  readonly ifNoneMatch?: "*" | undefined;
  readonly responseContentType?: string | undefined;
  readonly responseContentDisposition?: string | undefined;
  readonly versionId?: string | undefined;
  readonly native?: CallOptions["native"];
}

export interface CleanupOptions extends CallOptions {
  /** Milliseconds; younger leftovers may be a live writer's. Default 24 hours. */
  readonly olderThan?: number | undefined;
}
