import { isStoreError, StoreError } from "../errors/index.js";
import { extendError } from "../errors/store-error.js";
import { checkOptions } from "../store/call-arguments.js";
import { checkKey, requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import type { RenameOptions } from "../store/options.js";
import type { PutResult } from "../store/results.js";
import { attempt, repeatableUnlessUnknown } from "./attempt.js";
import { writeConditions } from "./conditions.js";
import { copyWithin } from "./copy.js";
import { deleteOne } from "./delete.js";
import { canPin } from "./large-read.js";
import { toPutResult } from "./object-info.js";
import { inScope } from "./scope.js";
import { keyName, statWith } from "./stat.js";

/**
 * Moves an object, attributes included. Atomic where `capabilities.rename` is `native`; elsewhere copy, then delete: a failure may
 * leave both, never neither, and a source that changed meanwhile stays.
 */
export async function rename(
  context: StoreContext,
  from: string,
  to: string,
  given: RenameOptions | undefined,
): Promise<PutResult> {
  return inScope(context, "rename", keyName(from), given ?? {}, true, async (scope) => {
    const options = checkOptions("rename", given);
    checkKey(context, from);
    checkKey(context, to);
    requireFeature(context, "rename", "renaming");
    if (from === to) throw new StoreError({ code: "InvalidArgument", message: "an object is not renamed onto itself" });
    const conditions = writeConditions(context, options);
    const { driver } = context;
    const { rename: move } = driver;
    if (move !== undefined && context.capabilities.rename === "native") {
      // Sent again after an unknown outcome it would miss its own source.
      const repeatable = repeatableUnlessUnknown(true);
      return toPutResult(
        to,
        await attempt(scope, (call) => move.call(driver, from, to, { ...call, conditions }), { key: from, repeatable }),
      );
    }
    const info = await statWith({ ...scope, write: "before" }, from, undefined, undefined);
    const pinned = canPin(context.capabilities) ? { sourceIfMatch: info.etag } : {};
    const result = await copyWithin(scope, { context, key: from }, to, { ...pinned, ifNoneMatch: options.ifNoneMatch });
    const unchanged = context.capabilities.deleteIf === "unsupported" ? undefined : { ifMatch: info.etag };
    try {
      await deleteOne(scope, from, unchanged, undefined);
    } catch (error) {
      // The copy is there: that much of the rename has taken effect.
      throw isStoreError(error) ? extendError(error, { committed: "unknown" }) : error;
    }
    return result;
  });
}
