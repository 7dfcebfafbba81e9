import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { ObjectStore } from "@stowage/core";
import { realPathOf } from "@stowage/store-file/local";
import { asDirectory, localPathOf } from "../arguments/location.js";
import { usageError } from "../arguments/usage.js";
import { isLink } from "../stores/source.js";

/** Refuses to remove or move all there is on this machine, by pattern or not. */
export async function assertNotWholeFileSystem(uri: string): Promise<void> {
  const path = localPathOf(uri);
  if (path !== undefined && (await realPathOf(path)) === "/") {
    throw usageError("this is the whole file system: name a directory in it");
  }
}

/** Refuses a recursive removal or move that is told of a link to a directory: the directory itself would lose what is in it. */
export async function assertNotLink(uri: string): Promise<void> {
  const path = localPathOf(uri);
  if (path === undefined || path.endsWith("/")) return;
  if (await isLink(path)) {
    throw usageError(
      `${path} is a symbolic link to a directory: end it in / for what is in there, or name the directory`,
    );
  }
}

/**
 * Refuses to move an object onto itself under another spelling: a file of this machine by another scheme or through a link to its
 * directory. Copying and then removing it would leave nothing.
 */
export async function assertNotItself(from: string, to: string): Promise<void> {
  if (from === to || !(await isOneFile(localPathOf(from), localPathOf(to)))) return;
  throw usageError(`${from} and ${to} are the same file`);
}

/** The same name in the same directory, whatever way leads there; two hard links are two files. */
async function isOneFile(a: string | undefined, b: string | undefined): Promise<boolean> {
  if (a === undefined || b === undefined || basename(a) !== basename(b)) return false;
  const [x, y] = await Promise.all([a, b].map((path) => stat(dirname(path), { bigint: true }).catch(() => undefined)));
  return x !== undefined && y !== undefined && x.dev === y.dev && x.ino === y.ino;
}

/**
 * Refuses, before anything is touched, a recursive transfer that would read what it writes: into its own source; or out of a
 * directory in its destination, where some object would land in the source. Symbolic links in local paths are resolved.
 */
export async function assertApart(
  from: ObjectStore,
  to: ObjectStore,
  sameOptions: boolean,
  signal: AbortSignal,
): Promise<void> {
  const places = await comparablePlaces(from.uri, to.uri, sameOptions);
  if (places === undefined) return;
  const [source, destination] = places;
  if (destination === source) throw usageError(`source and destination are the same, ${from.uri}`);
  if (destination.startsWith(source)) {
    throw usageError(`the destination ${to.uri} is inside its source ${from.uri}: name one beside it`);
  }
  if (!source.startsWith(destination)) return;
  for await (const { key } of from.list({ prefix: source.slice(destination.length), signal })) {
    throw usageError(
      `${from.uriOf(key)} would land in the source itself, which lies inside the destination ${to.uri}: go by way of a third place`,
    );
  }
}

/** Both ends, each with a final `/`, in one spelling: real paths of local ones; `undefined` where they cannot meet. */
async function comparablePlaces(
  from: string,
  to: string,
  sameOptions: boolean,
): Promise<readonly [source: string, destination: string] | undefined> {
  const [source, destination] = [localPathOf(from), localPathOf(to)];
  if (source !== undefined && destination !== undefined) {
    return [asDirectory(await realPathOf(source)), asDirectory(await realPathOf(destination))];
  }
  return sameOptions ? [from, to] : undefined;
}
