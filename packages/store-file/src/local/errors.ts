import { isStoreError, StoreError } from "@stowage/core";
import type { StoreErrorCode } from "@stowage/core";
import { codeOf } from "./fs-calls.js";

/**
 * What each errno of the file system means to an object store. `read` and `write` differ where a name is taken by something of
 * another kind: for a reader there is no such object, for a writer the key conflicts with another.
 */
const table: Readonly<
  Record<string, { readonly read: StoreErrorCode; readonly write: StoreErrorCode; readonly hint: string }>
> = {
  ENOENT: { read: "NotFound", write: "Unavailable", hint: "there is no such file or directory (any more)" },
  ENOTDIR: { read: "NotFound", write: "KeyConflict", hint: "an object has the name of a directory in this key's path" },
  EISDIR: { read: "NotFound", write: "KeyConflict", hint: "other objects lie below this key: it is a directory" },
  ENOTEMPTY: { read: "NotFound", write: "KeyConflict", hint: "other objects lie below this key: it is a directory" },
  EEXIST: both("AlreadyExists", "the object exists already"),
  ENXIO: both("NotFound", "the name is taken by a socket or device, which is no object"),
  ENODEV: both("NotFound", "the name is taken by a device, which is no object"),
  EACCES: both("PermissionDenied", "the operating system denies access; check owner and mode of the path"),
  EPERM: both("PermissionDenied", "the operating system does not allow this operation on the path"),
  EROFS: both("PermissionDenied", "the file system is mounted read-only"),
  ELOOP: both("PermissionDenied", "too many symbolic links, or one that may not be followed"),
  ENOSPC: both("NoSpace", "no space left on the device"),
  EDQUOT: both("NoSpace", "the disk quota is used up"),
  EFBIG: both("NoSpace", "the file system cannot hold a file of this size"),
  ENAMETOOLONG: both("InvalidKey", "the file system cannot hold a name this long"),
  EILSEQ: both("InvalidKey", "the file system does not take this spelling of the name"),
  EMFILE: both("Unavailable", "this process has too many files open (ulimit -n)"),
  ENFILE: both("Unavailable", "the system has too many files open"),
  ENOMEM: both("Unavailable", "the system is out of memory"),
  EAGAIN: both("Unavailable", "the file system is busy"),
  EBUSY: both("Unavailable", "the file is busy"),
  EINTR: both("Unavailable", "the call was interrupted"),
  ESTALE: both("Unavailable", "the network file system lost the file"),
  ETIMEDOUT: both("Unavailable", "the network file system does not answer"),
  EIO: both("Unavailable", "the device reports an input/output error"),
};

export type Access = "read" | "write";

/**
 * The StoreError of a failed file system call; StoreErrors pass. Writers use it for failures before the commit point, so
 * `committed` is false: the old object stands.
 */
export function toStoreError(error: unknown, access: Access, path: string): StoreError {
  if (isStoreError(error)) return error;
  const errno = codeOf(error);
  const known = errno === undefined ? undefined : table[errno];
  const hint = known?.hint ?? (error instanceof Error ? error.message : String(error));
  return new StoreError({
    code: known?.[access] ?? "Internal",
    message: `${hint} (${errno === undefined ? "" : `${errno}, `}${printablePath(path)})`,
    cause: error,
    status: errno,
    committed: access === "write" ? false : undefined,
  });
}

export function containerNotFound(directory: string, cause?: unknown): StoreError {
  return new StoreError({
    code: "ContainerNotFound",
    message: `there is no directory ${printablePath(directory)}; only createContainer() makes it`,
    cause,
    committed: false,
  });
}

export function notFound(path: string, what: string): StoreError {
  return new StoreError({ code: "NotFound", message: `${what} (${printablePath(path)})` });
}

export function leavesContainer(path: string): StoreError {
  return new StoreError({
    code: "PermissionDenied",
    message: `a symbolic link in the path leads out of the container (${printablePath(path)}); open the store at the link's target instead`,
    committed: false,
  });
}

export function invalidKey(key: string, reason: string): StoreError {
  return new StoreError({ code: "InvalidKey", message: `${reason} (key ${JSON.stringify(key)})`, key });
}

/** A path for a message: quoted, so that control characters cannot forge lines. */
export function printablePath(path: string): string {
  return JSON.stringify(path);
}

function both(code: StoreErrorCode, hint: string): { read: StoreErrorCode; write: StoreErrorCode; hint: string } {
  return { read: code, write: code, hint };
}
