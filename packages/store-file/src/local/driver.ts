import { join } from "node:path";
import { StoreError } from "@stowage/core";
import type {
  ByteRange,
  Bytes,
  CleanupResult,
  DriverBytes,
  DriverCall,
  DriverCapabilities,
  DriverCopyCall,
  DriverDeleteCall,
  DriverInfo,
  DriverListCall,
  DriverListPage,
  DriverRead,
  DriverReadCall,
  DriverReadInto,
  DriverWriteCall,
  DriverWritten,
  Feature,
  MultipartDriver,
  StoreDriver,
  WriteBody,
  WriteConditions,
} from "@stowage/core";
import { cleanUp } from "./cleanup.js";
import { isDirectory } from "./containers.js";
import type { LocalContext } from "./context.js";
import { copyObject } from "./copy.js";
import { toStoreError } from "./errors.js";
import { LOCAL_KEY_LIMITS } from "./keys.js";
import { listObjects } from "./listing/list.js";
import { createMultipart } from "./multipart/multipart.js";
import { readBytes, readInto, readStream, statObject } from "./read.js";
import { realPathOf } from "./real-path.js";
import { renameObject } from "./rename.js";
import { deleteObject, deleteObjects, writeObject } from "./write.js";

/** Objects as files below one directory. What differs between local stores is the context's data path. */
export class LocalDriver implements StoreDriver {
  readonly capabilities: DriverCapabilities;
  readonly multipart: MultipartDriver;
  readonly #context: LocalContext;

  /** `alsoNative`: what a store on this one provides besides. */
  constructor(context: LocalContext, alsoNative: readonly Feature[] = []) {
    this.#context = context;
    this.multipart = createMultipart(context);
    this.capabilities = {
      native: [
        "conditionalRead",
        "createOnly",
        "copyCreateOnly",
        "attributes",
        "putStream",
        "multipart",
        "listParts",
        "listUploads",
        "getInto",
        "deleteMany",
        "copy",
        "rename",
        "cleanup",
        ...alsoNative,
      ],
      listOrder: "utf8",
      delimiters: "slash",
      etag: "weak",
      largeReads: "whole",
      ...(context.root === "/" ? { refusesDeletePrefix: "the container is the root of the file system" } : {}),
      multipart: { concurrent: "independent", abortReclaims: true, unequalParts: false },
      keys: { ...LOCAL_KEY_LIMITS, distinctSpellings: !context.spelling.mayFold },
      notes: { durability: context.durability, ...context.dataPath.notes },
    };
  }

  async place(prefix: string): Promise<string> {
    return `file:${await realPathOf(join(this.#context.root, prefix))}`;
  }

  stat(key: string, call: DriverReadCall): Promise<DriverInfo> {
    return statObject(this.#context, key, call);
  }

  read(key: string, range: ByteRange | undefined, call: DriverReadCall): Promise<DriverRead> {
    return readStream(this.#context, key, range, call);
  }

  readBytes(
    key: string,
    range: ByteRange | undefined,
    limit: number,
    call: DriverReadCall,
    allocate?: (size: number) => Bytes,
  ): Promise<DriverBytes> {
    return readBytes(this.#context, key, range, limit, call, allocate);
  }

  readInto(key: string, offset: number, target: Uint8Array, call: DriverReadCall): Promise<DriverReadInto> {
    return readInto(this.#context, key, offset, target, call);
  }

  write(key: string, body: WriteBody, call: DriverWriteCall): Promise<DriverWritten> {
    return writeObject(this.#context, key, body, call);
  }

  list(call: DriverListCall): AsyncIterable<DriverListPage> {
    return listObjects(this.#context, call);
  }

  delete(key: string, _call: DriverDeleteCall): Promise<void> {
    return deleteObject(this.#context, key);
  }

  deleteMany(keys: readonly string[], call: DriverCall): Promise<readonly (Error | undefined)[]> {
    return deleteObjects(this.#context, keys, call);
  }

  async copyFrom(
    source: StoreDriver,
    sourceKey: string,
    key: string,
    call: DriverCopyCall,
  ): Promise<(DriverWritten & { readonly info?: DriverInfo }) | undefined> {
    if (!(source instanceof LocalDriver)) return undefined;
    return copyObject(source.#context, sourceKey, this.#context, key, call);
  }

  rename(
    from: string,
    to: string,
    call: DriverCall & { readonly conditions: WriteConditions | undefined },
  ): Promise<DriverWritten> {
    return renameObject(this.#context, from, to, call);
  }

  async containerExists(_call: DriverCall): Promise<boolean> {
    try {
      return await isDirectory(this.#context.root);
    } catch (error) {
      throw toStoreError(error, "read", this.#context.root);
    }
  }

  cleanup(options: { readonly olderThanMs: number } & DriverCall): Promise<CleanupResult> {
    return cleanUp(this.#context, options);
  }

  /** Holds nothing between calls: every descriptor belongs to a call or a stream. */
  async close(): Promise<void> {}
}

/** For options that must be one of a few strings. Throws `InvalidArgument`. */
export function checkOneOf<Value extends string>(
  name: string,
  value: unknown,
  allowed: readonly Value[],
  fallback: Value,
): Value {
  if (value === undefined) return fallback;
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new StoreError({
    code: "InvalidArgument",
    message: `${name} is one of ${allowed.map((one) => JSON.stringify(one)).join(", ")}, not ${JSON.stringify(value)}`,
  });
}
