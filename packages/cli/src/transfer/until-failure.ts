import { isStoreError } from "@stowage/core";
import type { StoreError } from "@stowage/core";

/**
 * What `items` gives until it ends or fails with a StoreError, which is handed over rather than thrown: listings fail at their end
 * when everything else has been listed, and what was made of the rest is worth telling.
 */
export async function* untilFailure<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  signal: AbortSignal,
  onFailure: (error: StoreError) => void,
): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch (error) {
    if (signal.aborted || !isStoreError(error)) throw error;
    onFailure(error);
  }
}
