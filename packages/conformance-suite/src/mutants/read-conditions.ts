import { StoreError } from "@stowage/core";
import type { DriverReadCall, ReadConditions, StoreDriver } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, withOptions } from "./wrap-store.js";

/** Read conditions changed on their way into every kind of read. */
function alterReadConditions(
  driver: StoreDriver,
  change: (conditions: ReadConditions) => ReadConditions | undefined,
): StoreDriver {
  const { readBytes, readInto, readRanges } = forwardDriver(driver);
  const changed = (call: DriverReadCall): DriverReadCall =>
    call.conditions === undefined ? call : { ...call, conditions: change(call.conditions) };
  return forwardDriver(driver, {
    stat: (key, call) => driver.stat(key, changed(call)),
    read: (key, range, call) => driver.read(key, range, changed(call)),
    ...(readBytes && { readBytes: (key, range, limit, call) => readBytes(key, range, limit, changed(call)) }),
    ...(readInto && { readInto: (key, offset, target, call) => readInto(key, offset, target, changed(call)) }),
    ...(readRanges && { readRanges: (key, ranges, call) => readRanges(key, ranges, changed(call)) }),
  });
}

export const readConditionMutants: readonly Mutant[] = defineMutants("wrong condition", (define) => {
  define("conditional-read-ignored", "conditions of reads are not looked at", () => ({
    driver: (driver) => alterReadConditions(driver, () => undefined),
  }));
  define("read-if-match-ignored", "ifMatch of reads is not looked at", () => ({
    driver: (driver) => alterReadConditions(driver, ({ ifMatch: _, ...rest }) => rest),
  }));
  define("read-if-none-match-ignored", "ifNoneMatch of reads is not looked at", () => ({
    driver: (driver) => alterReadConditions(driver, ({ ifNoneMatch: _, ...rest }) => rest),
  }));
  define("read-dates-swapped", "the two dates of conditional reads are swapped", () => ({
    driver: (driver) =>
      alterReadConditions(driver, ({ ifModifiedSince, ifUnmodifiedSince, ...rest }) => ({
        ...rest,
        ...(ifModifiedSince && { ifUnmodifiedSince: ifModifiedSince }),
        ...(ifUnmodifiedSince && { ifModifiedSince: ifUnmodifiedSince }),
      })),
  }));
  define("read-dates-ignored", "the dates of conditional reads are not looked at", () => ({
    driver: (driver) => alterReadConditions(driver, ({ ifModifiedSince: _, ifUnmodifiedSince: __, ...rest }) => rest),
  }));
  define("read-if-match-prefix", "etags are compared without their last character", () => ({
    driver: (driver) => ({
      ...driver,
      ...alterReadConditions(driver, ({ ifNoneMatch, ...rest }) =>
        ifNoneMatch === undefined ? rest : { ...rest, ifNoneMatch: ifNoneMatch.slice(0, -1) },
      ),
    }),
  }));
  define(
    "condition-before-missing",
    "Azurite #2751: conditions are judged before it is seen that nothing is there",
    () => ({
      driver(driver) {
        const judged = async <Value>(
          conditions: ReadConditions | undefined,
          run: () => Promise<Value>,
        ): Promise<Value> => {
          try {
            return await run();
          } catch (error) {
            if (conditions === undefined || !(error instanceof StoreError) || error.code !== "NotFound") throw error;
            throw new StoreError({
              code: conditions.ifMatch === undefined ? "NotModified" : "PreconditionFailed",
              message: "the condition does not hold",
            });
          }
        };
        const { readBytes } = forwardDriver(driver);
        return forwardDriver(driver, {
          stat: (key, call) => judged(call.conditions, () => driver.stat(key, call)),
          ...(readBytes && {
            readBytes: (key, range, limit, call) => judged(call.conditions, () => readBytes(key, range, limit, call)),
          }),
        });
      },
    }),
  );
  define("range-drops-conditions", "a read with a range forgets its conditions", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) =>
        call(
          withOptions(args, (options) =>
            "range" in options ? { ...options, ifMatch: undefined, ifNoneMatch: undefined } : options,
          ),
        ),
      ),
  }));
  define("get-into-drops-conditions", "getInto and getRanges forget their conditions", () => ({
    store: (store) =>
      aroundStore(store, (name, args, call) =>
        call(
          name === "getInto" || name === "getRanges"
            ? withOptions(args, (options) => ({ ...options, ifMatch: undefined }))
            : args,
        ),
      ),
  }));
});
