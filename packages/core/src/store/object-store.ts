import type { Body } from "../body/types.js";
import type { Capabilities } from "../driver/capabilities.js";
import type { CleanupResult } from "../driver/driver.js";
import { normalizeStorePrefix, prefixDriver } from "../driver/prefix-driver.js";
import type { ByteRange, PresignedRequest } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { copyObject } from "../operations/copy.js";
import { deleteMany, deleteObject, deletePrefix } from "../operations/delete.js";
import { getInto } from "../operations/get-into.js";
import { getLease } from "../operations/get-lease.js";
import { getMany } from "../operations/get-many.js";
import { getRanges } from "../operations/get-ranges.js";
import { getStream } from "../operations/get-stream.js";
import { get } from "../operations/get.js";
import { list } from "../operations/list.js";
import type { Listing } from "../operations/list.js";
import { cleanup, containerExists } from "../operations/maintenance.js";
import { presign } from "../operations/presign.js";
import { put } from "../operations/put.js";
import { rename } from "../operations/rename.js";
import { completeError } from "../operations/scope.js";
import { exists, keyName, statObject } from "../operations/stat.js";
import { abortUpload, beginUpload, listUploads, resumeUpload } from "../operations/upload.js";
import type { Upload } from "../operations/upload.js";
import { createWriter } from "../operations/writer.js";
import type { ObjectWriter } from "../operations/writer.js";
import { describe } from "./call-arguments.js";
import type { StoreContext } from "./context.js";
import type {
  CleanupOptions,
  CopyOptions,
  DeleteOptions,
  DeletePrefixOptions,
  GetManyOptions,
  GetOptions,
  GetRangesOptions,
  ListOptions,
  PresignOptions,
  PutOptions,
  RenameOptions,
  StatOptions,
  UploadOptions,
} from "./options.js";
import type {
  DeleteOutcome,
  GetIntoResult,
  GetRangesResult,
  Lease,
  GetResult,
  GetStreamResult,
  KeyOutcome,
  ObjectEntry,
  ObjectInfo,
  PrefixDeletion,
  PutResult,
} from "./results.js";
import type { CallOptions } from "./settings.js";

/** How to reach the context of a store from inside core, without it being part of what users see. */
export const contextOf: WeakMap<ObjectStore, StoreContext> = new WeakMap();

/**
 * A store as users hold it, the same for every backend. Obtained from `openStore`, or from a store package's own function.
 *
 * Every method returns a promise (or a lazy iterable) and rejects with a `StoreError`, or with `signal.reason` itself when its
 * signal aborted. Unknown options are `InvalidArgument`; what the backend lacks is `Unsupported`, before anything is touched.
 */
export class ObjectStore implements AsyncDisposable {
  readonly #context: StoreContext;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /** @internal Use `openStore`, `createStore` or a store package's own function. */
  constructor(context: StoreContext, release: () => Promise<void>) {
    this.#context = context;
    this.#release = release;
    contextOf.set(this, context);
  }

  /** URI of the container, with the prefix this store was opened at. */
  get uri(): string {
    return this.#context.uriOf("");
  }

  get scheme(): string {
    return this.#context.scheme;
  }

  /** The container, in its plugin's spelling: a bucket, `account/container`, a directory. */
  get container(): string {
    return this.#context.container;
  }

  /** The prefix this store was opened at: empty, or ending in `/`. */
  get prefix(): string {
    return this.#context.prefix;
  }

  /** What this store can do: frozen, the same from open to close. */
  get capabilities(): Capabilities {
    return this.#context.capabilities;
  }

  /** URI of one object of this store. The key is not validated: an illegal one gives a URI that no operation takes. */
  uriOf(key: string): string {
    if (typeof key !== "string") {
      throw new StoreError({ code: "InvalidArgument", message: `a key is a string, not ${describe(key)}` });
    }
    return this.#context.uriOf(key);
  }

