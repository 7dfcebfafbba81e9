import { setMaxListeners } from "node:events";

/** An abort of one's own that also happens when the caller's signal aborts, until it is let go. */
export interface Following {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Leaves no listener on the caller's signal. */
  letGo(): void;
}

/** Not `AbortSignal.any`: that registers on a long-lived signal for good on some versions of Node. */
export function following(signal: AbortSignal | undefined): Following {
  const controller = new AbortController();
  // Every call under way listens to it: that many listeners are no leak.
  setMaxListeners(0, controller.signal);
  const onAbort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    letGo: () => signal?.removeEventListener("abort", onAbort),
  };
}
