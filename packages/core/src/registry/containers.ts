import { RETRIES_DEFAULT } from "../constants/retry.js";
import type { ContainerCall, ContainerInfo } from "../driver/plugin.js";
import { isStoreError, StoreError } from "../errors/index.js";
import { extendError } from "../errors/store-error.js";
import { startDeadline } from "../operations/scope.js";
import { retryDelay } from "../retry/delay.js";
import { systemEnvironment } from "../retry/environment.js";
import { checkOptions, describe } from "../store/call-arguments.js";
import type { OptionSet } from "../store/call-arguments.js";
import { resolveRetries, resolveTimeouts, resolveTransfer } from "../store/defaults.js";
import type { CallOptions } from "../store/settings.js";
import { defaultRegistry } from "./default-registry.js";
import { containerEvents } from "./container-events.js";
import type { ContainerEvents } from "./container-events.js";
import { namedError } from "./named-errors.js";
import { splitOptions } from "./options.js";
import { checkRegistry } from "./registry.js";
import type { ParsedUri, Registry } from "./registry.js";
import type { OptionsOf } from "./scheme-options.js";

export interface ContainerOptions extends Pick<CallOptions, "signal" | "retries" | "timeouts"> {
  /** Isolated registry to look the scheme up in. */
  readonly registry?: Registry | undefined;
}

export interface DeleteContainerOptions extends ContainerOptions {
  /** Delete its objects too. Needed on Azure, which cannot tell whether a container is empty. */
  readonly force?: boolean | undefined;
}

/** Creates a bucket, a container, a directory. One's own existing one resolves with `created: false`. */
export async function createContainer<const Uri extends string>(
  uri: Uri | URL,
  storeOptions?: OptionsOf<Uri>,
  options?: ContainerOptions,
): Promise<{ readonly created: boolean }> {
  const request: Request = { operation: "createContainer", kind: "container", uri, storeOptions, options };
  return onContainer(request, (parsed, own, call) => {
    const create = parsed.plugin.containers?.create;
    if (create === undefined) throw unsupported(parsed, "createContainer");
    return create.call(parsed.plugin.containers, parsed.container, own, call);
  });
}

/** Deletes an empty container; with `force`, its objects too. */
export async function deleteContainer<const Uri extends string>(
  uri: Uri | URL,
  storeOptions?: OptionsOf<Uri>,
  options?: DeleteContainerOptions,
): Promise<void> {
  const request: Request = { operation: "deleteContainer", kind: "deleteContainer", uri, storeOptions, options };
  await onContainer(request, (parsed, own, call) => {
    const remove = parsed.plugin.containers?.delete;
    if (remove === undefined) throw unsupported(parsed, "deleteContainer");
    const { force = false } = options ?? {};
    if (typeof force !== "boolean") throw invalid(`force is true or false, not ${describe(force)}`);
    return remove.call(parsed.plugin.containers, parsed.container, own, { ...call, force });
  });
}

/** Containers that the credentials see, lazily: of `s3://`, of `az://account`, a directory's subdirectories. */
export async function* listContainers<const Uri extends string>(
  uri: Uri | URL,
  storeOptions?: OptionsOf<Uri>,
  options?: ContainerOptions,
): AsyncGenerator<ContainerInfo> {
  const request: Request = { operation: "listContainers", kind: "container", uri, storeOptions, options };
  const told = new Set<string>();
  let listing = await onContainer(request, begin(told));
  try {
    while (listing.item !== undefined) {
      told.add(listing.item.name);
      yield listing.item;
      try {
        listing.item = await nextUntold(listing.rest, told);
      } catch (error) {
        if (!isStoreError(error) || !error.retryable || options?.signal?.aborted === true) throw error;
        // Listed anew up to where it broke, which counts as an attempt and ends as attempts end.
        listing = await onContainer(request, begin(told));
      }
    }
  } catch (error) {
    if (options?.signal?.aborted === true) throw options.signal.reason;
    throw namedError("listContainers", uri, error);
  } finally {
    await listing.rest.return?.();
  }
}

interface Listing {
  item: ContainerInfo | undefined;
  readonly rest: AsyncIterator<ContainerInfo>;
}

/** A listing that has come to its first container not yet told: what fails on the way there is tried again. */
function begin(told: ReadonlySet<string>): Act<Listing> {
  return async (parsed, own, call) => {
    const list = parsed.plugin.containers?.list;
    if (list === undefined) throw unsupported(parsed, "listContainers");
    const rest = list.call(parsed.plugin.containers, parsed.container, own, call)[Symbol.asyncIterator]();
    return { item: await nextUntold(rest, told), rest };
  };
}

