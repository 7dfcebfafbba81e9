import { StoreError } from "@stowage/core";
import type { Bytes } from "@stowage/core";
import { sharedEngine } from "./binding/shared-engine.js";

/**
 * Memory for `getInto` and for the `arena` of `getMany`, to be used again and again: zeroed, aligned for direct I/O, in huge pages
 * where the system has them. Reads from `direct://` go straight into it; in other memory they are copied. It is freed when it is
 * no longer reachable. Like all memory that V8 has not made it can be cloned, but not transferred, to another thread.
 *
 * Without the native binding it is ordinary memory.
 *
 * @param byteLength - bytes, a positive integer
 * @throws StoreError `InvalidArgument`
 */
export function createArena(byteLength: number): Bytes {
  if (!Number.isSafeInteger(byteLength) || byteLength <= 0) {
    throw new StoreError({
      code: "InvalidArgument",
      message: `byteLength is a positive integer, not ${String(byteLength)}`,
    });
  }
  return sharedEngine()?.allocate(byteLength) ?? new Uint8Array(byteLength);
}
