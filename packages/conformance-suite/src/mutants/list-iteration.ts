import type { DriverListPage, ListPage, ObjectStore } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { wrapStore } from "./wrap-store.js";

const utf16 = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** How a listing is iterated: when it asks, when it stops, what it takes as an option. */
export const listIterationMutants: readonly Mutant[] = defineMutants("wrong listing", (define) => {
  define("list-stops-at-empty-page", "an empty page is taken for the end", () => ({
    store: (store) =>
      relisted(store, async function* (pages) {
        for await (const page of pages) {
          yield { ...page, entries: page.entries.length === 2 ? page.entries.slice(0, 1) : page.entries };
        }
      }),
  }));
  define("list-eager", "all pages are read before the first entry is given", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async *list(call) {
          const pages: DriverListPage[] = [];
          for await (const page of driver.list({ ...call, pageSize: call.pageSize ?? 1 })) pages.push(page);
          yield* pages;
        },
      }),
  }));
  define("list-once", "a listing can be iterated once", () => ({
    store: (store) =>
      wrapStore(store, {
        list(...args: Parameters<typeof store.list>) {
          const listing = store.list(...args);
          let used = false;
          return {
            pages: listing.pages.bind(listing),
            toArray: listing.toArray.bind(listing),
            async *[Symbol.asyncIterator]() {
              if (used) return;
              used = true;
              yield* listing;
            },
          };
        },
      }),
  }));
  define("list-starts-before-asked", "a listing is requested before it is iterated", () => ({
    store: (store) =>
      wrapStore(store, {
        list(...args: Parameters<typeof store.list>) {
          const listing = store.list(...args);
          void (async () => {
            for await (const _ of listing) break;
          })().catch(() => {});
          return listing;
        },
      }),
  }));
  define("list-goes-on-after-return", "a listing left midway reads on to its end", () => ({
    store: (store) =>
      relisted(store, async function* (pages, whole) {
        try {
          yield* pages;
        } finally {
          for await (const _ of whole()) continue;
        }
      }),
  }));
  define("list-page-size-unvalidated", "an invalid page size is taken for the default", () => ({
    store: (store) =>
      wrapStore(store, {
        list(...args: Parameters<typeof store.list>) {
          const listing = store.list(...args);
          return {
            toArray: listing.toArray.bind(listing),
            [Symbol.asyncIterator]: () => listing[Symbol.asyncIterator](),
            pages: (options: Parameters<typeof listing.pages>[0]) =>
              listing.pages(
                Number.isSafeInteger(options?.pageSize) && Number(options?.pageSize) > 0
                  ? options
                  : { ...options, pageSize: undefined },
              ),
          };
        },
      }),
  }));
  define("list-order-option-ignored", "order: utf8 is not looked at, and keys come in UTF-16 order", () => ({
    store: (store) =>
      wrapStore(store, {
        list(...[options]: Parameters<typeof store.list>) {
          const listing = store.list(options);
          if (options?.order === undefined) return listing;
          return {
            pages: listing.pages.bind(listing),
            toArray: listing.toArray.bind(listing),
            async *[Symbol.asyncIterator]() {
              const entries = await listing.toArray();
              yield* entries.toSorted((one, other) =>
                utf16("key" in one ? one.key : one.prefix, "key" in other ? other.key : other.prefix),
              );
            },
          };
        },
      }),
  }));
  define("list-empty-delimiter-accepted", "an empty delimiter groups by the first character", () => ({
    store: (store) =>
      wrapStore(store, {
        list: (...[options]: Parameters<typeof store.list>) =>
          store.list(
            options?.delimiter === "" ? { ...options, delimiter: undefined, prefix: "no such prefix" } : options,
          ),
      }),
  }));
});

/** A store whose pages go through `change`; `whole` iterates them anew. */
function relisted(
  store: ObjectStore,
  change: (pages: AsyncIterable<ListPage>, whole: () => AsyncIterable<ListPage>) => AsyncGenerator<ListPage>,
): ObjectStore {
  return wrapStore(store, {
    list(...args: Parameters<typeof store.list>) {
      const listing = store.list(...args);
      return {
        toArray: listing.toArray.bind(listing),
        pages: (options: Parameters<typeof listing.pages>[0]) =>
          change(listing.pages(options), () => listing.pages(options)),
        [Symbol.asyncIterator]: () => listing[Symbol.asyncIterator](),
      };
    },
  });
}
