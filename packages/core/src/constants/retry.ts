/** Attempts after the first. Source: AWS SDK "standard" retry mode makes 3 attempts in all; one more covers a slow restart. */
export const RETRIES_DEFAULT = 3;

/** Most retries a caller may ask for. */
export const RETRIES_MAX = 20;

/** First wait before a retry, in milliseconds, doubled each time and drawn at random below that (full jitter). */
export const RETRY_DELAY_BASE_MS = 50;

/** Longest wait before a retry, in milliseconds; a Retry-After of the service may be longer, up to RETRY_AFTER_MAX_MS. */
export const RETRY_DELAY_MAX_MS = 20_000;

/** A service that asks for a longer wait than this, in milliseconds, gets its error handed to the caller instead. */
export const RETRY_AFTER_MAX_MS = 60_000;

/** Retry tokens of one store. A retry takes RETRY_TOKEN_COST, a success gives RETRY_TOKEN_REFUND back. Source: AWS SDK retry behaviour. */
export const RETRY_TOKENS = 500;
export const RETRY_TOKEN_COST = 5;
export const RETRY_TOKEN_REFUND = 1;

/** Time to connect, in milliseconds. */
export const CONNECT_TIMEOUT_DEFAULT_MS = 10_000;

/** Longest silence on a connection that has work to do, in milliseconds. */
export const IDLE_TIMEOUT_DEFAULT_MS = 60_000;

/** Longest timeout, in milliseconds: a longer one is cut to it. Source: Node's timers, 2^31 - 1 (24.8 days). */
export const TIMEOUT_MAX_MS = 2_147_483_647;

/** Longest presigned URL life, in seconds. Source: AWS Signature Version 4, X-Amz-Expires (7 days). */
export const PRESIGN_EXPIRES_MAX_S = 604_800;

/** Presigned URL life when the caller names none, in seconds. */
export const PRESIGN_EXPIRES_DEFAULT_S = 900;