async function nextUntold(
  rest: AsyncIterator<ContainerInfo>,
  told: ReadonlySet<string>,
): Promise<ContainerInfo | undefined> {
  for (;;) {
    const next = await rest.next();
    if (next.done === true) return undefined;
    if (!told.has(next.value.name)) return next.value;
  }
}

interface Request {
  readonly operation: "createContainer" | "deleteContainer" | "listContainers";
  readonly kind: OptionSet;
  readonly uri: string | URL;
  readonly storeOptions: object | undefined;
  readonly options: ContainerOptions | undefined;
}

type Act<Value> = (parsed: ParsedUri, own: object, call: ContainerCall) => Promise<Value>;

async function onContainer<Value>(request: Request, act: Act<Value>): Promise<Value> {
  const report = containerEvents(request.operation, request.uri);
  const signal = request.options?.signal;
  try {
    const value = await attempts(request, act, report);
    report.settled(undefined);
    return value;
  } catch (error) {
    if (signal instanceof AbortSignal && signal.aborted) {
      report.settled("Aborted");
      throw signal.reason;
    }
    const failure = settledError(request, error);
    report.settled(failure.code);
    throw failure;
  }
}

function settledError({ operation, uri }: Request, error: unknown): StoreError {
  const named = namedError(operation, uri, error);
  if (operation === "listContainers" || named.committed !== undefined) return named;
  return extendError(named, { committed: named.retryable || named.code === "Internal" ? "unknown" : false });
}

/** The plugin's function, tried again as the retry rules allow, within the time limits. */
async function attempts<Value>(request: Request, act: Act<Value>, report: ContainerEvents): Promise<Value> {
  const { kind, operation, uri, storeOptions } = request;
  const { registry = defaultRegistry, signal, retries, timeouts } = checkOptions(kind, request.options);
  checkRegistry(registry);
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal is an AbortSignal");
  signal?.throwIfAborted();
  const parsed = await parseContainer(registry, uri, operation);
  const { common, own } = splitOptions(parsed.plugin, storeOptions);
  const transfer = resolveTransfer(common);
  const limits = resolveTimeouts(timeouts, transfer.timeouts);
  const most = resolveRetries(retries, common.retries ?? RETRIES_DEFAULT);
  const total = limits.total === undefined ? undefined : startDeadline(limits.total, signal);
  try {
    for (let retry = 1; ; retry++) {
      const whole = total?.signal ?? signal;
      whole?.throwIfAborted();
      report.begun();
      const one = limits.attempt === undefined ? undefined : startDeadline(limits.attempt, whole);
      try {
        const call = { signal: one?.signal ?? whole, timeouts: limits, native: undefined, transfer };
        const value = await act(parsed, own, call);
        report.attempted(undefined, undefined);
        return value;
      } catch (raw) {
        const error: unknown = whole?.aborted === true || one?.signal.aborted !== true ? raw : one.signal.reason;
        const mayRepeat = whole?.aborted !== true && isStoreError(error) && error.retryable && retry <= most;
        const delay = mayRepeat ? retryDelay(error, retry, systemEnvironment.random) : undefined;
        report.attempted(whole?.aborted === true ? "Aborted" : error, delay);
        whole?.throwIfAborted();
        if (delay === undefined) throw error;
        await systemEnvironment.sleep(delay, whole);
      } finally {
        one?.letGo();
      }
    }
  } finally {
    total?.letGo();
  }
}

async function parseContainer(
  registry: Registry,
  uri: string | URL,
  operation: Request["operation"],
): Promise<ParsedUri> {
  const plugin = await registry.pluginOf(uri, operation);
  const bare = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)\/?$/i.exec(String(uri));
  if (operation === "listContainers" && bare !== null) {
    return { scheme: plugin.schemes[0], plugin, container: bare[1] ?? "", key: "" };
  }
  const parsed = plugin.parse(uri, "store");
  if (parsed.key !== "") {
    throw new StoreError({
      code: "InvalidUri",
      message: `${String(uri)} names a prefix in a container, not a container`,
    });
  }
  return { scheme: plugin.schemes[0], plugin, ...parsed };
}

function unsupported(parsed: ParsedUri, capability: string): StoreError {
  return new StoreError({
    code: "Unsupported",
    message: `${parsed.scheme}:// does not support ${capability}`,
    capability,
  });
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
