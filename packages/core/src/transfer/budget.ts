import { StoreError } from "../errors/index.js";

/** A bound on bytes in flight. Obtained from {@link createBudget}, given to a registry or to stores. */
export interface Budget {
  readonly capacity: number;
  /** Bytes granted at this moment. */
  readonly inUse: number;
  /**
   * Waits for `bytes` and returns what gives them back (once; further calls do nothing). First come, first served; a request
   * above the capacity runs alone. Rejects with `signal.reason` when aborted while waiting.
   */
  acquire(bytes: number, signal?: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly bytes: number;
  grant(): void;
}

/** A budget of `bytes` in flight, however many transfers share it. Throws `InvalidArgument` unless a positive safe integer. */
export function createBudget(bytes: number): Budget {
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new StoreError({
      code: "InvalidArgument",
      message: `a budget is a positive number of bytes, not ${String(bytes)}`,
    });
  }
  let inUse = 0;
  const waiters: Waiter[] = [];
  const fits = (wanted: number): boolean => inUse === 0 || inUse + wanted <= bytes;
  const take = (wanted: number): (() => void) => {
    inUse += wanted;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      inUse -= wanted;
      while (waiters[0] !== undefined && fits(waiters[0].bytes)) waiters.shift()?.grant();
    };
  };
  return {
    capacity: bytes,
    get inUse(): number {
      return inUse;
    },
    acquire(wanted, signal): Promise<() => void> {
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      if (waiters.length === 0 && fits(wanted)) return Promise.resolve(take(wanted));
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          bytes: wanted,
          grant() {
            signal?.removeEventListener("abort", onAbort);
            resolve(take(wanted));
          },
        };
        const onAbort = (): void => {
          waiters.splice(waiters.indexOf(waiter), 1);
          // The next in line may fit where this one did not.
          while (waiters[0] !== undefined && fits(waiters[0].bytes)) waiters.shift()?.grant();
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        waiters.push(waiter);
      });
    },
  };
}
