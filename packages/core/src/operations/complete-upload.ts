import type { MultipartDriver } from "../driver/driver.js";
import type { DriverPart, DriverUpload, DriverWritten, WriteConditions } from "../driver/types.js";
import { isStoreError } from "../errors/index.js";
import type { StoreError } from "../errors/index.js";
import { attempt } from "./attempt.js";
import type { Scope } from "./scope.js";

/**
 * Makes the object of an upload's parts. A complete that failed in a way that leaves open whether it happened is sent again, unless it has
 * conditions. If it did happen the upload has ended, and `NotFound` is no answer to what was asked: the first failure, whose outcome
 * is unknown, is told instead.
 */
export async function completeUpload(
  scope: Scope,
  multipart: MultipartDriver,
  upload: DriverUpload,
  parts: readonly DriverPart[],
  conditions: WriteConditions | undefined,
): Promise<DriverWritten> {
  let unknown: StoreError | undefined;
  let ended = false;
  const complete: Parameters<typeof attempt<DriverWritten>>[1] = async (call) => {
    try {
      return await multipart.complete(upload, parts, { ...call, conditions });
    } catch (error) {
      ended = unknown !== undefined && isStoreError(error) && error.code === "NotFound";
      throw ended ? unknown : error;
    }
  };
  return attempt(scope, complete, {
    key: upload.key,
    repeatable(error) {
      if (error.committed === false) return true;
      unknown ??= error;
      return !ended && conditions === undefined;
    },
  });
}
