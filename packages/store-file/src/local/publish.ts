/** How a finished file becomes an object: the one commit point of puts, copies and uploads. */
import * as fs from "node:fs";
import { LOCAL_INLINE_READ_MAX, StoreError } from "@stowage/core";
import type { DriverWritten, ObjectAttributes } from "@stowage/core";
import { mayHaveSidecar, stamp, stampCoarsely } from "./clock.js";
import type { LocalContext } from "./context.js";
import { removeEmptyTree, syncDirectory } from "./directories.js";
import { printablePath, toStoreError } from "./errors.js";
import { etagOf, factsOf, lastModifiedOf } from "./facts.js";
import type { FileFacts } from "./facts.js";
import { close, codeOf, fsync, link, lstat, rename, unlinkIfThere, unlinkQuietly } from "./fs-calls.js";
import type { KeyPath } from "./keys.js";
import { writeError } from "./open-object.js";
import { needsSidecar, removeSidecar, writeSidecar } from "./sidecar.js";

export interface Publication {
  readonly at: KeyPath;
  readonly attributes: ObjectAttributes;
  /** Fail with `AlreadyExists` instead of replacing. */
  readonly createOnly: boolean;
}

/**
 * Gives the open temporary file its key, atomically; the descriptor is closed in any case. Until it resolves readers see the old
 * object or none. On failure the caller removes the file: nothing else is left.
 */
export async function publish(
  context: LocalContext,
  temporary: { readonly path: string; readonly fd: number },
  { at, attributes, createOnly }: Publication,
): Promise<DriverWritten> {
  const sync = context.durability !== "none";
  const marked = needsSidecar(at.key, attributes);
  let open = true;
  let sidecar: string | undefined;
  try {
    const replaced = await checkDestination(context, at, createOnly);
    const facts = setTime(temporary.fd, replaced, marked);
    if (marked) sidecar = await writeSidecar(at, facts, attributes, sync);
    if (sync) await fsync(temporary.fd);
    open = false;
    await closeWritten(temporary.fd, facts);
    await giveName(temporary.path, at, createOnly);
    sidecar = undefined;
    await finishPublication(context, at, replaced);
    return { size: facts.size, etag: etagOf(facts), lastModified: lastModifiedOf(facts) };
  } catch (error) {
    if (open) fs.closeSync(temporary.fd);
    if (sidecar !== undefined) await unlinkQuietly(sidecar);
    throw await writeError(context, at, error);
  }
}

/**
 * The file that is about to be replaced, if any. Throws `AlreadyExists` for a create-only write, `KeyConflict` where something
 * that is no object has the name. Directories are judged by `giveName`: an empty one gives way.
 */
export async function checkDestination(
  context: LocalContext,
  at: KeyPath,
  createOnly: boolean,
): Promise<FileFacts | undefined> {
  if (context.spelling.mayFold) await context.spelling.checkOwn(at);
  const facts = await context.inline.run(
    () => optionalFacts(fs.lstatSync(at.path, { bigint: true, throwIfNoEntry: false })),
    () => factsIfThere(at.path),
  );
  if (facts === undefined || facts.kind === "directory") return undefined;
  if (facts.kind === "other") {
    throw new StoreError({
      code: "KeyConflict",
      message: `a FIFO, socket or device has this name and is not replaced (${printablePath(at.path)})`,
      committed: false,
    });
  }
  if (createOnly) throw alreadyExists(at);
  return facts;
}

function optionalFacts(stats: fs.BigIntStats | undefined): FileFacts | undefined {
  return stats === undefined ? undefined : factsOf(stats);
}

async function factsIfThere(path: string): Promise<FileFacts | undefined> {
  try {
    return factsOf(await lstat(path));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** For a create-only write, before anything is written or read of the body; the commit itself checks again, atomically. */
export async function checkFree(context: LocalContext, at: KeyPath): Promise<void> {
  await checkDestination(context, at, true).catch(async (error: unknown) => {
    throw await writeError(context, at, error);
  });
}

/** Renames, or links and unlinks, so that of racing creators exactly one wins. */
export async function giveName(path: string, at: KeyPath, createOnly: boolean): Promise<void> {
  const act = async (): Promise<void> => {
    if (!createOnly) return rename(path, at.path);
    await link(path, at.path);
    await unlinkIfThere(path);
  };
  try {
    await act();
  } catch (error) {
    if (!(await givesWay(at, error))) throw await explain(at, error, createOnly);
    await act().catch(async (again: unknown) => {
      throw await explain(at, again, createOnly);
    });
  }
}

/** What follows the commit point: its failure leaves the new object in place. */
export async function finishPublication(
  context: LocalContext,
  at: KeyPath,
  replaced: FileFacts | undefined,
): Promise<void> {
  await removeSidecar(context, at, replaced);
  try {
    await syncDirectory(at.parent, context.durability);
  } catch (error) {
    throw toStoreError(error, "write", at.parent).with({ committed: "unknown" });
  }
}

/** Closing may write back what a network file system still holds, and wait for it: only small files are closed at once. */
function closeWritten(fd: number, facts: FileFacts): Promise<void> | void {
  return facts.size > LOCAL_INLINE_READ_MAX ? close(fd) : fs.closeSync(fd);
}

/** Stamps the file as one with or without sidecar, and tells what it then is. */
export function setTime(fd: number, replaced: FileFacts | undefined, marked: boolean): FileFacts {
  stamp(fd, replaced?.mtimeNs, marked);
  const facts = factsOf(fs.fstatSync(fd, { bigint: true }));
  if (!marked || mayHaveSidecar(facts)) return facts;
  stampCoarsely(fd, facts);
  return factsOf(fs.fstatSync(fd, { bigint: true }));
}

/** A directory with no file at any depth is no object and no prefix: it makes room for a key. */
async function givesWay(at: KeyPath, error: unknown): Promise<boolean> {
  const errno = codeOf(error);
  if (errno !== "EISDIR" && errno !== "EEXIST" && errno !== "ENOTEMPTY") return false;
  try {
    return factsOf(await lstat(at.path)).kind === "directory" && (await removeEmptyTree(at.path));
  } catch (failure) {
    // Gone meanwhile: the name is free.
    return codeOf(failure) === "ENOENT";
  }
}

async function explain(at: KeyPath, error: unknown, createOnly: boolean): Promise<Error> {
  const errno = codeOf(error);
  if (errno === "EEXIST") {
    const kind = await lstat(at.path).then(
      (stats) => factsOf(stats).kind,
      () => "file",
    );
    if (kind !== "directory") return alreadyExists(at);
    return new StoreError({
      code: "KeyConflict",
      message: `other objects lie below this key: it is a directory (${printablePath(at.path)})`,
      cause: error,
      committed: false,
    });
  }
  if (createOnly && (errno === "EPERM" || errno === "ENOTSUP" || errno === "EOPNOTSUPP" || errno === "ENOSYS")) {
    return new StoreError({
      code: "Unsupported",
      message: `this file system has no hard links, which create-only writes need (${printablePath(at.path)})`,
      capability: "createOnly",
      cause: error,
      committed: false,
    });
  }
  // Whether the container is still there, the caller finds out.
  return errno === "ENOENT" && error instanceof Error ? error : toStoreError(error, "write", at.path);
}

function alreadyExists(at: KeyPath): StoreError {
  return new StoreError({
    code: "AlreadyExists",
    message: `the object exists already (${printablePath(at.path)})`,
    committed: false,
  });
}
