import type { StoreDriver } from "@stowage/core";
import { forwardDriver } from "./forward.js";

/** A driver whose streams come in chunks of at most `size` bytes, as they do from a network. */
export function inChunks(driver: StoreDriver, size: number): StoreDriver {
  return forwardDriver(driver, {
    async read(key, range, call) {
      const answer = await driver.read(key, range, call);
      return { ...answer, chunks: cut(answer.chunks, size) };
    },
  });
}

async function* cut(
  chunks: AsyncIterator<Uint8Array, undefined, undefined>,
  size: number,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  try {
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      for (let at = 0; at < next.value.byteLength; at += size) yield next.value.slice(at, at + size);
    }
    return undefined;
  } finally {
    await chunks.return?.();
  }
}
