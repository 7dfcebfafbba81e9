import { StoreError } from "@stowage/core";
import type { DriverListCall, DriverListPage, ListPage, ObjectStore } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { perNamespace } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { naiveList } from "./naive-list.js";
import type { ListFaults } from "./naive-list.js";
import { wrapStore } from "./wrap-store.js";

const utf8 = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
const utf16 = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Listings right but for one step. */
const listings: Readonly<Record<string, readonly [string, ListFaults]>> = {
  "list-ignores-prefix": ["a prefix is not looked at", { matches: () => true }],
  "list-prefix-not-segment": [
    "a prefix that ends in a slash matches siblings",
    { matches: (key, prefix) => key.startsWith(prefix.replace(/\/$/, "")) },
  ],
  "list-prefix-as-directory": [
    "a prefix is taken for a directory",
    { matches: (key, prefix) => prefix === "" || key.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`) },
  ],
  "list-prefix-excludes-itself": [
    "a key equal to the prefix is left out",
    { matches: (key, prefix) => key.startsWith(prefix) && key !== prefix },
  ],
  "list-prefix-decoded": [
    "a prefix is percent-decoded, and '+' is a space",
    { matches: (key, prefix) => key.startsWith(unescaped(prefix)) },
  ],
  "list-prefix-escaped": [
    "a prefix is percent-encoded",
    { matches: (key, prefix) => key.startsWith(encodeURI(prefix)) },
  ],
  "list-prefix-pattern": [
    "'*' and '[' in a prefix are a pattern",
    {
      matches: (key, prefix) =>
        /[*[]/.test(prefix)
          ? key.startsWith(prefix.replace(/[*[].*$/s, "")) && !key.startsWith(prefix)
          : key.startsWith(prefix),
    },
  ],
  "list-order-utf16": ["keys come in UTF-16 order", { compare: utf16 }],
  "list-order-insensitive": [
    "keys come in the order of a dictionary",
    { compare: (one, other) => one.localeCompare(other, "en") || utf8(one, other) },
  ],
  "list-order-walk": [
    "keys come as a directory walk finds them",
    { compare: (one, other) => utf8(one.replaceAll("/", "\u0001"), other.replaceAll("/", "\u0001")) },
  ],
  "list-start-after-inclusive": [
    "startAfter is listed again",
    { beyond: (key, cursor, fromToken) => (fromToken ? utf8(key, cursor) > 0 : utf8(key, cursor) >= 0) },
  ],
  "list-start-after-ignored": [
    "startAfter is not looked at",
    { beyond: (key, cursor, fromToken) => !fromToken || utf8(key, cursor) > 0 },
  ],
  "list-token-inclusive": [
    "each page begins with the last key of the one before",
    {
      beyond: (key, cursor, fromToken) => utf8(key, cursor) >= (fromToken ? 0 : 1),
      pageSize: (asked) => Math.max(2, asked),
    },
  ],
  "list-token-is-offset": ["a page token is a count", { token: (_, count) => `at:${count}`, cursor: offsetCursor }],
  "list-token-must-exist": ["a page token is a key that must be there", { cursor: existingCursor }],
  "list-token-garbage-restarts": [
    "a foreign token starts from the beginning",
    { cursor: (token) => (token.startsWith("after:") ? token.slice(6) : "") },
  ],
  "list-delimiter-ignored": ["a delimiter is not looked at", { group: () => undefined }],
  "list-delimiter-slash-only": ["any delimiter is a slash", { group: (key, prefix) => grouped(key, prefix, "/") }],
  "list-delimiter-first-character": [
    "a delimiter is one character",
    { group: (key, prefix, delimiter) => grouped(key, prefix, delimiter[0] ?? "/") },
  ],
  "list-delimiter-from-start": [
    "the delimiter is looked for from the start of the key",
    { group: (key, _prefix, delimiter) => grouped(key, "", delimiter) },
  ],
  "list-delimiter-pattern": ["a delimiter is a regular expression", { group: patternGroup }],
  "list-page-size-ignored": ["the page size is not looked at", { pageSize: () => 1000 }],
  "list-page-size-plus-one": ["pages are one longer than asked for", { pageSize: (asked) => asked + 1 }],
  "list-size-zero": ["entries have no size", { entry: (entry) => ({ ...entry, size: 0 }) }],
  "list-etag-other": [
    "the etag of entries is another one",
    { entry: (entry) => ({ ...entry, etag: `${entry.etag}-1` }) },
  ],
  "list-time-epoch": ["the time of entries is 1970", { entry: (entry) => ({ ...entry, lastModified: new Date(0) }) }],
  "list-drop-last": [
    "the last entry of each page is lost",
    { page: (page) => ({ ...page, entries: page.entries.slice(0, -1) }) },
  ],
  "list-duplicate": [
    "the first entry of each page comes twice",
    { page: (page) => ({ ...page, entries: [...page.entries.slice(0, 1), ...page.entries] }) },
  ],
  "list-drops-after-1000": [
    "a listing ends after a thousand entries",
    { page: (page) => (page.entries.length + page.prefixes.length >= 1000 ? { ...page, token: undefined } : page) },
  ],
  "list-first-page-only": ["a listing ends with its first page", { page: (page) => ({ ...page, token: undefined }) }],
  "list-prefixes-lost": ["common prefixes are left out", { page: (page) => ({ ...page, prefixes: [] }) }],
  "list-prefixes-without-delimiter": [
    "common prefixes come without their delimiter",
    {
      page: (page, { delimiter = "" }) => ({
        ...page,
        prefixes: page.prefixes.map((prefix) => prefix.slice(0, -delimiter.length)),
      }),
    },
  ],
  "list-objects-below-prefixes": [
    "objects below a common prefix are shown too",
    { group: () => undefined, page: withPrefixes },
  ],
};

export const listMutants: readonly Mutant[] = defineMutants("wrong listing", (define) => {
  for (const [name, [fault, faults]] of Object.entries(listings))
    define(name, fault, () => ({ driver: (driver) => naiveList(driver, faults) }));

  define("list-shows-deleted", "deleted keys stay in listings", () => {
    const deleted = perNamespace(() => new Set<string>());
    return {
      driver(driver, namespace) {
        const { deleteMany } = forwardDriver(driver);
        return forwardDriver(driver, {
          async delete(key, call) {
            await driver.delete(key, call);
            deleted(namespace).add(key);
          },
          ...(deleteMany && {
            async deleteMany(keys, call) {
              for (const key of keys) deleted(namespace).add(key);
              return await deleteMany(keys, call);
            },
          }),
          async *list(call) {
            for await (const page of driver.list(call)) {
              const there = new Set(page.entries.map(({ key }) => key));
              const ghosts = [...deleted(namespace)].filter(
                (key) =>
                  key.startsWith(call.prefix) &&
                  !there.has(key) &&
                  call.delimiter === undefined &&
                  call.startAfter === undefined,
              );
              yield {
                ...page,
                entries: [
                  ...page.entries,
                  ...ghosts.map((key) => ({ key, size: 0, etag: "", lastModified: undefined })),
                ].toSorted((a, b) => utf8(a.key, b.key)),
              };
            }
          },
        });
      },
    };
  });
  define("list-empty-directories", "a directory whose objects are gone is shown as a prefix", () => {
    const seen = perNamespace(() => new Set<string>());
    return {
      driver: (driver, namespace) =>
        forwardDriver(driver, {
          async write(key, body, call) {
            const written = await driver.write(key, body, call);
            for (let at = key.indexOf("/"); at !== -1; at = key.indexOf("/", at + 1))
              seen(namespace).add(key.slice(0, at + 1));
            return written;
          },
          async *list(call) {
            for await (const page of driver.list(call)) {
              if (call.delimiter !== "/" || call.startAfter !== undefined || call.token !== undefined) yield page;
              else {
                const below = [...seen(namespace)].filter(
                  (prefix) =>
                    prefix.startsWith(call.prefix) &&
                    prefix !== call.prefix &&
                    prefix.indexOf("/", call.prefix.length) === prefix.length - 1,
                );
                yield { ...page, prefixes: [...new Set([...page.prefixes, ...below])].toSorted(utf8) };
              }
            }
          },
        }),
    };
  });
  define("list-stale", "a listing is remembered by the handle", () => ({
    driver(driver) {
      const cached = new Map<string, DriverListPage[]>();
      return forwardDriver(driver, {
        async *list(call) {
          const name = JSON.stringify([call.prefix, call.delimiter, call.startAfter, call.token, call.pageSize]);
          const known = cached.get(name);
          if (known !== undefined) return yield* known;
          const pages: DriverListPage[] = [];
          for await (const page of driver.list(call)) {
            pages.push(page);
            if (page.token === undefined) cached.set(name, pages);
            yield page;
          }
        },
      });
    },
  }));
  define("list-sizes-stale", "sizes in listings are those of the first write", () => {
    const sizes = perNamespace(() => new Map<string, number>());
    return {
      driver: (driver, namespace) =>
        forwardDriver(driver, {
          async *list(call) {
            for await (const page of driver.list(call)) {
              yield {
                ...page,
                entries: page.entries.map((entry) => {
                  const size = sizes(namespace).get(entry.key) ?? entry.size;
                  sizes(namespace).set(entry.key, size);
                  return { ...entry, size };
                }),
              };
            }
          },
        }),
    };
  });
  define("list-shows-uploads", "objects being uploaded are listed", () => {
    const open = perNamespace(() => new Set<string>());
    return {
      driver(driver, namespace) {
        const { multipart } = forwardDriver(driver);
        return forwardDriver(driver, {
          async write(key, body, call) {
            open(namespace).add(key);
            try {
              return await driver.write(key, body, call);
            } finally {
              open(namespace).delete(key);
            }
          },
          ...(multipart && {
            multipart: {
              ...multipart,
              async begin(key, options) {
                open(namespace).add(key);
                return await multipart.begin(key, options);
              },
              async complete(upload, ...rest) {
                open(namespace).delete(upload.key);
                return await multipart.complete(upload, ...rest);
              },
            },
          }),
          async *list(call) {
            for await (const page of driver.list(call)) yield withKeys(page, call, [...open(namespace)]);
          },
        });
      },
    };
  });
  define("list-prefix-on-each-page", "a common prefix that spans pages is shown on each", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async *list(call) {
          if (call.delimiter === undefined) return yield* driver.list(call);
          const { delimiter, prefix } = call;
          for await (const page of driver.list({ ...call, delimiter: undefined })) {
            const names = page.entries.map((entry) => ({ entry, under: grouped(entry.key, prefix, delimiter) }));
            yield {
              ...page,
              entries: names.flatMap(({ entry, under }) => (under === undefined ? [entry] : [])),
              prefixes: [...new Set(names.flatMap(({ under }) => under ?? []))],
            };
          }
        },
      }),
  }));
  define("list-skips-beyond-prefix", "after a common prefix the listing skips its neighbours", () => ({
    driver: (driver) =>
      naiveList(driver, {
        beyond(key, cursor) {
          if (!cursor.endsWith("/")) return utf8(key, cursor) > 0;
          return utf8(key, `${cursor.slice(0, -1)}z`) > 0;
        },
      }),
  }));
  define("list-skips-large-prefix", "what follows a prefix of a thousand keys is skipped with it", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async *list(call) {
          for await (const page of driver.list(call)) {
            if (call.delimiter === undefined || page.prefixes.length === 0) yield page;
            else {
              let below = 0;
              for await (const inside of driver.list({
                ...call,
                prefix: page.prefixes[0] ?? "",
                delimiter: undefined,
                pageSize: undefined,
                token: undefined,
              }))
                below += inside.entries.length;
              yield below > 1000 ? { entries: [], prefixes: page.prefixes.slice(0, 1), token: undefined } : page;
            }
          }
        },
      }),
  }));
  define("list-token-in-process", "a page token is known to its handle only", () => ({
    driver(driver) {
      const tokens = new Map<string, string>();
      return forwardDriver(driver, {
        async *list(call) {
          const token = call.token === undefined ? undefined : tokens.get(call.token);
          if (call.token !== undefined && token === undefined)
            throw new StoreError({ code: "InvalidArgument", message: "unknown token" });
          for await (const page of driver.list({ ...call, token })) {
            if (page.token === undefined) yield page;
            else {
              const own = `t${tokens.size}`;
              tokens.set(own, page.token);
              yield { ...page, token: own };
            }
          }
        },
      });
    },
  }));
  define("list-misses-while-changing", "a listing by offset misses keys while others are deleted", () => ({
    driver: (driver) =>
      naiveList(driver, {
        token: (_, count) => `at:${count}`,
        cursor: offsetCursor,
        pageSize: (asked) => Math.min(asked, 7),
      }),
  }));
  define("list-missing-prefix-throws", "a listing of nothing is NotFound", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async *list(call) {
          for await (const page of driver.list(call)) {
            if (page.entries.length + page.prefixes.length === 0 && call.prefix !== "" && call.startAfter === undefined)
              throw new StoreError({ code: "NotFound", message: "no such prefix" });
            yield page;
          }
        },
      }),
  }));
  define("list-empty-store-throws", "a listing of an empty store is NotFound", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async *list(call) {
          for await (const page of driver.list(call)) {
            if (page.entries.length + page.prefixes.length === 0 && call.prefix === "" && call.startAfter === undefined)
              throw new StoreError({ code: "NotFound", message: "nothing there" });
            yield page;
          }
        },
      }),
  }));
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

function grouped(key: string, prefix: string, delimiter: string): string | undefined {
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}

function patternGroup(key: string, prefix: string, delimiter: string): string | undefined {
  if (!/^[.\\]$/.test(delimiter)) return grouped(key, prefix, delimiter);
  return delimiter === "." ? key.slice(0, prefix.length + 1) : undefined;
}

function offsetCursor(token: string, names: readonly string[]): string | undefined {
  if (!token.startsWith("at:"))
    throw new StoreError({ code: "InvalidArgument", message: "this token is not of this listing" });
  return names[Number(token.slice(3)) - 1];
}

function existingCursor(token: string, names: readonly string[]): string | undefined {
  if (!token.startsWith("after:"))
    throw new StoreError({ code: "InvalidArgument", message: "this token is not of this listing" });
  const key = token.slice(6);
  return names.includes(key) ? key : undefined;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function withPrefixes(page: DriverListPage, { prefix, delimiter }: DriverListCall): DriverListPage {
  if (delimiter === undefined) return page;
  return { ...page, prefixes: [...new Set(page.entries.flatMap(({ key }) => grouped(key, prefix, delimiter) ?? []))] };
}

function withKeys(page: DriverListPage, call: DriverListCall, keys: readonly string[]): DriverListPage {
  const there = new Set(page.entries.map(({ key }) => key));
  const more = keys.filter((key) => key.startsWith(call.prefix) && !there.has(key));
  return {
    ...page,
    entries: [...page.entries, ...more.map((key) => ({ key, size: 0, etag: "", lastModified: undefined }))].toSorted(
      (a, b) => utf8(a.key, b.key),
    ),
  };
}
