import * as fs from "node:fs";
import { isStoreError, StoreError } from "@stowage/core";
import type { DriverCall, DriverWritten, WriteConditions } from "@stowage/core";
import { mayHaveSidecar } from "./clock.js";
import { openFiles } from "./context.js";
import type { LocalContext } from "./context.js";
import { copyObject } from "./copy.js";
import { makeParents, removeIfEmpty, syncDirectory } from "./directories.js";
import { printablePath } from "./errors.js";
import { etagOf, factsOf, isSameFile, isUnchanged, lastModifiedOf } from "./facts.js";
import type { FileFacts } from "./facts.js";
import { closeQuietly, codeOf, link, lstat, open, stat, unlinkIfThere, unlinkQuietly } from "./fs-calls.js";
import { keyToPath } from "./keys.js";
import type { KeyPath } from "./keys.js";
import { checkIsObject, otherSpelling, READ_FLAGS, readError, writeError } from "./open-object.js";
import { checkDestination, finishPublication, giveName, setTime } from "./publish.js";
import { derivedAttributes, needsSidecar, readSidecar, removeSidecar, sidecarPath, writeSidecar } from "./sidecar.js";
import { deleteObject } from "./write.js";

/** Moves an object by one rename, attributes with it. A key that is a symbolic link is copied, then the link removed. */
export async function renameObject(
  context: LocalContext,
  from: string,
  to: string,
  call: DriverCall & { readonly conditions: WriteConditions | undefined },
): Promise<DriverWritten> {
  const source = keyToPath(context.root, from);
  const at = keyToPath(context.root, to);
  const createOnly = call.conditions?.ifNoneMatch === "*";
  const facts = await openFiles.run(() => sourceFacts(context, source));
  if (facts.kind === "link") return renameByCopy(context, source, to, call);
  const moved = await openFiles.run(async () => {
    let made: readonly string[] = [];
    try {
      if (!at.flat) made = await makeParents(context, at.parent);
      return await move(context, source, facts, at, createOnly);
    } catch (error) {
      await removeIfEmpty(made);
      // Another file system is mounted somewhere below the container.
      if (statusOf(error) === "EXDEV") return undefined;
      throw await writeError(context, at, error);
    }
  });
  return moved ?? renameByCopy(context, source, to, call);
}

async function sourceFacts(context: LocalContext, source: KeyPath): Promise<FileFacts> {
  try {
    if (!source.flat) await context.confinement.checkDirectory(source.parent);
    if (!(await context.spelling.isOwn(source))) throw otherSpelling(source);
    const facts = factsOf(await lstat(source.path));
    if (facts.kind !== "link") checkIsObject(source, facts);
    return facts;
  } catch (error) {
    throw await readError(context, source, error);
  }
}

async function move(
  context: LocalContext,
  source: KeyPath,
  found: FileFacts,
  at: KeyPath,
  createOnly: boolean,
): Promise<DriverWritten> {
  const replaced = await checkDestination(context, at, createOnly);
  if (replaced !== undefined && isSameFile(replaced, found)) await checkIsOtherEntry(source, at);
  const { facts, sidecar } = await carryAttributes(context, source, found, at);
  try {
    await giveName(source.path, at, createOnly);
  } catch (error) {
    if (sidecar !== undefined) await unlinkQuietly(sidecar);
    throw statusOf(error) === "ENOENT" ? await readError(context, source, error) : error;
  }
  // Two names of one file: the system's rename does nothing then.
  const same = replaced !== undefined && isSameFile(replaced, facts);
  if (same) await unlinkIfThere(source.path);
  await removeSidecar(context, source, found);
  if (source.parent !== at.parent) await syncDirectory(source.parent, context.durability);
  await finishPublication(context, at, same ? undefined : replaced);
  return { size: facts.size, etag: etagOf(facts), lastModified: lastModifiedOf(facts) };
}

/** One name in one directory, reached by two keys (through a symbolic link, say): renaming it would end in removing it. */
async function checkIsOtherEntry(source: KeyPath, at: KeyPath): Promise<void> {
  if (source.name !== at.name) return;
  const [from, to] = [await stat(source.parent), await stat(at.parent)];
  if (!isSameFile(factsOf(from), factsOf(to))) return;
  throw new StoreError({
    code: "InvalidArgument",
    message: `both keys lead to one file, and an object is not renamed onto itself (${printablePath(source.path)})`,
    committed: false,
  });
}

interface Carried {
  /** What the file is now; another time of change where it had to be marked. */
  readonly facts: FileFacts;
  /** Written for the new name. */
  readonly sidecar: string | undefined;
}

/** Gives the attributes a sidecar for the name that the body is about to get: its hash holds the body's name. */
async function carryAttributes(
  context: LocalContext,
  source: KeyPath,
  facts: FileFacts,
  at: KeyPath,
): Promise<Carried> {
  const attributes = (await readSidecar(context, source, facts)) ?? derivedAttributes(source.key);
  if (!needsSidecar(at.key, attributes)) return { facts, sidecar: undefined };
  const sync = context.durability !== "none";
  if (mayHaveSidecar(facts)) {
    const target = sidecarPath(at, facts);
    const current = sidecarPath(source, facts);
    if (target === current) return { facts, sidecar: undefined };
    const linked = await link(current, target).then(
      () => true,
      () => false,
    );
    return { facts, sidecar: linked ? target : await writeSidecar(at, facts, attributes, sync) };
  }
  // The old name told the content type, the new one would tell another: from now on a sidecar tells it.
  const marked = await markForSidecar(source, facts);
  return { facts: marked, sidecar: await writeSidecar(at, marked, attributes, sync) };
}

async function markForSidecar(source: KeyPath, facts: FileFacts): Promise<FileFacts> {
  const fd = await open(source.path, READ_FLAGS | fs.constants.O_NOFOLLOW);
  try {
    if (!isUnchanged(facts, factsOf(fs.fstatSync(fd, { bigint: true })))) {
      throw new StoreError({
        code: "Conflict",
        message: `another program replaced the file while it was being renamed (${printablePath(source.path)})`,
        retryable: true,
        committed: false,
      });
    }
    return setTime(fd, facts, true);
  } finally {
    closeQuietly(fd);
  }
}

async function renameByCopy(
  context: LocalContext,
  source: KeyPath,
  to: string,
  call: DriverCall & { readonly conditions: WriteConditions | undefined },
): Promise<DriverWritten> {
  const copied = await copyObject(context, source.key, context, to, {
    ...call,
    sourceIfMatch: undefined,
    sourceVersionId: undefined,
    attributes: undefined,
  });
  await deleteObject(context, source.key);
  return { size: copied.size, etag: copied.etag, lastModified: copied.lastModified };
}

/** The errno of an error that may have become a StoreError on its way. */
function statusOf(error: unknown): string | undefined {
  return isStoreError(error) ? String(error.status) : codeOf(error);
}
