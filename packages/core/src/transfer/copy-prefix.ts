import type { AttributeInput } from "../attributes/types.js";
import { BULK_CONCURRENCY_DEFAULT } from "../constants/transfer.js";
import { messageOf, StoreError } from "../errors/index.js";
import { callBack } from "../operations/call-back.js";
import { copyObject } from "../operations/copy.js";
import { list } from "../operations/list.js";
import { completeError } from "../operations/scope.js";
import { statObject } from "../operations/stat.js";
import { isDirectory } from "../operations/directory-entries.js";
import { defaultRegistry } from "../registry/default-registry.js";
import { named, namedError } from "../registry/named-errors.js";
import { checkRegistry } from "../registry/registry.js";
import type { Registry } from "../registry/registry.js";
import type { OptionsOf } from "../registry/scheme-options.js";
import { checkCallback, checkOptions } from "../store/call-arguments.js";
import type { StoreContext } from "../store/context.js";
import { positive } from "../store/defaults.js";
import type { ObjectStore } from "../store/object-store.js";
import type { CopyOptions } from "../store/options.js";
import type { ObjectEntry, ObjectInfo } from "../store/results.js";
import type { CallOptions, Progress } from "../store/settings.js";
import { checkApart } from "./apart.js";
import { openContext } from "./copy-uri.js";
import { runLanes } from "./lanes.js";

/** How one object of a bulk copy ended. */
export type CopyOutcome =
  | { readonly key: string; readonly ok: true; readonly size: number }
  | { readonly key: string; readonly ok: false; readonly size: number; readonly error: StoreError };

export interface CopyPrefixOptions<From extends string = string, To extends string = string> extends Pick<
  CallOptions,
  "signal" | "retries" | "timeouts"
