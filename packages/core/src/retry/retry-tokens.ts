import { RETRY_TOKEN_COST, RETRY_TOKEN_REFUND, RETRY_TOKENS } from "../constants/retry.js";

/** Bounds the retries of one store: when most calls fail, retrying them all makes the outage worse. */
export interface RetryTokens {
  /** Pays for one retry; `false` when there is nothing left to pay with. */
  take(): boolean;
  /** After a success. */
  refund(): void;
}

export function createRetryTokens(): RetryTokens {
  let tokens = RETRY_TOKENS;
  return {
    take(): boolean {
      if (tokens < RETRY_TOKEN_COST) return false;
      tokens -= RETRY_TOKEN_COST;
      return true;
    },
    refund(): void {
      if (tokens < RETRY_TOKENS) tokens += RETRY_TOKEN_REFUND;
    },
  };
}
