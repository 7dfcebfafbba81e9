import type { DriverCall } from "../driver/types.js";
import { isStoreError, notCommitted, StoreError } from "../errors/index.js";
import { extendError } from "../errors/store-error.js";
import { attemptChannel } from "../events/channels.js";
import type { AttemptEvent } from "../events/channels.js";
import { retryDelay } from "../retry/delay.js";
import type { StoreContext } from "../store/context.js";
import { completeError, nameOf, startDeadline } from "./scope.js";
import type { Scope } from "./scope.js";

export interface AttemptPolicy {
  /** The key of this driver call, when it is not the operation's own (a copy's source, say). */
  readonly key?: string;
  /**
   * May the call be made again after `error`, as far as its own meaning goes? Default: reads always; writes always too, since
   * the whole object is written. Conditional writes say no once the outcome is unknown.
   */
  readonly repeatable?: (error: StoreError) => boolean;
}

/**
 * One driver call, repeated as the retry rules allow: only retryable errors, within `retries`, paid from the store's tokens,
 * never after the signal aborted.
 */
export async function attempt<Value>(
  scope: Scope,
  call: (driverCall: DriverCall) => Promise<Value>,
  policy: AttemptPolicy = {},
): Promise<Value> {
  for (let retry = 1; ; retry++) {
    scope.signal?.throwIfAborted();
    scope.tally.attempts += 1;
    const observed = attemptChannel.hasSubscribers;
    const started = observed ? scope.context.environment.now() : 0;
    try {
      const value =
        scope.timeouts.attempt === undefined
          ? await call({ signal: scope.signal, timeouts: scope.driverTimeouts, native: scope.native })
          : await within(scope, scope.timeouts.attempt, call);
      if (observed) publish(scope, policy, retry, started, {});
      scope.context.retryTokens.refund();
      return value;
    } catch (raw) {
      if (scope.signal?.aborted === true) {
        if (observed) publish(scope, policy, retry, started, { error: "Aborted" });
        throw scope.write === "before" ? notCommitted(scope.signal.reason) : scope.signal.reason;
      }
      const { context, operation } = scope;
      const error = completeError(context, operation, policy.key ?? scope.key, scope.write, withinPrefix(context, raw));
      const delay = mayRepeat(scope, policy, error, retry)
        ? retryDelay(error, retry, context.environment.random)
        : undefined;
      if (observed) {
        const { code, status, requestId } = error;
        publish(scope, policy, retry, started, {
          error: code,
          status,
          requestId,
          ...(delay === undefined ? {} : { retryInMs: delay }),
        });
      }
      if (delay === undefined) throw error;
      await context.environment.sleep(delay, scope.signal);
    }
  }
}

/** Drivers know whole keys; users of a store at a prefix know what follows it. */
export function withinPrefix({ prefix }: StoreContext, error: unknown): unknown {
  if (prefix === "" || !isStoreError(error) || error.operation !== undefined) return error;
  return error.key?.startsWith(prefix) === true ? extendError(error, { key: error.key.slice(prefix.length) }) : error;
}

function mayRepeat(scope: Scope, policy: AttemptPolicy, error: StoreError, retry: number): boolean {
  if (!error.retryable || retry > scope.retries) return false;
  if (policy.repeatable?.(error) === false) return false;
  return scope.context.retryTokens.take();
}

async function within<Value>(
  scope: Scope,
  limit: number,
  call: (driverCall: DriverCall) => Promise<Value>,
): Promise<Value> {
  const deadline = startDeadline(limit, scope.signal);
  try {
    return await call({ signal: deadline.signal, timeouts: scope.driverTimeouts, native: scope.native });
  } catch (error) {
    if (!deadline.signal.aborted || scope.signal?.aborted === true) throw error;
    // However the driver puts it, it was told to stop; what it knows of a write's outcome is kept.
    throw new StoreError({
      code: "Timeout",
      message: `the attempt took longer than ${limit} ms`,
      committed: isStoreError(error) ? error.committed : undefined,
    });
  } finally {
    deadline.letGo();
  }
}

/** Writes whose outcome is unknown must not be sent again when a condition would then judge their own result. */
export function repeatableUnlessUnknown(conditional: boolean): (error: StoreError) => boolean {
  return (error) => !conditional || error.committed === false;
}

function publish(
  scope: Scope,
  policy: AttemptPolicy,
  attemptNumber: number,
  started: number,
  outcome: Pick<AttemptEvent, "error" | "status" | "requestId" | "retryInMs">,
): void {
  const event: AttemptEvent = {
    operation: scope.operation,
    uri: nameOf(scope.context, policy.key ?? scope.key),
    attempt: attemptNumber,
    durationMs: scope.context.environment.now() - started,
    ...outcome,
  };
  attemptChannel.publish(event);
}
