import * as fs from "node:fs";
import { LOCAL_COPY_CALL_MAX, LOCAL_READ_CHUNK, LOCAL_READ_CONCURRENCY } from "@stowage/core";
import type { DriverCopyCall, DriverInfo, DriverWritten } from "@stowage/core";
import { openFiles } from "./context.js";
import type { LocalContext } from "./context.js";
import { PERMISSION_BITS } from "./facts.js";
import { chmod, closeQuietly, codeOf, copyFile, open, unlinkQuietly } from "./fs-calls.js";
import { keyToPath } from "./keys.js";
import type { KeyPath } from "./keys.js";
import { openObject, writeError } from "./open-object.js";
import type { OpenObject } from "./open-object.js";
import { checkFree, publish } from "./publish.js";
import { checkUnchanged, readExactly } from "./read.js";
import { createTemporaryFile, discard } from "./temporary-file.js";
import type { TemporaryFile } from "./temporary-file.js";

/**
 * Copies one object between two local stores of this process, its bytes not passing through JavaScript where the system can do
 * without: as a clone that shares blocks (btrfs, XFS), else within the kernel. The permission bits of the file go along.
 */
export async function copyObject(
  source: LocalContext,
  sourceKey: string,
  target: LocalContext,
  key: string,
  call: DriverCopyCall,
): Promise<DriverWritten & { readonly info: DriverInfo }> {
  const from = keyToPath(source.root, sourceKey);
  const at = keyToPath(target.root, key);
  const createOnly = call.conditions?.ifNoneMatch === "*";
  return openFiles.run(async () => {
    const conditions = call.sourceIfMatch === undefined ? undefined : { ifMatch: call.sourceIfMatch };
    const object = await openObject(source, from, conditions);
    try {
      if (createOnly) await checkFree(target, at);
      const attributes = call.attributes ?? object.info.attributes;
      const written = await copyThenPublish({ source, from, object, target, at, call }, (temporary) =>
        publish(target, temporary, { at, attributes, createOnly }),
      );
      return { ...written, info: object.info };
    } finally {
      closeQuietly(object.fd);
    }
  });
}

interface Copy {
  readonly source: LocalContext;
  readonly from: KeyPath;
  readonly object: OpenObject;
  readonly target: LocalContext;
  readonly at: KeyPath;
  readonly call: Pick<DriverCopyCall, "signal" | "onBytes">;
}

async function copyThenPublish<Result>(
  copy: Copy,
  publishIt: (temporary: TemporaryFile) => Promise<Result>,
): Promise<Result> {
  const { signal } = copy.call;
  let temporary: TemporaryFile | undefined;
  let isOpen = true;
  try {
    temporary = (await copyInKernel(copy)) ?? (await copyInChunks(copy));
    checkUnchanged(copy.from, copy.object);
    signal?.throwIfAborted();
    isOpen = false;
    return await publishIt(temporary);
  } catch (error) {
    if (temporary !== undefined) {
      if (isOpen) closeQuietly(temporary.fd);
      await discard(temporary);
    }
    throw signal?.aborted === true ? error : await writeError(copy.target, copy.at, error);
  }
}

/** `undefined` where the copy is large and the file system cannot clone, or the kernel's copy would keep more of the mode than it may. */
async function copyInKernel({ from, object, target, at }: Copy): Promise<TemporaryFile | undefined> {
  const { mode, size } = object.facts;
  // The system call copies set-user-id too, which must not exist for a moment on a file of another owner.
  if ((mode & PERMISSION_BITS) !== mode) return undefined;
  const large = size > LOCAL_COPY_CALL_MAX;
  const { COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = fs.constants;
  const flags = COPYFILE_EXCL | (large ? COPYFILE_FICLONE_FORCE : COPYFILE_FICLONE);
  // The open file itself, whatever has its name by now.
  const source =
    process.platform === "linux" && fs.existsSync(`/proc/self/fd/${object.fd}`)
      ? `/proc/self/fd/${object.fd}`
      : from.path;
  try {
    return await createTemporaryFile(target, at, async (path) => {
      if (!at.flat) await target.confinement.checkDirectory(at.parent);
      await copyFile(source, path, flags);
      try {
        return await open(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
      } catch (error) {
        await unlinkQuietly(path);
        throw error;
      }
    });
  } catch (error) {
    if (large && cannotClone.has(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}

const cannotClone: ReadonlySet<string> = new Set([
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EXDEV",
  "EINVAL",
  "ENOTTY",
  "EPERM",
]);

/** Through memory, a few chunks at once; stops soon after an abort. */
async function copyInChunks(copy: Copy): Promise<TemporaryFile> {
  const { source, from, object, target, at } = copy;
  const { signal, onBytes } = copy.call;
  const { size, mode } = object.facts;
  const temporary = await createTemporaryFile(target, at);
  let next = 0;
  let copied = 0;
  const lane = async (): Promise<void> => {
    const buffer = target.dataPath.allocate(Math.min(LOCAL_READ_CHUNK, size));
    while (next < size) {
      const position = next;
      next += buffer.byteLength;
      const chunk = buffer.subarray(0, Math.min(buffer.byteLength, size - position));
      try {
        signal?.throwIfAborted();
        await readExactly(source, from, object, position, chunk, signal);
        await target.dataPath.writeAt(temporary.fd, position, chunk, signal);
        copied += chunk.byteLength;
        onBytes?.(copied);
      } catch (error) {
        next = size;
        throw error;
      }
    }
  };
  const lanes = Math.min(LOCAL_READ_CONCURRENCY, Math.ceil(size / LOCAL_READ_CHUNK));
  try {
    for (const outcome of await Promise.allSettled(Array.from({ length: lanes }, lane))) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
    await target.dataPath.finish(temporary.fd, size);
    await chmod(temporary.path, mode & PERMISSION_BITS);
    return temporary;
  } catch (error) {
    closeQuietly(temporary.fd);
    await discard(temporary);
    throw error;
  }
}
