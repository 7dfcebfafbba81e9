/** Making the directories that a key lies in, and taking empty ones away. */
import * as fs from "node:fs";
import type { Durability, LocalContext } from "./context.js";
import { containerNotFound } from "./errors.js";
import { close, closeQuietly, codeOf, fsync, mkdir, open, opendir, realpath, rmdir } from "./fs-calls.js";

/**
 * Makes the directories between the container and a key; the container itself never. Resolves with those it made, outermost
 * first. Throws `ContainerNotFound`, `PermissionDenied` where a link leads outside, errno errors.
 */
export async function makeParents(context: LocalContext, parent: string): Promise<string[]> {
  const missing: string[] = [];
  let existing = parent;
  for (;;) {
    if (existing.length < context.root.length) throw containerNotFound(context.root);
    try {
      context.confinement.checkLocation(await realpath(existing), existing);
      break;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      missing.unshift(existing);
      existing = existing.slice(0, existing.lastIndexOf("/"));
    }
  }
  const made: string[] = [];
  try {
    for (const directory of missing) {
      if (await makeUnlessThere(directory)) made.push(directory);
    }
  } catch (error) {
    await removeIfEmpty(made);
    throw error;
  }
  if (context.durability === "full") for (const directory of made) await syncDirectory(parentOf(directory), "full");
  return made;
}

/** Removes those of the directories that are empty, innermost first: what a failed write made. Never fails. */
export async function removeIfEmpty(directories: readonly string[]): Promise<void> {
  for (const directory of directories.toReversed()) {
    try {
      await rmdir(directory);
    } catch {
      return;
    }
  }
}

/** Writes a directory's entries to the device, where the durability asks for it. */
export async function syncDirectory(directory: string, durability: Durability): Promise<void> {
  if (durability !== "full") return;
  const fd = await open(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    await fsync(fd);
  } catch (error) {
    closeQuietly(fd);
    // Some file systems cannot sync a directory; their renames are as durable as they get.
    if (codeOf(error) === "EINVAL" || codeOf(error) === "ENOTSUP") return;
    throw error;
  }
  await close(fd);
}

/**
 * Removes a directory in which no file lies at any depth, only empty directories. Resolves `false`, having removed some of the
 * empty ones at most, when there is anything else.
 */
export async function removeEmptyTree(directory: string): Promise<boolean> {
  const names: string[] = [];
  for await (const entry of await opendir(directory, DIRECTORY_READ_BATCH)) {
    if (!entry.isDirectory()) return false;
    names.push(entry.name);
  }
  for (const name of names) {
    if (!(await removeEmptyTree(`${directory}/${name}`))) return false;
  }
  try {
    await rmdir(directory);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return true;
    if (codeOf(error) === "ENOTEMPTY" || codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Entries fetched by one call while a directory is only looked into. */
const DIRECTORY_READ_BATCH = 32;

async function makeUnlessThere(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function parentOf(directory: string): string {
  const slash = directory.lastIndexOf("/");
  return slash <= 0 ? "/" : directory.slice(0, slash);
}