> {
  readonly from?: OptionsOf<From> | undefined;
  readonly to?: OptionsOf<To> | undefined;
  readonly registry?: Registry | undefined;
  /** Objects in flight. Default 32. */
  readonly concurrency?: number | undefined;
  readonly partSize?: number | undefined;
  /** Leave alone what is there already: such objects are reported as failed with `AlreadyExists`. */
  readonly ifNoneMatch?: "*" | undefined;
  /** Attributes for all, or for each; `undefined` keeps the source's. */
  readonly attributes?: AttributeInput | ((info: ObjectInfo) => AttributeInput | undefined) | undefined;
  /** Which objects to copy; keys are below the source prefix. Default: all. */
  readonly filter?: ((entry: ObjectEntry) => boolean) | undefined;
  /** Called as each object ends. */
  readonly onObject?: ((outcome: CopyOutcome) => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface CopyPrefixResult {
  /** Copied objects, and their bytes. */
  readonly objects: number;
  readonly bytes: number;
  readonly failed: readonly { readonly key: string; readonly error: StoreError }[];
}

/**
 * Copies everything below one prefix to below another, between any two stores. Resolves when every object has ended; one that
 * fails is reported and does not stop the others. A destination inside its source is `InvalidArgument` before anything is copied,
 * also when another scheme or symbolic links in the paths of the two lead there (links below them are not looked for).
 */
export async function copyPrefix<const From extends string, const To extends string>(
  from: From | URL,
  to: To | URL,
  given?: CopyPrefixOptions<From, To>,
): Promise<CopyPrefixResult> {
  const { registry = defaultRegistry, ...options } = await named("copyPrefix", to, async () => {
    const checked = checkOptions("copyPrefix", given);
    checkRegistry(checked.registry);
    return checked;
  });
  // A call that was aborted before it began opens nothing.
  if (options.signal instanceof AbortSignal) options.signal.throwIfAborted();
  const source = await registry.borrowStore("copyPrefix", from, options.from);
  try {
    const target = await registry.borrowStore("copyPrefix", to, options.to);
    try {
      return await copyAll(source, target, options);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** As `copyPrefix`, between two open stores. */
export async function copyAll(
  source: ObjectStore,
  target: ObjectStore,
  given?: Omit<CopyPrefixOptions, "from" | "to" | "registry">,
): Promise<CopyPrefixResult> {
  let uri: string | undefined;
  try {
    const [from, to] = [openContext(source), openContext(target)];
    uri = target.uri;
    const options = checkBulkOptions(given);
    await checkApart(from, to, options);
    return await copyEach(from, to, options);
  } catch (error) {
    const signal = given?.signal;
    if (signal instanceof AbortSignal && signal.aborted) throw signal.reason;
    throw namedError("copyPrefix", uri, error);
  }
}

type BulkOptions = Omit<CopyPrefixOptions, "from" | "to" | "registry">;

function checkBulkOptions(given: BulkOptions | undefined): BulkOptions {
  const options = checkOptions("copyPrefix", given);
  for (const name of ["filter", "onObject", "onProgress"] as const) checkCallback(name, options[name]);
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw new StoreError({ code: "InvalidArgument", message: "signal is an AbortSignal" });
  }
  return options;
}

async function copyEach(from: StoreContext, to: StoreContext, options: BulkOptions): Promise<CopyPrefixResult> {
  const concurrency = positive("concurrency", options.concurrency, BULK_CONCURRENCY_DEFAULT);
  const { signal, retries, timeouts } = options;
  const progress = bulkProgress(options.onProgress);
  const failed: { key: string; error: StoreError }[] = [];

  // A listing that fails midway does not end the copies under way: they finish, then the call rejects with its failure.
  let listingFailure: { readonly error: unknown } | undefined;
  async function* chosen(): AsyncGenerator<ObjectEntry> {
    try {
      for await (const entry of list(from, { signal, retries, timeouts })) {
        if (entry.kind !== "object" || isDirectory(entry) || !isWanted(options.filter, entry)) continue;
        progress.found(entry);
        yield entry;
      }
      progress.complete();
    } catch (error) {
      listingFailure = { error };
    }
  }

  await runLanes(chosen(), concurrency, signal, async (entry, lane) => {
    const outcome = await copyEntry(from, to, entry, options, lane, (bytes) => progress.moving(entry.key, bytes));
    if (outcome.ok) {
      progress.done(entry.key, outcome.size);
    } else {
      progress.failed(entry.key);
      failed.push({ key: entry.key, error: outcome.error });
    }
    callBack(options.onObject, outcome);
  });
  if (listingFailure !== undefined) throw listingFailure.error;
  progress.finish();
  return { ...progress.totals(), failed };
}

function isWanted(filter: CopyPrefixOptions["filter"], entry: ObjectEntry): boolean {
  if (filter === undefined) return true;
  try {
    return filter(entry);
  } catch (error) {
    throw callbackFailed("filter", error);
  }
}

function callbackFailed(name: string, error: unknown): StoreError {
  const message = `${name} failed: ${messageOf(error)}`;
  return new StoreError({ code: "InvalidArgument", message, cause: error });
}

async function copyEntry(
  from: StoreContext,
  to: StoreContext,
  entry: ObjectEntry,
  options: BulkOptions,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<CopyOutcome> {
  const { key } = entry;
  const { retries, timeouts, partSize, ifNoneMatch, attributes: chosen } = options;
  const call = { signal, retries, timeouts };
  try {
    const attributes = typeof chosen === "function" ? await choose(chosen, from, key, call) : chosen;
    const copyOptions: CopyOptions = {
      ...call,
      ...{ partSize, ifNoneMatch, attributes },
      ...(options.onProgress === undefined ? {} : { onProgress: ({ bytes }) => onBytes(bytes) }),
    };
    const { size } = await copyObject(to, { context: from, key }, key, copyOptions);
    return { key, ok: true, size };
  } catch (error) {
    if (signal.aborted) throw error;
    return { key, ok: false, size: entry.size, error: completeError(to, "copyPrefix", key, true, error) };
  }
}

async function choose(
  chosen: (info: ObjectInfo) => AttributeInput | undefined,
  from: StoreContext,
  key: string,
  call: Pick<CallOptions, "signal" | "retries" | "timeouts">,
): Promise<AttributeInput | undefined> {
  const info = await statObject(from, key, call);
  try {
    return chosen(info);
  } catch (error) {
    throw callbackFailed("attributes", error);
  }
}

interface BulkProgress {
  found(entry: ObjectEntry): void;
  /** The listing has ended: the totals are known. */
  complete(): void;
  moving(key: string, bytes: number): void;
  done(key: string, size: number): void;
  failed(key: string): void;
  /** Everything has ended: reports once more, with totals. */
  finish(): void;
  totals(): { readonly objects: number; readonly bytes: number };
}

function bulkProgress(onProgress: ((progress: Progress) => void) | undefined): BulkProgress {
  let objects = 0;
  let bytes = 0;
  let totalObjects = 0;
  let totalBytes = 0;
  let known = false;
  let movingBytes = 0;
  const moving = new Map<string, number>();
  let last = "";
  const report = (key: string): void => {
    last = key;
    callBack(onProgress, {
      bytes: bytes + movingBytes,
      totalBytes: known ? totalBytes : undefined,
      objects,
      totalObjects: known ? totalObjects : undefined,
      key,
    });
  };
  const settle = (key: string): void => {
    movingBytes -= moving.get(key) ?? 0;
    moving.delete(key);
  };
  return {
    found(entry) {
      totalObjects += 1;
      totalBytes += entry.size;
    },
    complete() {
      known = true;
    },
    moving(key, sent) {
      movingBytes += sent - (moving.get(key) ?? 0);
      moving.set(key, sent);
      report(key);
    },
    done(key, size) {
      settle(key);
      objects += 1;
      bytes += size;
      report(key);
    },
    failed: settle,
    finish: () => report(last),
    totals: () => ({ objects, bytes }),
  };
}
