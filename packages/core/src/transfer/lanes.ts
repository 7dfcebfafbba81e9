/**
 * Runs `work` for every item, at most `concurrency` at a time, in order of start. The first failure stops new starts, aborts the
 * signal that the rest got, waits until they have ended, then rejects with that failure. Nothing is left running.
 */
export async function runLanes<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  signal: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  let failure: { readonly error: unknown } | undefined;
  const running = new Set<Promise<void>>();
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop.abort(error);
  };
  try {
    for await (const item of items) {
      if (failure !== undefined || stop.signal.aborted) break;
      const task: Promise<void> = work(item, stop.signal)
        .catch(fail)
        .finally(() => running.delete(task));
      running.add(task);
      if (running.size >= concurrency) await Promise.race(running);
    }
  } catch (error) {
    fail(error);
  } finally {
    await Promise.all(running);
    signal?.removeEventListener("abort", onAbort);
  }
  if (signal?.aborted === true) throw signal.reason;
  if (failure !== undefined) throw failure.error;
}