  /** Whole object, or a range of it, in memory that the caller owns. Large ones are read in parallel, pinned to one version. */
  get(key: string, options?: GetOptions): Promise<GetResult> {
    return get(this.#context, key, options);
  }

  /**
   * As `get`, in memory that goes back when the lease is released or disposed of (`using lease = await store.getLease(key)`): no
   * garbage where `capabilities.lease` is `native`, the same behaviour everywhere.
   */
  getLease(key: string, options?: GetOptions): Promise<Lease> {
    return getLease(this.#context, key, options);
  }

  /** As `get`, into the caller's memory; `InvalidArgument` when it is too small. */
  getInto(key: string, buffer: Uint8Array, options?: GetOptions): Promise<GetIntoResult> {
    return getInto(this.#context, key, buffer, options);
  }

  /** Many small objects; one outcome a key, in order. */
  getMany(keys: readonly string[], options?: GetManyOptions): Promise<KeyOutcome<GetResult>[]> {
    return getMany(this.#context, keys, options);
  }

  /** As `get`, as a stream; a broken connection is resumed, pinned to one version. */
  getStream(key: string, options?: GetOptions): Promise<GetStreamResult> {
    return getStream(this.#context, key, options);
  }

  /** Several ranges of one version of an object; close ones travel together. */
  getRanges(key: string, ranges: readonly ByteRange[], options?: GetRangesOptions): Promise<GetRangesResult> {
    return getRanges(this.#context, key, ranges, options);
  }

  /** Writes an object, atomically: readers see the old one or the new one. A body of any kind, of known size or not. */
  put(key: string, body: Body, options?: PutOptions): Promise<PutResult> {
    return put(this.#context, key, body, options);
  }

  /** Writes an object piece by piece; visible when closed. */
  createWriter(key: string, options?: PutOptions): ObjectWriter {
    return createWriter(this.#context, key, options);
  }

  /** Begins an explicit multipart upload. */
  beginUpload(key: string, options?: UploadOptions): Promise<Upload> {
    return beginUpload(this.#context, key, options);
  }

  /** Goes on with an upload by its token, from any process. Throws `InvalidArgument` for anything that is no token. */
  resumeUpload(token: string): Upload {
    return resumeUpload(this.#context, token);
  }

  /** Uploads neither completed nor aborted. */
  listUploads(
    options?: CallOptions & { readonly prefix?: string | undefined },
  ): AsyncIterable<{ readonly key: string; readonly token: string; readonly initiated: Date | undefined }> {
    return listUploads(this.#context, options);
  }

  abortUpload(token: string, options?: CallOptions): Promise<void> {
    return abortUpload(this.#context, token, options);
  }

  stat(key: string, options?: StatOptions): Promise<ObjectInfo> {
    return statObject(this.#context, key, options);
  }

  /** `false` for a missing object only; every other failure rejects. */
  exists(key: string, options?: CallOptions & { readonly versionId?: string | undefined }): Promise<boolean> {
    return exists(this.#context, key, options);
  }

  /** Lists lazily. With a `delimiter`, entries of kind `prefix` stand for what lies below them. */
  list(options?: ListOptions & { readonly delimiter?: undefined }): Listing<ObjectEntry>;
  list(options?: ListOptions): Listing;
  list(options?: ListOptions): Listing {
    return list(this.#context, options);
  }

  /** Resolves for a missing object too. */
  delete(key: string, options?: DeleteOptions): Promise<void> {
    return deleteObject(this.#context, key, options);
  }

  /** Any number of keys; one outcome each, in order. */
  deleteMany(keys: readonly string[], options?: CallOptions): Promise<DeleteOutcome[]> {
    return deleteMany(this.#context, keys, options);
  }

  /** Everything below a plain string prefix; an empty one needs `{ all: true }`. */
  deletePrefix(prefix: string, options?: DeletePrefixOptions): Promise<PrefixDeletion> {
    return deletePrefix(this.#context, prefix, options);
  }

  /** Copies within this store, attributes included. */
  copy(from: string, to: string, options?: CopyOptions): Promise<PutResult> {
    return copyObject(this.#context, { context: this.#context, key: from }, to, options);
  }

  /** Copies from any other store into this one. */
  async copyFrom(source: ObjectStore, sourceKey: string, key: string, options?: CopyOptions): Promise<PutResult> {
    const context = source instanceof ObjectStore ? contextOf.get(source) : undefined;
    if (context === undefined) {
      const error = new StoreError({
        code: "InvalidArgument",
        message: "copyFrom takes an ObjectStore of this copy of @stowage/core as its source",
      });
      throw completeError(this.#context, "copy", keyName(key), true, error);
    }
    return copyObject(this.#context, { context, key: sourceKey }, key, options);
  }

  /** Moves within this store; atomic where `capabilities.rename` is `native`. */
  rename(from: string, to: string, options?: RenameOptions): Promise<PutResult> {
    return rename(this.#context, from, to, options);
  }

  presign(key: string, options?: PresignOptions): Promise<PresignedRequest> {
    return presign(this.#context, key, options);
  }

  containerExists(options?: CallOptions): Promise<boolean> {
    return containerExists(this.#context, options);
  }

  /** Removes leftovers of crashed writers. */
  cleanup(options?: CleanupOptions): Promise<CleanupResult> {
    return cleanup(this.#context, options);
  }

  /** A view of this store below `prefix`, confined to it, on the same connections: closing either closes both. */
  withPrefix(prefix: string): ObjectStore {
    const below = normalizeStorePrefix(prefix);
    const { uriOf, driver } = this.#context;
    const view: StoreContext = {
      ...this.#context,
      driver: prefixDriver(driver, below),
      prefix: this.#context.prefix + below,
      uriOf: (key) => uriOf(below + key),
    };
    return new ObjectStore(view, () => this.close());
  }

  /**
   * Waits for operations in flight, ends open streams with `Closed`, then frees sockets and descriptors. Later calls are `Closed`.
   * May be called again.
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeOnce(): Promise<void> {
    const { life } = this.#context;
    life.closed = true;
    const reason = new StoreError({ code: "Closed", message: "the store was closed while the stream was open" });
    await Promise.all([...life.streams].map((cancel) => cancel(reason)));
    await life.idle();
    try {
      await this.#release();
    } catch (error) {
      throw completeError(this.#context, "close", undefined, false, error);
    }
  }
}
