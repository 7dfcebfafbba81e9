import * as fs from "node:fs";
import { StoreError } from "@stowage/core";
import type { ContainerInfo } from "@stowage/core";
import { containerNotFound, printablePath, toStoreError } from "./errors.js";
import { factsOf } from "./facts.js";
import { codeOf, removeTree, rmdir, stat, unlinkIfThere } from "./fs-calls.js";
import { fromByteString } from "./listing/byte-order.js";
import { eachEntry } from "./listing/directory-names.js";
import { isReservedName, UPLOADS_DIRECTORY } from "./names.js";

/** Makes the directory and those above it. */
export async function createDirectory(directory: string): Promise<{ readonly created: boolean }> {
  refuseRoot(directory, "create");
  try {
    if (await isDirectory(directory)) return { created: false };
    const first = await new Promise<string | undefined>((resolve, reject) => {
      fs.mkdir(directory, { recursive: true }, (error, made) => (error === null ? resolve(made) : reject(error)));
    });
    return { created: first !== undefined };
  } catch (error) {
    throw toStoreError(error, "write", directory);
  }
}

/** Removes the directory if no object lies in it, or `force`. Empty directories and the store's own leftovers do not count. */
export async function deleteDirectory(directory: string, force: boolean): Promise<void> {
  refuseRoot(directory, "delete");
  try {
    if (!(await isDirectory(directory))) throw containerNotFound(directory);
    if (force) return await removeTree(directory);
    if (await holdsAnything(directory)) throw notEmpty(directory);
    await removeEmptied(directory);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    if (codeOf(error) === "ENOTEMPTY" || codeOf(error) === "EEXIST") throw notEmpty(directory, error);
    throw toStoreError(error, "write", directory);
  }
}

/** The directories directly below `parent`, as containers. */
export async function* listDirectories(
  parent: string,
  format: (directory: string) => string,
): AsyncGenerator<ContainerInfo> {
  const names: string[] = [];
  try {
    await eachEntry(parent, (entry) => {
      const name = fromByteString(entry.name);
      if (entry.isDirectory() && name !== undefined && !isReservedName(name)) names.push(entry.name);
      return true;
    });
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") throw containerNotFound(parent, error);
    throw toStoreError(error, "read", parent);
  }
  names.sort();
  for (const bytes of names) {
    const name = fromByteString(bytes) ?? bytes;
    yield { name, uri: format(`${parent === "/" ? "" : parent}/${name}`) };
  }
}

export async function isDirectory(directory: string): Promise<boolean> {
  try {
    return factsOf(await stat(directory)).kind === "directory";
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}

function refuseRoot(directory: string, verb: "create" | "delete"): void {
  if (directory !== "/") return;
  throw new StoreError({
    code: "PermissionDenied",
    message: `the root of the file system is no container to ${verb}; name a directory below it`,
    committed: false,
  });
}

function notEmpty(directory: string, cause?: unknown): StoreError {
  return new StoreError({
    code: "ContainerNotEmpty",
    message: `the directory holds files (${printablePath(directory)}); delete them first, or pass { force: true }`,
    cause,
    committed: false,
  });
}

/** Anything but directories and the store's own files: what is no object (a FIFO, a link) is not the store's to remove either. */
async function holdsAnything(directory: string): Promise<boolean> {
  const directories: string[] = [];
  let found = false;
  await eachEntry(directory, (entry) => {
    const name = fromByteString(entry.name);
    if (name === undefined || !(entry.isDirectory() || isReservedName(name))) found = true;
    else if (!isReservedName(name)) directories.push(name);
    return !found;
  });
  for (const name of directories) {
    if (found || (await holdsAnything(`${directory}/${name}`))) return true;
  }
  return found;
}

/** Bottom up, by calls that fail where something was put meanwhile. */
async function removeEmptied(directory: string): Promise<void> {
  const directories: string[] = [];
  const own: string[] = [];
  await eachEntry(directory, (entry) => {
    const name = fromByteString(entry.name) ?? "";
    if (isReservedName(name)) own.push(name);
    else if (entry.isDirectory()) directories.push(name);
    return true;
  });
  for (const name of directories) await removeEmptied(`${directory}/${name}`);
  for (const name of own) {
    if (name === UPLOADS_DIRECTORY) await removeTree(`${directory}/${name}`);
    else await unlinkIfThere(`${directory}/${name}`);
  }
  await rmdir(directory);
}
