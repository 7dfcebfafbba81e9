/** Every code a {@link StoreError} can carry. Each means the same on every backend. */
export const STORE_ERROR_CODES = [
  "NotFound",
  "ContainerNotFound",
  "AlreadyExists",
  "PreconditionFailed",
  "NotModified",
  "Conflict",
  "InvalidUri",
  "InvalidKey",
  "InvalidRange",
  "InvalidArgument",
  "UnknownScheme",
  "PluginMissing",
  "PluginIncompatible",
  "Unsupported",
  "PermissionDenied",
  "Unauthenticated",
  "ContainerNotEmpty",
  "KeyConflict",
  "Throttled",
  "Unavailable",
  "Timeout",
  "IntegrityMismatch",
  "NoSpace",
  "Closed",
  "Internal",
] as const;

export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number];

const codes: ReadonlySet<string> = new Set(STORE_ERROR_CODES);

export function isStoreErrorCode(value: unknown): value is StoreErrorCode {
  return typeof value === "string" && codes.has(value);
}

/** Codes that a later attempt may not meet again. A driver may say otherwise for one error by `retryable`. */
const retryableCodes: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>(["Throttled", "Unavailable", "Timeout"]);

export function isRetryableCode(code: StoreErrorCode): boolean {
  return retryableCodes.has(code);
}

/** After these a write may or may not have taken effect unless the driver knows better; after all others it has not. */
const uncertainCodes: ReadonlySet<StoreErrorCode> = new Set<StoreErrorCode>(["Unavailable", "Timeout", "Internal"]);

export function leavesOutcomeUnknown(code: StoreErrorCode): boolean {
  return uncertainCodes.has(code);
}
