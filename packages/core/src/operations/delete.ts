import { BULK_CONCURRENCY_DEFAULT, DELETE_BATCH_DEFAULT } from "../constants/transfer.js";
import type { DriverDeleteCall } from "../driver/types.js";
import { isStoreError, StoreError } from "../errors/index.js";
import { extendError } from "../errors/store-error.js";
import { checkCallback, checkOptions, describe } from "../store/call-arguments.js";
import { checkKey, requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import type { DeleteOptions, DeletePrefixOptions } from "../store/options.js";
import type { DeleteOutcome, PrefixDeletion } from "../store/results.js";
import type { CallOptions } from "../store/settings.js";
import { runLanes } from "../transfer/lanes.js";
import { attempt, repeatableUnlessUnknown, withinPrefix } from "./attempt.js";
import { callBack } from "./call-back.js";
import { normalizeEtag, versionOf } from "./conditions.js";
import { deepestFirst, isDirectory } from "./directory-entries.js";
import { listWithin } from "./list.js";
import { completeError, inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { keyName } from "./stat.js";

/** Resolves for a missing object too. */
export async function deleteObject(
  context: StoreContext,
  key: string,
  given: DeleteOptions | undefined,
): Promise<void> {
  await inScope(context, "delete", keyName(key), given ?? {}, true, async (scope) => {
    const options = checkOptions("delete", given);
    checkKey(context, key);
    if (options.ifMatch !== undefined) requireFeature(context, "deleteIf", "conditional deletes (ifMatch)");
    const conditions =
      options.ifMatch === undefined ? undefined : { ifMatch: normalizeEtag("ifMatch", options.ifMatch) };
    await deleteOne(scope, key, conditions, versionOf(context, options.versionId));
  });
}

export function deleteOne(
  scope: Scope,
  key: string,
  conditions: DriverDeleteCall["conditions"],
  versionId: string | undefined,
): Promise<void> {
  const repeatable = repeatableUnlessUnknown(conditions !== undefined);
  return attempt(scope, (call) => scope.context.driver.delete(key, { ...call, conditions, versionId }), {
    key,
    repeatable,
  });
}

/** Any number of keys; one outcome a key, in input order; one failure hides no other. */
export async function deleteMany(
  context: StoreContext,
  keys: readonly string[],
  given: CallOptions | undefined,
): Promise<DeleteOutcome[]> {
  return inScope(context, "deleteMany", undefined, given ?? {}, true, async (scope) => {
    checkOptions("plain", given);
    requireFeature(context, "deleteMany", "deleting many objects at once");
    if (!Array.isArray(keys)) throw invalid(`keys is an array, not ${describe(keys)}`);
    return deleteManyWithin(scope, keys);
  });
}

export async function deleteManyWithin(scope: Scope, keys: readonly string[]): Promise<DeleteOutcome[]> {
  const { context } = scope;
  const failures = new Map<string, StoreError>();
  const wanted = new Set<string>();
  for (const key of keys) {
    // Most lists name no key twice and no illegal one: nothing more is looked up for them.
    if (failures.size > 0 && failures.has(key)) continue;
    try {
      checkKey(context, key);
      wanted.add(key);
    } catch (error) {
      failures.set(key, completeError(context, scope.operation, keyName(key), true, error));
    }
  }
  const { deleteMany: batch } = context.driver;
  if (batch !== undefined && context.capabilities.deleteMany === "native") {
    const size = context.capabilities.limits.deleteBatch ?? DELETE_BATCH_DEFAULT;
    await runLanes(batches([...wanted], size), context.transfer.concurrency, scope.signal, async (group, signal) => {
      for (const [key, error] of await deleteBatch({ ...scope, signal }, group)) failures.set(key, error);
    });
  } else {
    await runLanes(wanted, BULK_CONCURRENCY_DEFAULT, scope.signal, async (key, signal) => {
      try {
        await deleteOne({ ...scope, signal }, key, undefined, undefined);
      } catch (error) {
        if (signal.aborted || !isStoreError(error)) throw error;
        failures.set(key, error);
      }
    });
  }
  if (failures.size === 0) return keys.map((key) => ({ key, ok: true }));
  return keys.map((key) => {
    const error = failures.get(key);
    return error === undefined ? { key, ok: true } : { key, ok: false, error };
  });
}

/** One batch of the service; a batch that fails as a whole fails each of its keys, keys that may yet succeed are tried again. */
async function deleteBatch(scope: Scope, keys: readonly string[]): Promise<Map<string, StoreError>> {
  const { context } = scope;
  const failures = new Map<string, StoreError>();
  let open = keys;
  try {
    await attempt(scope, async (call) => {
      const outcomes = (await context.driver.deleteMany?.(open, call)) ?? [];
      const again: string[] = [];
      let retry: StoreError | undefined;
      for (const [index, key] of open.entries()) {
        const raw = outcomes[index];
        if (failures.size > 0) failures.delete(key);
        if (raw === undefined && outcomes.length === open.length) continue;
        const missing = new StoreError({ code: "Internal", message: "the driver reported no outcome for this key" });
        const error = completeError(context, scope.operation, key, true, withinPrefix(context, raw ?? missing));
        failures.set(key, error);
        if (!error.retryable) continue;
        again.push(key);
        retry ??= error;
      }
      open = again;
      if (retry !== undefined) throw retry;
    });
  } catch (error) {
    if (scope.signal?.aborted === true || !isStoreError(error)) throw error;
    for (const key of open)
      failures.set(key, failures.get(key) ?? extendError(error, { key, uri: context.uriOf(key) }));
  }
  return failures;
}

/** Deletes every object whose key begins with `prefix`, page by page. */
export async function deletePrefix(
  context: StoreContext,
  prefix: string,
  given: DeletePrefixOptions | undefined,
): Promise<PrefixDeletion> {
  return inScope(context, "deletePrefix", keyName(prefix), given ?? {}, true, async (scope) => {
    const options = checkOptions("deletePrefix", given);
    if (typeof prefix !== "string") throw invalid(`prefix is a string, not ${describe(prefix)}`);
    if (options.all !== undefined && typeof options.all !== "boolean") {
      throw invalid(`all is true or false, not ${describe(options.all)}`);
    }
    if (prefix === "" && options.all !== true) {
      throw invalid("an empty prefix deletes everything; say so with { all: true }");
    }
    checkCallback("onProgress", options.onProgress);
    const refusal = context.driver.capabilities.refusesDeletePrefix;
    if (refusal !== undefined) throw new StoreError({ code: "PermissionDenied", message: refusal, retryable: false });
    let deleted = 0;
    const failed: { key: string; error: StoreError }[] = [];
    const directories: string[] = [];
    const remove = async (keys: readonly string[]): Promise<void> => {
      for (const outcome of await deleteManyWithin(scope, keys)) {
        if (outcome.ok) deleted += 1;
        else failed.push({ key: outcome.key, error: outcome.error });
      }
      callBack(options.onProgress, {
        bytes: 0,
        totalBytes: undefined,
        objects: deleted,
        totalObjects: undefined,
        key: keys.at(-1) ?? prefix,
      });
    };
    for await (const page of listWithin(scope, { prefix })) {
      const keys: string[] = [];
      for (const entry of page.entries) {
        if (entry.kind === "object") (isDirectory(entry) ? directories : keys).push(entry.key);
      }
      await remove(keys);
    }
    // A directory can go when nothing is left in it, and pages may have told it before what it holds.
    for (const group of deepestFirst(directories)) await remove(group);
    return { deleted, failed };
  });
}

function* batches(keys: readonly string[], size: number): Generator<readonly string[]> {
  for (let start = 0; start < keys.length; start += size) yield keys.slice(start, start + size);
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
