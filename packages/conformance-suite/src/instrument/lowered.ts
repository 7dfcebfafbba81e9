import type { StoreDriver } from "@stowage/core";
import type { LoweredLimits } from "../harness/types.js";
import { forwardDriver } from "./forward.js";

/**
 * The driver with lower limits declared and kept: core has to split as it would at the real ones. A batch above the lowered
 * limit is refused, a listing page is cut by asking for less.
 */
export function lowerLimits(driver: StoreDriver, limits: LoweredLimits): StoreDriver {
  const { capabilities } = driver;
  const below = forwardDriver(driver);
  const { deleteMany } = below;
  return forwardDriver(driver, {
    capabilities: { ...capabilities, limits: { ...capabilities.limits, ...limits } },
    list: (call) =>
      below.list({
        ...call,
        pageSize: Math.min(call.pageSize ?? Infinity, limits.listPage ?? Infinity, Number.MAX_SAFE_INTEGER),
      }),
    ...(deleteMany && {
      deleteMany: async (keys, call) => {
        if (keys.length > (limits.deleteBatch ?? Infinity)) throw new RangeError(`a batch of ${keys.length} keys`);
        return await deleteMany(keys, call);
      },
    }),
  });
}
