import { StoreError } from "@stowage/core";
import type { DriverListCall, DriverListPage } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { perNamespace } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { groupOf, naiveList, offsetCursor, utf8 } from "./naive-list.js";

/** What a driver's pages show of a store that changes, or that is large. */
export const listPageMutants: readonly Mutant[] = defineMutants("wrong listing", (define) => {
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
  define("list-start-after-by-name", "a common prefix is judged by its own name, not by the keys below it", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async *list(call) {
          const { startAfter } = call;
          for await (const page of driver.list(call))
            yield startAfter === undefined
              ? page
              : { ...page, prefixes: page.prefixes.filter((prefix) => utf8(prefix, startAfter) > 0) };
        },
      }),
  }));
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
            const names = page.entries.map((entry) => ({ entry, under: groupOf(entry.key, prefix, delimiter) }));
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
});

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
