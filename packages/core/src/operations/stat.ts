import type { DriverInfo, ReadConditions } from "../driver/types.js";
import { isStoreError } from "../errors/index.js";
import { checkOptions } from "../store/call-arguments.js";
import { checkKey } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import type { StatOptions } from "../store/options.js";
import type { ObjectInfo } from "../store/results.js";
import type { CallOptions } from "../store/settings.js";
import { attempt } from "./attempt.js";
import { readCall, readConditions, versionOf } from "./conditions.js";
import { toObjectInfo } from "./object-info.js";
import { inScope } from "./scope.js";
import type { Scope } from "./scope.js";

export async function statObject(
  context: StoreContext,
  key: string,
  given: StatOptions | undefined,
): Promise<ObjectInfo> {
  return inScope(context, "stat", keyName(key), given ?? {}, false, async (scope) => {
    const options = checkOptions("stat", given);
    checkKey(context, key);
    const info = await statWith(scope, key, readConditions(context, options), versionOf(context, options.versionId));
    return toObjectInfo(key, info);
  });
}

/** `false` for a missing object only: every other failure is the caller's to see. */
export async function exists(
  context: StoreContext,
  key: string,
  given: (CallOptions & { readonly versionId?: string | undefined }) | undefined,
): Promise<boolean> {
  return inScope(context, "exists", keyName(key), given ?? {}, false, async (scope) => {
    const options = checkOptions("exists", given);
    checkKey(context, key);
    try {
      await statWith(scope, key, undefined, versionOf(context, options.versionId));
      return true;
    } catch (error) {
      if (isStoreError(error) && error.code === "NotFound") return false;
      throw error;
    }
  });
}

export function statWith(
  scope: Scope,
  key: string,
  conditions: ReadConditions | undefined,
  versionId: string | undefined,
): Promise<DriverInfo> {
  return attempt(scope, (call) => scope.context.driver.stat(key, readCall(call, conditions, versionId)), { key });
}

/** A key as far as it can be named in an error before it has been validated. */
export function keyName(key: unknown): string | undefined {
  return typeof key === "string" ? key : undefined;
}
