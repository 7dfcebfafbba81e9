import type { DriverTimeouts } from "../driver/types.js";
import { operationChannel } from "../events/channels.js";
import type { OperationEvent } from "../events/channels.js";
import { isStoreError, leavesOutcomeUnknown, redactedCause, StoreError } from "../errors/index.js";
import type { StoreErrorDetails } from "../errors/index.js";
import { extendError } from "../errors/store-error.js";
import type { StoreContext } from "../store/context.js";
import { resolveRetries, resolveTimeouts } from "../store/defaults.js";
import type { CallOptions, TransferSettings } from "../store/settings.js";
import { following } from "./following.js";
import type { Following } from "./following.js";

/**
 * What a failure says about a write: `false`, this is no write; `before`, nothing of it can be visible yet (a copy still reads, an
 * upload is not completed); `true`, it may be.
 */
export type WritePhase = false | "before" | true;

/** Counted for events. One object, shared by the copies of a scope that lanes work with. */
interface Tally {
  attempts: number;
  bytes: number;
}

/** One public call under way: what all its driver calls share. */
export interface Scope {
  readonly context: StoreContext;
  readonly operation: string;
  readonly key: string | undefined;
  readonly write: WritePhase;
  /** The caller's own signal, which outlives this call. */
  readonly callerSignal: AbortSignal | undefined;
  /** The caller's signal, or one that also ends at the total timeout. */
  readonly signal: AbortSignal | undefined;
  readonly timeouts: TransferSettings["timeouts"];
  readonly driverTimeouts: DriverTimeouts;
  readonly retries: number;
  readonly native: unknown;
  readonly tally: Tally;
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
  let deadline: Following | undefined;
  life.enter();
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
    deadline?.letGo();
    life.leave();
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
    callerSignal: options.signal,
    signal: options.signal,
    timeouts,
    driverTimeouts: timeouts,
    retries: options.retries === undefined ? transfer.retries : resolveRetries(options.retries, transfer.retries),
    native: options.native === undefined ? undefined : nativeOptions(context, options.native),
    tally: { attempts: 0, bytes: 0 },
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

/** A signal that ends after `milliseconds`, or with `signal`; to be let go of when the work is done. */
export function startDeadline(milliseconds: number, signal: AbortSignal | undefined): Following {
  const deadline = following(signal);
  const timer = setTimeout(() => {
    deadline.abort(
      new StoreError({ code: "Timeout", message: `no result within ${milliseconds} ms`, retryable: true }),
    );
  }, milliseconds);
  return {
    signal: deadline.signal,
    abort: (reason) => deadline.abort(reason),
    letGo() {
      clearTimeout(timer);
      deadline.letGo();
    },
  };
}

/** `error` as users see it: a StoreError that names the operation and the URI, and on writes says whether it took effect. */
export function completeError(
  context: StoreContext,
  operation: string,
  key: string | undefined,
  write: WritePhase,
  error: unknown,
): StoreError {
  const known = isStoreError(error) ? error : unexpected(context, error);
  if (known.operation !== undefined) {
    return write === false || known.committed !== undefined
      ? known
      : extendError(known, { committed: outcome(write, known) });
  }
  return extendError(known, {
    operation,
    uri: nameOf(context, known.key ?? key),
    scheme: context.scheme,
    key: known.key ?? key,
    committed: write === false ? undefined : outcome(write, known),
  });
}

function outcome(write: "before" | true, { code, committed }: StoreError): StoreErrorDetails["committed"] {
  if (write === "before") return false;
  return committed ?? (leavesOutcomeUnknown(code) ? "unknown" : false);
}

/** Whatever a driver did not expect may carry requests and headers, hence credentials: only what is safe of it is kept. */
function unexpected(context: StoreContext, error: unknown): StoreError {
  const cause = redactedCause(error);
  return new StoreError({
    code: "Internal",
    message: `the ${context.scheme}:// driver failed unexpectedly: ${cause.message}`,
    cause,
  });
}

/** The URI of a key, also of one so wrong that no URI can hold it: then that of the store. */
export function nameOf(context: StoreContext, key: string | undefined): string {
  try {
    return context.uriOf(key ?? "");
  } catch {
    return context.uriOf("");
  }
}

function publish(scope: Scope, started: number, error: OperationEvent["error"]): void {
  const event: OperationEvent = {
    operation: scope.operation,
    uri: nameOf(scope.context, scope.key),
    durationMs: scope.context.environment.now() - started,
    bytes: scope.tally.bytes,
    attempts: scope.tally.attempts,
    ...(error === undefined ? {} : { error }),
  };
  operationChannel.publish(event);
}
