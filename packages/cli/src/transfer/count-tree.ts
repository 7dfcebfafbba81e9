import type { ObjectStore } from "@stowage/core";
import type { KeyFilter } from "../arguments/filter.js";
import type { ProgressLine } from "../output/progress.js";

/**
 * Counts what there is to do, beside doing it, so that the progress line can tell how much is left. Only for a terminal: it lists a
 * second time. A count that fails is left out; the work meets the same error itself. Gives what stops it.
 */
export function expectTotal(
  progress: ProgressLine,
  store: ObjectStore,
  filter: KeyFilter | undefined,
  signal: AbortSignal,
): () => void {
  const own = new AbortController();
  void count(progress, store, filter, AbortSignal.any([signal, own.signal])).catch(() => {});
  return () => own.abort();
}

async function count(
  progress: ProgressLine,
  store: ObjectStore,
  filter: KeyFilter | undefined,
  signal: AbortSignal,
): Promise<void> {
  let objects = 0;
  let bytes = 0;
  for await (const entry of store.list({ signal })) {
    if (filter !== undefined && !filter(entry.key)) continue;
    objects++;
    bytes += entry.size;
  }
  progress.expect({ objects, bytes });
}
