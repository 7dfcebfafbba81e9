import { StoreError } from "@stowage/core";
import type { StoreDriver } from "@stowage/core";
import { forwardDriver } from "./forward.js";

/** A driver that may not delete the keys that match. */
export function failingDeletes(driver: StoreDriver, denied: RegExp): StoreDriver {
  const refusal = (): StoreError =>
    new StoreError({ code: "PermissionDenied", message: "this key may not be deleted", committed: false });
  const { deleteMany } = forwardDriver(driver);
  return forwardDriver(driver, {
    async delete(key, call) {
      if (denied.test(key)) throw refusal();
      await driver.delete(key, call);
    },
    ...(deleteMany && {
      async deleteMany(keys, call) {
        const allowed = keys.filter((key) => !denied.test(key));
        const outcomes = allowed.length === 0 ? [] : await deleteMany(allowed, call);
        return keys.map((key) => (denied.test(key) ? refusal() : outcomes[allowed.indexOf(key)]));
      },
    }),
  });
}
