import { setMaxListeners } from "node:events";
import { isIterable, iteratorOf } from "../body/iterables.js";
import { StoreError } from "../errors/index.js";
import { describe } from "../store/call-arguments.js";
import { positive } from "../store/defaults.js";

/**
 * Runs `work` for every item, at most `concurrency` at a time, in order of start. The first failure, of the work or of the items
 * themselves, stops new starts, aborts the signal that the rest got, waits until they have ended, then rejects with it. Nothing
 * is left running, and a source that says nothing more is not waited for. `concurrency` is a positive whole number, else
 * `InvalidArgument`, as for items that are no iterable.
 */
export async function runLanes<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  signal: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  positive("concurrency", concurrency, 1);
  if (!isIterable(items)) {
    throw new StoreError({ code: "InvalidArgument", message: `items are iterable, not ${describe(items)}` });
  }
  const iterator = iteratorOf(items);
  const stop = new AbortController();
  // Every call under way listens to it: that many listeners are no leak.
  setMaxListeners(0, stop.signal);
  let failure: { readonly error: unknown } | undefined;
  let running = 0;
  let exhausted = false;
  // One waiter at a time: the loop below, for an item, a free lane or the last lane's end.
  let wake: (() => void) | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop.abort(failure.error);
    wake?.();
  };
  const onAbort = (): void => fail(signal?.reason);
  const start = async (item: Item): Promise<void> => {
    running += 1;
    try {
      await work(item, stop.signal);
    } catch (error) {
      fail(error);
    } finally {
      running -= 1;
      wake?.();
    }
  };
  const until = async (reached: () => boolean): Promise<void> => {
    while (!reached()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    while (failure === undefined) {
      const step = await nextUnlessStopped(iterator, stop.signal);
      if (step === undefined) break;
      if (step.done === true) {
        exhausted = true;
        break;
      }
      // It may have failed while this item was on its way.
      if (stop.signal.aborted) break;
      void start(step.value);
      if (running >= concurrency) await until(() => running < concurrency || failure !== undefined);
    }
  } catch (error) {
    exhausted = true;
    fail(error);
  } finally {
    await until(() => running === 0);
    signal?.removeEventListener("abort", onAbort);
    if (!exhausted) endQuietly(iterator);
  }
  if (signal?.aborted === true) throw signal.reason;
  if (failure !== undefined) throw failure.error;
}

/** The next item, or `undefined` as soon as the signal aborts. Throws what the iterator throws. */
async function nextUnlessStopped<Item>(
  iterator: Iterator<Item> | AsyncIterator<Item>,
  stop: AbortSignal,
): Promise<IteratorResult<Item> | undefined> {
  const next = iterator.next();
  if (!(next instanceof Promise)) return next;
  let onStop: (() => void) | undefined;
  try {
    return await new Promise((resolve, reject) => {
      onStop = () => resolve(undefined);
      stop.addEventListener("abort", onStop, { once: true });
      next.then(resolve, reject);
    });
  } finally {
    if (onStop !== undefined) stop.removeEventListener("abort", onStop);
  }
}

/** Tells the source that nothing more is wanted. Not waited for: a source that hangs would hold up the failure. */
function endQuietly(iterator: Iterator<unknown> | AsyncIterator<unknown>): void {
  try {
    void Promise.resolve(iterator.return?.()).catch(() => {});
  } catch {
    // A source that fails while it is ended has nothing to add.
  }
}
