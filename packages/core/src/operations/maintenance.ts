import { CLEANUP_AGE_DEFAULT_MS } from "../constants/local.js";
import type { CleanupResult } from "../driver/driver.js";
import { StoreError } from "../errors/index.js";
import { checkOptions, describe } from "../store/call-arguments.js";
import { requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import type { CleanupOptions } from "../store/options.js";
import type { CallOptions } from "../store/settings.js";
import { attempt } from "./attempt.js";
import { inScope } from "./scope.js";

/** Removes what crashed writers left; never a live writer's file, as long as `olderThan` exceeds the longest write. */
export async function cleanup(context: StoreContext, given: CleanupOptions | undefined): Promise<CleanupResult> {
  return inScope(context, "cleanup", undefined, given ?? {}, true, async (scope) => {
    const options = checkOptions("cleanup", given);
    requireFeature(context, "cleanup", "cleaning up leftovers");
    const { olderThan = CLEANUP_AGE_DEFAULT_MS } = options;
    if (typeof olderThan !== "number" || !Number.isFinite(olderThan) || olderThan < 0) {
      throw new StoreError({
        code: "InvalidArgument",
        message: `olderThan is a number of milliseconds, not ${describe(olderThan)}`,
      });
    }
    return attempt(scope, async (call) => {
      const { driver } = context;
      return (await driver.cleanup?.({ ...call, olderThanMs: olderThan })) ?? { files: 0, bytes: 0 };
    });
  });
}

/** Is the container there? Any failure but its absence propagates. */
export async function containerExists(context: StoreContext, given: CallOptions | undefined): Promise<boolean> {
  return inScope(context, "containerExists", undefined, given ?? {}, false, async (scope) => {
    checkOptions("plain", given);
    return attempt(scope, (call) => context.driver.containerExists(call));
  });
}
