import { stat } from "node:fs/promises";
import { createContainer, isStoreError, parseUri, StoreError } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { asDirectory, below, localPathOf } from "../arguments/location.js";
import type { GivenOption } from "../arguments/store-options.js";
import { usageError } from "../arguments/usage.js";
import type { CommandContext } from "../context.js";

export interface ObjectDestination {
  readonly store: ObjectStore;
  readonly key: string;
}

/**
 * Where one object goes: below `uri` under its own `name` when `uri` ends in `/`, is a directory on this machine or names a
 * container; else exactly to `uri`.
 */
export async function objectDestination(
  context: CommandContext,
  uri: string,
  name: string,
  given: readonly GivenOption[],
): Promise<ObjectDestination> {
  const target = (await isDirectoryLike(uri)) ? belowNamed(uri, name) : uri;
  try {
    return await context.stores.openObject(target, given);
  } catch (error) {
    if (target !== uri || !isStoreError(error) || error.code !== "InvalidUri") throw error;
    return context.stores.openObject(belowNamed(uri, name), given);
  }
}

function belowNamed(uri: string, name: string): string {
  if (name === "") throw usageError(`name the object to write below ${asDirectory(uri)}: stdin has no name`);
  return below(uri, name);
}

async function isDirectoryLike(uri: string): Promise<boolean> {
  if (uri.endsWith("/")) return true;
  const path = localPathOf(uri);
  if (path === undefined) return false;
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined || facts.isFile()) return false;
  if (facts.isDirectory()) return true;
  throw new StoreError({
    code: "InvalidArgument",
    message: `${path} is neither a file nor a directory: write to stdout instead (stowage cat, or stowage get with -)`,
    uri,
  });
}

/** Stores put nothing into a directory that is not there (an unmounted disk, say); people expect `cp` to make it. */
export async function makeLocalContainer(
  context: CommandContext,
  store: ObjectStore,
  given: readonly GivenOption[],
): Promise<void> {
  if (!madeOnDemand(store)) return;
  const { plugin, container } = await parseUri(store.uri, "store");
  const uri = plugin.format(container, "");
  await createContainer(uri, await context.stores.optionsOf(uri, given), { signal: context.signal });
}

/** Directories of this machine, and stores that live as long as this process. */
function madeOnDemand(store: ObjectStore): boolean {
  return localPathOf(store.uri) !== undefined || store.scheme === "memory";
}
