import type { ObjectStore, Upload } from "@stowage/core";
import type { CaseContext } from "../engine/context.js";

/** The smallest part size of the store, above which every part but the last must be; small where the store has no minimum. */
export function smallest(t: CaseContext): number {
  return t.capabilities.limits.partBytesMin ?? 1000;
}

export function begin(t: CaseContext, key = "a", store: ObjectStore = t.store): Promise<Upload> {
  return store.beginUpload(key, { partSize: smallest(t) });
}

/** The bytes of part `number`, all different. */
export function part(t: CaseContext, number: number, size: number = smallest(t)): Uint8Array<ArrayBuffer> {
  return t.data(size, number);
}

export function joined(t: CaseContext, numbers: readonly number[], last?: number): Uint8Array {
  return Buffer.concat(
    numbers.map((number, index) => part(t, number, index === numbers.length - 1 ? last : undefined)),
  );
}
