/**
 * How a feature is provided. `native`: by the service or the file system itself. `emulated`: by core, with the same result and
 * the limits that the documentation names. `unsupported`: refused with `Unsupported` before anything is touched.
 */
export type Support = "native" | "emulated" | "unsupported";

/** Everything that some backend may lack. The name is what `StoreError.capability` carries. */
export const FEATURES = [
  /** get, getStream and stat with `ifMatch`, `ifNoneMatch`, `ifModifiedSince`, `ifUnmodifiedSince`. */
  "conditionalRead",
  /** put, writer, multipart complete with `ifNoneMatch: "*"`. */
  "createOnly",
  /** put, writer, multipart complete with `ifMatch`. */
  "replaceIf",
  /** delete with `ifMatch`. */
  "deleteIf",
  /** copy with `ifNoneMatch: "*"`. */
  "copyCreateOnly",
  /** Content attributes and user metadata. */
  "attributes",
  /** A put of unknown size in one write; `emulated`: in parts. */
  "putStream",
  /** Explicit multipart uploads. */
  "multipart",
  /** `upload.listParts()`, hence resuming in another process without remembering parts. */
  "listParts",
  /** `listUploads()`: abandoned uploads can be found. */
  "listUploads",
  /** Reading into the caller's memory without a copy. */
  "getInto",
  /** Memory of a result goes back on `release`; `emulated`: it is detached, and left to garbage collection. */
  "lease",
  /** Several ranges of one object in one call of the driver. */
  "getRanges",
  "deleteMany",
  /** Copy within the service; `emulated`: streamed through this process. */
  "copy",
  /** `native`: atomic; `emulated`: copy, then delete. */
  "rename",
  "presign",
  /** `versionId` on reads and deletes. */
  "versions",
  /** `cleanup()` of leftovers of crashed writers. */
  "cleanup",
  "createContainer",
  "deleteContainer",
  "listContainers",
] as const;

export type Feature = (typeof FEATURES)[number];

/** In which order a listing comes. `hierarchical`: each directory ordered, the whole not. */
export type ListOrder = "utf8" | "utf16" | "hierarchical" | "none";

/** Sizes in bytes, `Infinity`-free so that the record survives JSON: what is unlimited is absent. */
export interface Limits {
  readonly objectBytes?: number;
  /** Largest body of one `write`. */
  readonly writeBytes?: number;
  /** Smallest part but the last; largest part; most parts of one upload. */
  readonly partBytesMin?: number;
  readonly partBytesMax?: number;
  readonly parts?: number;
  /** Keys of one `deleteMany` call of the driver. */
  readonly deleteBatch?: number;
  /** Entries of one listing page of the driver. */
  readonly listPage?: number;
  readonly keyBytes: number;
  readonly metadataBytes: number;
}

/** Keys beyond the portable rules that this backend cannot hold; each is refused, never altered. */
export interface KeyLimits {
  /** `a//b`. */
  readonly emptySegments: boolean;
  /** `a/`. */
  readonly trailingSlash: boolean;
  /** `a` beside `a/b`. */
  readonly objectAndPrefix: boolean;
  /** Bytes of one segment, where the backend has such a limit. */
  readonly segmentBytes?: number;
  /** `false` on file systems that fold case or normalise Unicode: a second spelling is `KeyConflict`. */
  readonly distinctSpellings: boolean;
  /** May a store be opened with `keyRules: "service"`? */
  readonly serviceKeys: boolean;
}

export interface MultipartBehaviour {
  /** `independent`: every upload to one key can complete, the last wins. `first`: the first complete ends the others. */
  readonly concurrent: "independent" | "first";
  /** Is the space of an aborted upload free when `abort` resolves? */
  readonly abortReclaims: boolean;
  /** May parts of one upload have different sizes? Lets a put of unknown size grow its parts. */
  readonly unequalParts: boolean;
}

/** What one opened store can do: frozen, JSON-serialisable, the same from open to close. */
export interface Capabilities extends Readonly<Record<Feature, Support>> {
  readonly listOrder: ListOrder;
  /** `weak`: of inode, size and time rather than of the bytes. */
  readonly etag: "strong" | "weak";
  readonly multipartBehaviour: MultipartBehaviour;
  readonly keys: KeyLimits;
  readonly limits: Limits;
  /** Facts of this backend in words and numbers: the I/O mode in force and why, the service preset. */
  readonly notes: Readonly<Record<string, string | number | boolean>>;
}
