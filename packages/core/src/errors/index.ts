export { isRetryableCode, isStoreErrorCode, leavesOutcomeUnknown, STORE_ERROR_CODES } from "./codes.js";
export type { StoreErrorCode } from "./codes.js";
export { messageOf, redact, redactedCause } from "./redact.js";
export { isStoreError, notCommitted, reviveStoreError, StoreError } from "./store-error.js";
export type { StoreErrorDetails } from "./store-error.js";
