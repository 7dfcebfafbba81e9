import type { DriverTimeouts } from "../driver/types.js";
import { operationChannel } from "../events/channels.js";
import type { OperationEvent } from "../events/channels.js";
import { isStoreError, leavesOutcomeUnknown, StoreError } from "../errors/index.js";
import type { StoreContext } from "../store/context.js";
import { resolveRetries, resolveTimeouts } from "../store/defaults.js";
import type { CallOptions, TransferSettings } from "../store/settings.js";

/** One public call under way: what all its driver calls share. */
export interface Scope {
  readonly context: StoreContext;
  readonly operation: string;
  readonly key: string | undefined;
  readonly write: boolean;
  /** The caller's signal, or one that also ends at the total timeout. */
  readonly signal: AbortSignal | undefined;
  readonly timeouts: TransferSettings["timeouts"];
  readonly driverTimeouts: DriverTimeouts;
  readonly retries: number;
  readonly native: unknown;
  attempts: number;
  bytes: number;
}

/**
 * Runs one public operation: refuses when the store is closed or the signal aborted already, bounds its total time, completes
 * errors with operation and URI, rejects with `signal.reason` itself, reports it on `stowage:operation`.
 */
export async function inScope<Value>(
  context: StoreContext,
  operation: string,
  key: string | undefined,
  options: CallOptions,
  write: boolean,
  body: (scope: Scope) => Promise<Value>,
): Promise<Value> {
  const { life } = context;
  const given = options.signal;
  const observed = operationChannel.hasSubscribers;
  const started = observed ? context.environment.now() : 0;
  let scope: Scope | undefined;
  let deadline: Deadline | undefined;
  life.inFlight += 1;
  try {
    scope = openScope(context, operation, key, options, write);
    if (given !== undefined) checkSignal(given);
    if (scope.timeouts.total !== undefined) {
      deadline = startDeadline(scope.timeouts.total, given);
      scope = { ...scope, signal: deadline.signal };
    }
    const value = await body(scope);
    if (observed) publish(scope, started, undefined);
    return value;
  } catch (error) {
    const failure = given?.aborted === true ? given.reason : completeError(context, operation, key, write, error);
    if (observed && scope !== undefined) publish(scope, started, given?.aborted === true ? "Aborted" : failure.code);
    throw failure;
  } finally {
    deadline?.stop();
    life.inFlight -= 1;
    if (life.inFlight === 0 && life.drained !== undefined) life.drained();
  }
}

function openScope(
  context: StoreContext,
  operation: string,
  key: string | undefined,
  options: CallOptions,
  write: boolean,
): Scope {
  if (context.life.closed) {
    throw new StoreError({
      code: "Closed",
      message: "this store has been closed; open it again with openStore",
      retryable: false,
    });
  }
  const { transfer } = context;
  const timeouts =
    options.timeouts === undefined ? transfer.timeouts : resolveTimeouts(options.timeouts, transfer.timeouts);
  return {
    context,
    operation,
    key,
    write,
    signal: options.signal,
    timeouts,
    driverTimeouts: timeouts,
    retries: options.retries === undefined ? transfer.retries : resolveRetries(options.retries, transfer.retries),
    native: options.native === undefined ? undefined : nativeOptions(context, options.native),
    attempts: 0,
    bytes: 0,
  };
}

/** The service's own options, if they are this scheme's; those of another are refused rather than ignored. */
function nativeOptions(context: StoreContext, native: object): unknown {
  if (typeof native !== "object" || native === null) {
    throw new StoreError({ code: "InvalidArgument", message: "native is an object with one property a scheme" });
  }
  const { scheme } = context;
  const foreign = Object.entries(native).find(([name, value]) => value !== undefined && name !== scheme);
  if (foreign !== undefined) {
    throw new StoreError({
      code: "Unsupported",
      message: `options of ${foreign[0]}:// cannot be given to a ${scheme}:// store`,
      capability: `native.${foreign[0]}`,
    });
  }
  return Object.entries(native).find(([name]) => name === scheme)?.[1];
}

function checkSignal(signal: unknown): void {
  if (!(signal instanceof AbortSignal)) {
    throw new StoreError({ code: "InvalidArgument", message: "signal is an AbortSignal" });
  }
  if (signal.aborted) throw signal.reason;
}

interface Deadline {
  readonly signal: AbortSignal;
  stop(): void;
}

/** A signal that ends after `milliseconds`, or with `signal`. */
export function startDeadline(milliseconds: number, signal: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(
      new StoreError({ code: "Timeout", message: `no result within ${milliseconds} ms`, retryable: true }),
    );
  }, milliseconds);
  const onAbort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    stop() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

/** `error` as users see it: a StoreError that names the operation and the URI, and on writes says whether it took effect. */
export function completeError(
  context: StoreContext,
  operation: string,
  key: string | undefined,
  write: boolean,
  error: unknown,
): StoreError {
  if (isStoreError(error) && error.operation !== undefined) return error;
  const known = isStoreError(error)
    ? error
    : new StoreError({
        code: "Internal",
        message: `the ${context.scheme}:// driver failed unexpectedly: ${error instanceof Error ? error.message : String(error)}`,
        cause: error,
      });
  const committed = write ? (known.committed ?? (leavesOutcomeUnknown(known.code) ? "unknown" : false)) : undefined;
  return known.with({
    operation,
    uri: context.uriOf(known.key ?? key ?? ""),
    scheme: context.scheme,
    key: known.key ?? key,
    committed,
  });
}

function publish(scope: Scope, started: number, error: OperationEvent["error"]): void {
  const event: OperationEvent = {
    operation: scope.operation,
    uri: scope.context.uriOf(scope.key ?? ""),
    durationMs: scope.context.environment.now() - started,
    bytes: scope.bytes,
    attempts: scope.attempts,
    ...(error === undefined ? {} : { error }),
  };
  operationChannel.publish(event);
}
