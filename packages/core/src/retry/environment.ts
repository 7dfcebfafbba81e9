import { setTimeout as wait } from "node:timers/promises";

/** Clock and chance, so that tests can bring their own. */
export interface Environment {
  /** Milliseconds, monotonic. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Rejects with `signal.reason` when aborted. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

export const systemEnvironment: Environment = {
  now: () => performance.now(),
  random: () => Math.random(),
  async sleep(milliseconds, signal) {
    try {
      await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : error;
    }
  },
};
