import { isStoreError, StoreError } from "@stowage/core";
import type { ObjectStore, StoreDriver, StoreErrorCode } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { aroundStore, wrapStore } from "./wrap-store.js";

/** Every rejection of a store as `change` makes it. */
export function alterErrors(store: ObjectStore, change: (error: unknown, method: string) => unknown): ObjectStore {
  const listing = aroundStore(store, async (name, args, call) => {
    try {
      return await call(args);
    } catch (error) {
      throw change(error, name);
    }
  });
  return wrapStore(listing, {
    list(...args: Parameters<typeof store.list>) {
      const below = store.list(...args);
      const pages = async function* (options?: Parameters<typeof below.pages>[0]) {
        try {
          yield* below.pages(options);
        } catch (error) {
          throw change(error, "list");
        }
      };
      const entries = async function* () {
        for await (const page of pages()) yield* page.entries;
      };
      return { pages, [Symbol.asyncIterator]: entries, toArray: () => gathered(entries()) };
    },
  });
}

export async function gathered<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** One code told as another, by the driver. */
export function recode(driver: StoreDriver, from: StoreErrorCode, to: StoreErrorCode): StoreDriver {
  return throwing(driver, (error) =>
    isStoreError(error) && error.code === from ? new StoreError({ code: to, message: error.detail }) : error,
  );
}

/** Every rejection of a driver's main methods as `change` makes it. */
export function throwing(driver: StoreDriver, change: (error: unknown) => unknown): StoreDriver {
  const below = forwardDriver(driver);
  const guarded =
    <Args extends readonly unknown[], Value>(method: (...args: Args) => Promise<Value>) =>
    async (...args: Args): Promise<Value> => {
      try {
        return await method(...args);
      } catch (error) {
        throw change(error);
      }
    };
  const { readBytes, readInto, readRanges, copyFrom, rename, deleteMany } = below;
  return forwardDriver(driver, {
    stat: guarded(below.stat),
    read: guarded(below.read),
    write: guarded(below.write),
    delete: guarded(below.delete),
    ...(readBytes && { readBytes: guarded(readBytes) }),
    ...(readInto && { readInto: guarded(readInto) }),
    ...(readRanges && { readRanges: guarded(readRanges) }),
    ...(copyFrom && { copyFrom: guarded(copyFrom) }),
    ...(rename && { rename: guarded(rename) }),
    ...(deleteMany && { deleteMany: guarded(deleteMany) }),
    async *list(call) {
      try {
        yield* driver.list(call);
      } catch (error) {
        throw change(error);
      }
    },
  });
}
