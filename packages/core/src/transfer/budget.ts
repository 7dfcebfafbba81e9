import { StoreError } from "../errors/index.js";
import { describe } from "../store/call-arguments.js";

/** A bound on bytes in flight. Obtained from {@link createBudget}, given to a registry or to stores. */
export interface Budget {
  readonly capacity: number;
  /** Bytes granted at this moment. */
  readonly inUse: number;
  /**
   * Waits for `bytes` and returns what gives them back (once; further calls do nothing). First come, first served; a request
   * above the capacity runs alone. Rejects with `signal.reason` when aborted while waiting, with `InvalidArgument` for what is no
   * whole number of bytes.
   */
  acquire(bytes: number, signal?: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly bytes: number;
  grant(): void;
}

/** Bytes held of a budget, of which more may be needed once the size is known. */
export interface Reservation {
  /**
   * Holds `bytes` instead. Gives up what is held before it waits: holding some while waiting for more would let two transfers wait
   * for each other for good. `true` when there was no wait, so that what the reservation stood for may be kept.
   */
  exchange(bytes: number, signal: AbortSignal | undefined): Promise<boolean>;
  release(): void;
}

export async function reserve(budget: Budget, bytes: number, signal: AbortSignal | undefined): Promise<Reservation> {
  let release = await budget.acquire(bytes, signal);
  return {
    async exchange(wanted, abort) {
      release();
      const before = budget.inUse;
      const granted = budget.acquire(wanted, abort);
      const atOnce = budget.inUse === before + wanted;
      release = await granted;
      return atOnce;
    },
    release: () => release(),
  };
}

/**
 * A budget of `bytes` in flight, however many transfers share it: what reads, parts and copies hold in memory until the caller or
 * the store has it. Streams handed out are not counted. Throws `InvalidArgument` unless a positive safe
 * integer.
 */
export function createBudget(bytes: number): Budget {
  if (!Number.isSafeInteger(bytes) || bytes <= 0)
    throw invalid(`a budget is a positive number of bytes, not ${describe(bytes)}`);
  let inUse = 0;
  // A set keeps the order of arrival, and lets an aborted waiter leave without a search.
  const waiters = new Set<Waiter>();
  const fits = (wanted: number): boolean => inUse === 0 || inUse + wanted <= bytes;
  const serve = (): void => {
    for (const waiter of waiters) {
      if (!fits(waiter.bytes)) return;
      waiters.delete(waiter);
      waiter.grant();
    }
  };
  const take = (wanted: number): (() => void) => {
    inUse += wanted;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      inUse -= wanted;
      serve();
    };
  };
  return {
    capacity: bytes,
    get inUse(): number {
      return inUse;
    },
    acquire(wanted, signal): Promise<() => void> {
      // One wrong number would spoil the count for everybody who shares the budget.
      if (!Number.isSafeInteger(wanted) || wanted < 0) {
        return Promise.reject(invalid(`acquire takes a whole number of bytes, not ${describe(wanted)}`));
      }
      if (signal !== undefined && !(signal instanceof AbortSignal)) {
        return Promise.reject(invalid("signal is an AbortSignal"));
      }
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      if (waiters.size === 0 && fits(wanted)) return Promise.resolve(take(wanted));
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          bytes: wanted,
          grant() {
            signal?.removeEventListener("abort", onAbort);
            resolve(take(wanted));
          },
        };
        const onAbort = (): void => {
          waiters.delete(waiter);
          // The next in line may fit where this one did not.
          serve();
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        waiters.add(waiter);
      });
    },
  };
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
