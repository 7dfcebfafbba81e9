import { isStoreError, redact } from "../errors/index.js";
import type { StoreErrorCode } from "../errors/index.js";
import { attemptChannel, operationChannel } from "../events/channels.js";
import type { AttemptEvent, OperationEvent } from "../events/channels.js";
import { systemEnvironment } from "../retry/environment.js";

/** What one call on a container publishes: each attempt as it settles, then the operation. Silent where nobody listens. */
export interface ContainerEvents {
  begun(): void;
  /** `error`: what it failed with, `"Aborted"`, or nothing. `retryInMs`: another attempt follows. */
  attempted(error: unknown, retryInMs: number | undefined): void;
  settled(error: StoreErrorCode | "Aborted" | undefined): void;
}

export function containerEvents(operation: string, uri: unknown): ContainerEvents {
  const { now } = systemEnvironment;
  const started = now();
  const name = redact(uri instanceof URL ? uri.href : typeof uri === "string" ? uri : "");
  let attempts = 0;
  let attemptStarted = started;
  return {
    begun() {
      attempts += 1;
      attemptStarted = now();
    },
    attempted(error, retryInMs) {
      if (!attemptChannel.hasSubscribers) return;
      const event: AttemptEvent = {
        operation,
        uri: name,
        attempt: attempts,
        durationMs: now() - attemptStarted,
        ...outcomeOf(error),
        ...(retryInMs === undefined ? {} : { retryInMs }),
      };
      attemptChannel.publish(event);
    },
    settled(error) {
      if (!operationChannel.hasSubscribers) return;
      const event: OperationEvent = {
        operation,
        uri: name,
        durationMs: now() - started,
        bytes: 0,
        attempts,
        ...(error === undefined ? {} : { error }),
      };
      operationChannel.publish(event);
    },
  };
}

function outcomeOf(error: unknown): Pick<AttemptEvent, "error" | "status" | "requestId"> {
  if (error === undefined) return {};
  if (error === "Aborted") return { error };
  return isStoreError(error)
    ? { error: error.code, status: error.status, requestId: error.requestId }
    : { error: "Internal" };
}
