import { RETRY_AFTER_MAX_MS, RETRY_DELAY_BASE_MS, RETRY_DELAY_MAX_MS } from "../constants/retry.js";
import type { StoreError } from "../errors/index.js";

/**
 * Milliseconds to wait before retry number `retry` (from 1): full jitter below an exponential bound, or what the service asked
 * for. `undefined` when the service asks for longer than a caller would expect to wait.
 */
export function retryDelay(error: StoreError, retry: number, random: () => number): number | undefined {
  const jittered = random() * Math.min(RETRY_DELAY_MAX_MS, RETRY_DELAY_BASE_MS * 2 ** (retry - 1));
  if (error.retryAfterMs === undefined) return jittered;
  return error.retryAfterMs > RETRY_AFTER_MAX_MS ? undefined : error.retryAfterMs + jittered;
}
