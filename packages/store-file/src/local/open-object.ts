import * as fs from "node:fs";
import { evaluateReadConditions } from "@stowage/core";
import type { DriverInfo, ReadConditions } from "@stowage/core";
import type { LocalContext } from "./context.js";
import { containerNotFound, notFound, toStoreError } from "./errors.js";
import { etagOf, factsOf, lastModifiedOf } from "./facts.js";
import type { FileFacts } from "./facts.js";
import { closeQuietly, codeOf, stat } from "./fs-calls.js";
import type { KeyPath } from "./keys.js";
import { derivedAttributes, readSidecar } from "./sidecar.js";
import { mayHaveSidecar } from "./clock.js";

/** O_NONBLOCK: a FIFO nobody writes to must not hold the thread; regular files do not know it. */
export const READ_FLAGS: number = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;

const NO_FOLLOW = fs.constants.O_NOFOLLOW;

export interface OpenObject {
  readonly fd: number;
  readonly facts: FileFacts;
  readonly info: DriverInfo;
}

/**
 * Opens an object, checks that it is one and lies in the container, finds its attributes and judges the conditions. The caller
 * closes the descriptor. Throws `NotFound`, `ContainerNotFound`, `PermissionDenied`, `PreconditionFailed`, `NotModified`.
 */
export async function openObject(
  context: LocalContext,
  at: KeyPath,
  conditions: ReadConditions | undefined,
): Promise<OpenObject> {
  if (context.spelling.mayFold && !(await context.spelling.isOwn(at))) throw otherSpelling(at);
  for (let attempt = 1; ; attempt++) {
    const fd = await openBody(context, at);
    try {
      const facts = factsOf(fs.fstatSync(fd, { bigint: true }));
      checkIsObject(at, facts);
      const info = await describe(context, at, facts, attempt);
      if (info === undefined) {
        closeQuietly(fd);
        continue;
      }
      evaluateReadConditions(conditions, info);
      return { fd, facts, info };
    } catch (error) {
      closeQuietly(fd);
      throw toStoreError(error, "read", at.path);
    }
  }
}

/**
 * What is known of the object whose body has these facts. `undefined` when the body was replaced after it was opened, and its
 * attributes with it: then the caller opens the new one. The last of several attempts takes what there is.
 */
export async function describe(
  context: LocalContext,
  at: KeyPath,
  facts: FileFacts,
  attempt: number,
): Promise<DriverInfo | undefined> {
  const attributes = await readSidecar(context, at, facts);
  if (attributes === undefined && mayHaveSidecar(facts) && attempt < REPLACED_ATTEMPTS) {
    if (!(await isStillThere(at, facts))) return undefined;
  }
  return infoOf(facts, attributes ?? derivedAttributes(at.key));
}

export function infoOf(facts: FileFacts, attributes: DriverInfo["attributes"]): DriverInfo {
  return { size: facts.size, etag: etagOf(facts), lastModified: lastModifiedOf(facts), attributes };
}

/** Throws `NotFound` unless the facts are a regular file's. */
export function checkIsObject(at: KeyPath, facts: FileFacts): void {
  if (facts.kind === "file") return;
  throw notFound(
    at.path,
    facts.kind === "directory"
      ? "no such object: the path is a directory, whose files are the objects"
      : "no such object: the path is a FIFO, socket or device, which the store does not touch",
  );
}

export function otherSpelling(at: KeyPath): Error {
  return notFound(at.path, "no such object: the name exists in another spelling only");
}

/** Which error an errno met on the way to an object means; tells a missing container from a missing object. */
export async function readError(context: LocalContext, at: Pick<KeyPath, "path">, error: unknown): Promise<Error> {
  const errno = codeOf(error);
  if (errno === "ENOENT" || errno === "ENOTDIR") await requireContainer(context);
  return toStoreError(error, "read", at.path);
}

/** The same for a write: the container or a directory in it may have been taken away in the middle. */
export async function writeError(context: LocalContext, at: Pick<KeyPath, "path">, error: unknown): Promise<Error> {
  const errno = codeOf(error);
  if (errno !== "ENOENT" && errno !== "ENOTDIR") return toStoreError(error, "write", at.path);
  return requireContainer(context).then(
    () => toStoreError(error, "write", at.path),
    (missing: unknown) => toStoreError(missing, "write", at.path),
  );
}

/** Throws `ContainerNotFound` unless the container's directory is there. */
export async function requireContainer(context: LocalContext): Promise<void> {
  try {
    if (factsOf(await stat(context.root)).kind === "directory") return;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") throw containerNotFound(context.root, error);
    throw toStoreError(error, "read", context.root);
  }
  throw containerNotFound(context.root);
}

/** A body replaced this many times while one reader looked is taken without its attributes' certainty. */
const REPLACED_ATTEMPTS = 8;

async function openBody(context: LocalContext, at: KeyPath): Promise<number> {
  let fd: number;
  let follows = !at.flat;
  try {
    fd = await openFollowing(context, at, at.flat).catch((error: unknown) => {
      if (!at.flat || codeOf(error) !== "ELOOP") throw error;
      follows = true;
      return openFollowing(context, at, false);
    });
  } catch (error) {
    throw await readError(context, at, error);
  }
  if (!follows) return fd;
  try {
    context.confinement.checkOpenFile(fd, at.path, factsOf(fs.fstatSync(fd, { bigint: true })));
    return fd;
  } catch (error) {
    closeQuietly(fd);
    throw error;
  }
}

async function openFollowing(context: LocalContext, at: KeyPath, noFollow: boolean): Promise<number> {
  return context.dataPath.openForReading(at.path, noFollow ? READ_FLAGS | NO_FOLLOW : READ_FLAGS);
}

async function isStillThere(at: KeyPath, facts: FileFacts): Promise<boolean> {
  try {
    const there = factsOf(await stat(at.path));
    return there.inode === facts.inode && there.device === facts.device && there.mtimeNs === facts.mtimeNs;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}
