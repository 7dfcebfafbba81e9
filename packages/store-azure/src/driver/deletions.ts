import { AZURE_SINGLE_DELETES, isStoreError, runLanes } from "@stowage/core";
import type { DriverCall, StoreError } from "@stowage/core";
import type { BlobOperations } from "./operations.js";

/**
 * Deletes many: in one batch, and one by one where batches are refused as such (signatures that do not reach that far, gateways,
 * emulators). Once one by one has done what a batch could not, batches are left alone.
 */
export class Deletions {
  readonly #operations: BlobOperations;
  #batches = true;

  constructor(operations: BlobOperations) {
    this.#operations = operations;
  }

  /** The keys that failed, each with its error. */
  async run(keys: readonly string[], call: DriverCall): Promise<Map<string, Error>> {
    if (!this.#batches) return this.#singly(keys, call);
    try {
      const outcomes = await this.#operations.deleteBatch(keys, call);
      return new Map(keys.flatMap((key, index) => (outcomes[index] === undefined ? [] : [[key, outcomes[index]]])));
    } catch (error) {
      if (!(isStoreError(error) && isRefusedAsSuch(error))) throw error;
      const failures = await this.#singly(keys, call);
      if (failures.size < keys.length) this.#batches = false;
      return failures;
    }
  }

  async #singly(keys: readonly string[], call: DriverCall): Promise<Map<string, Error>> {
    const failures = new Map<string, Error>();
    await runLanes(keys, AZURE_SINGLE_DELETES, call.signal, async (key, signal) => {
      try {
        await this.#operations.deleteBlob(key, { ...call, signal, conditions: undefined, versionId: undefined });
      } catch (error) {
        if (!isStoreError(error)) throw error;
        failures.set(key, error);
      }
    });
    return failures;
  }
}

/** Answered, and neither for the load of the moment nor for the container. */
function isRefusedAsSuch({ code, status }: StoreError): boolean {
  return (
    typeof status === "number" &&
    status >= 400 &&
    status !== 503 &&
    code !== "Throttled" &&
    code !== "ContainerNotFound"
  );
}
