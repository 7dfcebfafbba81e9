import { isStoreError, parseUri, StoreError } from "@stowage/core";
import type { ObjectInfo, ObjectStore, StoreErrorCode } from "@stowage/core";
import { nameOf } from "../arguments/location.js";
import type { GivenOption } from "../arguments/store-options.js";
import { sourceOf } from "./source.js";
import type { Source } from "./source.js";
import type { CommandContext } from "../context.js";

/** What an argument turned out to name: one object, or everything below a container or prefix. */
export type Target =
  | {
      readonly kind: "object";
      readonly uri: string;
      readonly store: ObjectStore;
      readonly key: string;
      /** Last segment of the key, or the name of the link that led to it. */
      readonly name: string;
      readonly info: ObjectInfo;
    }
  | {
      readonly kind: "store";
      readonly uri: string;
      readonly store: ObjectStore;
      /** `true` where the argument did not end in `/` and could have been an object as well. */
      readonly guessed: boolean;
      /** Is it a prefix in a container, rather than the container itself? */
      readonly isPrefix: boolean;
    };

/** Answers to "is there an object?" that leave room for "there is a directory or prefix of that name". */
const notAnObject: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>([
  "NotFound",
  "ContainerNotFound",
  "InvalidUri",
  "InvalidKey",
  "PermissionDenied",
]);

/**
 * Resolves an argument of `ls`, `du`, `rm` …: with a final `/` it is a directory or prefix; without, an object of that name if there
 * is one. Costs one `stat` in the latter case.
 */
export async function openTarget(
  context: CommandContext,
  argument: string,
  given: readonly GivenOption[],
): Promise<Target> {
  const source = await sourceOf(argument, context.cwd);
  const { uri } = source;
  const guessed = !uri.endsWith("/");
  if (guessed) {
    const object = await tryObject(context, source, given);
    if (object !== undefined) return object;
  }
  const store = await context.stores.openStore(uri, given);
  return { kind: "store", uri, store, guessed, isPrefix: (await parseUri(uri, "store")).key !== "" };
}

async function tryObject(
  context: CommandContext,
  { uri, name }: Source,
  given: readonly GivenOption[],
): Promise<Target | undefined> {
  try {
    const { store, key } = await context.stores.openObject(uri, given);
    const info = await store.stat(key, { signal: context.signal });
    return { kind: "object", uri, store, key, name: name ?? nameOf(key), info };
  } catch (error) {
    if (isStoreError(error) && notAnObject.has(error.code)) return undefined;
    throw error;
  }
}

/**
 * What to say when a listing came back empty: nothing for a directory, or for a prefix that was asked for as such; an error where
 * `uri` was given without a final `/` and names nothing at all on a store that has no directories.
 */
export function assertSomethingThere(target: Target, entries: number): void {
  if (entries > 0 || target.kind === "object" || !target.guessed) return;
  if (!target.isPrefix) return;
  throw new StoreError({
    code: "NotFound",
    message: `no object and nothing below ${target.uri}`,
    uri: target.uri,
  });
}

/** The same before a transfer, from the first page of the listing; a missing container is its error. */
export async function assertNotEmpty(
  context: CommandContext,
  target: Extract<Target, { kind: "store" }>,
): Promise<void> {
  for await (const page of target.store.list({ signal: context.signal }).pages({ pageSize: 1 })) {
    assertSomethingThere(target, page.entries.length);
    return;
  }
  assertSomethingThere(target, 0);
}
