import { isRetryableCode, isStoreErrorCode } from "./codes.js";
import type { StoreErrorCode } from "./codes.js";
import { redact } from "./redact.js";

/** One mark for all copies of core in a process; the value says nothing about versions. */
const brand: unique symbol = Symbol.for("stowage.StoreError");

export interface StoreErrorDetails {
  readonly code: StoreErrorCode;
  /** What happened and what to do about it; secrets are redacted. */
  readonly message: string;
  readonly cause?: unknown;
  /** The public operation that failed, `get` say. Drivers leave it out: core adds it, with `uri`, `scheme` and `key`. */
  readonly operation?: string | undefined;
  readonly uri?: string | undefined;
  readonly scheme?: string | undefined;
  readonly key?: string | undefined;
  /** May a later attempt succeed? Default: true for Throttled, Unavailable and Timeout. */
  readonly retryable?: boolean | undefined;
  /** Writes only: has it taken effect? Drivers set it when they know. */
  readonly committed?: false | "unknown" | undefined;
  /** HTTP status or errno of the service's answer. */
  readonly status?: number | string | undefined;
  readonly requestId?: string | undefined;
  /** The feature that is missing, on `Unsupported`. */
  readonly capability?: string | undefined;
  /** The service asked to wait this long, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * The one error class of Stowage. `instanceof` and {@link isStoreError} hold across several copies of core in one process.
 * After `structuredClone` (to a worker, say) {@link reviveStoreError} brings it back.
 */
export class StoreError extends Error {
  declare readonly code: StoreErrorCode;
  declare readonly operation: string | undefined;
  declare readonly uri: string | undefined;
  declare readonly scheme: string | undefined;
  declare readonly key: string | undefined;
  declare readonly retryable: boolean;
  declare readonly committed: false | "unknown" | undefined;
  declare readonly status: number | string | undefined;
  declare readonly requestId: string | undefined;
  declare readonly capability: string | undefined;
  declare readonly retryAfterMs: number | undefined;
  /** What happened, without the tail that names code, operation and URI. */
  declare readonly detail: string;

  constructor(details: StoreErrorDetails) {
    const detail = redact(details.message);
    super(describe(details, detail), details.cause === undefined ? undefined : { cause: details.cause });
    Object.defineProperty(this, brand, { value: true });
    Object.defineProperty(this, "name", { value: "StoreError", configurable: true, writable: true });
    Object.defineProperty(this, "detail", { value: detail });
    const known = {
      code: details.code,
      operation: details.operation,
      uri: details.uri === undefined ? undefined : redact(details.uri),
      scheme: details.scheme,
      key: details.key,
      retryable: details.retryable ?? isRetryableCode(details.code),
      committed: details.committed,
      status: details.status,
      requestId: details.requestId,
      capability: details.capability,
      retryAfterMs: details.retryAfterMs,
    };
    for (const [name, value] of Object.entries(known)) {
      if (value !== undefined) Object.defineProperty(this, name, { value, enumerable: true });
    }
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isStoreError(value);
  }

  /** The same error with more known about it: the stack and the cause stay those of the first. */
  with(details: Partial<Omit<StoreErrorDetails, "cause">>): StoreError {
    return extendError(this, details);
  }

  toJSON(): Record<string, unknown> {
    const { cause: _, ...plain } = detailsOf(this);
    return Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
  }
}

/** {@link StoreError.with}, also for an error that another copy of core has made. */
export function extendError(error: StoreError, details: Partial<Omit<StoreErrorDetails, "cause">>): StoreError {
  const changed = new StoreError({ ...detailsOf(error), ...details });
  if (error.stack !== undefined) changed.stack = `StoreError: ${changed.message}${frames(error.stack)}`;
  return changed;
}

function detailsOf(error: StoreError): StoreErrorDetails {
  return {
    code: error.code,
    message: error.detail,
    cause: error.cause,
    operation: error.operation,
    uri: error.uri,
    scheme: error.scheme,
    key: error.key,
    retryable: error.retryable,
    committed: error.committed,
    status: error.status,
    requestId: error.requestId,
    capability: error.capability,
    retryAfterMs: error.retryAfterMs,
  };
}

/** A failure from before a write could take effect says so; anything but a StoreError stays as it is. */
export function notCommitted(error: unknown): unknown {
  return isStoreError(error) && error.committed === undefined ? extendError(error, { committed: false }) : error;
}

/** Is `value` a StoreError, of this or another copy of core? */
export function isStoreError(value: unknown): value is StoreError {
  return typeof value === "object" && value !== null && brand in value;
}

/**
 * The StoreError that `value` was before `structuredClone` took its class away, or `undefined` if it never was one. Code,
 * operation and URI come back from the message, which the clone keeps.
 */
export function reviveStoreError(value: unknown): StoreError | undefined {
  if (isStoreError(value)) return value;
  if (!(value instanceof Error)) return undefined;
  const match = /^([^]*) \[([A-Za-z]+)(?:; ([^]*))?\]$/.exec(value.message);
  if (match === null || !isStoreErrorCode(match[2])) return undefined;
  const [, operation, uri] = /^([A-Za-z]+(?= |$))? ?([^]*)$/.exec(match[3] ?? "") ?? [];
  return new StoreError({
    code: match[2],
    message: match[1] ?? "",
    cause: value.cause,
    operation,
    uri: uri === "" ? undefined : uri,
    scheme: uri === undefined ? undefined : /^[a-z][a-z0-9+.-]*(?=:)/i.exec(uri)?.[0],
  });
}

function describe(details: StoreErrorDetails, detail: string): string {
  const where = [details.operation, details.uri === undefined ? undefined : redact(details.uri)];
  const tail = where.filter((part) => part !== undefined).join(" ");
  return tail === "" ? `${detail} [${details.code}]` : `${detail} [${details.code}; ${tail}]`;
}

function frames(stack: string): string {
  const start = stack.search(/\n\s+at /);
  return start === -1 ? "" : stack.slice(start);
}
