import { bounded } from "../engine/bounded.js";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";
import { withEmptyPages } from "../instrument/empty-pages.js";
import { fill, nameOf } from "./list.js";
import { first, joined, numbered, paged } from "./pages.js";

export const pagingCases: readonly Case[] = defineArea("I", (define) => {
  for (const pageSize of [1, 2, 3, 10, 11]) {
    define(
      `list.page-size/${pageSize}`,
      152,
      "entries lost or doubled between pages, or pages larger than asked",
      async (t) => {
        const keys = numbered(10);
        await fill(t, keys);
        const found: string[] = [];
        for await (const page of bounded(t.store.list().pages({ pageSize }))) {
          t.ok(page.entries.length <= pageSize, `${page.entries.length} entries on a page of ${pageSize}`);
          found.push(...page.entries.map(nameOf));
        }
        t.equal(found, keys, "keys");
        t.equal(await joined(paged(t.store, {}, { pageSize })), keys, "keys by token");
      },
    );
  }

  for (const [name, pageSize] of Object.entries({ zero: 0, negative: -1, fraction: 1.5, NaN: Number.NaN })) {
    define(`list.page-size-invalid/${name}`, 153, "a page of nothing, for ever", async (t) => {
      await fill(t, ["a", "b"]);
      await t.rejects(
        async () => {
          for await (const page of bounded(t.store.list().pages({ pageSize }))) return page;
          return undefined;
        },
        "InvalidArgument",
        `page size ${name}`,
      );
    });
  }

  for (const count of [1001, 2001]) {
    define(
      `list.over-1000/${count}`,
      154,
      "a listing that ends with its first page",
      async (t) => {
        const keys = numbered(count);
        await fill(t, keys);
        await t.lists(keys);
        t.equal((await t.store.list({ prefix: "k" }).toArray()).length, count, "entries by toArray");
      },
      { size: "M" },
    );
  }

  define(
    "list.over-1000/prefixes",
    154,
    "common prefixes that end with the first page",
    async (t) => {
      const keys = numbered(1100).map((key) => `${key}/x`);
      await fill(t, keys);
      await t.lists(
        numbered(1100).map((key) => `${key}/`),
        { delimiter: "/" },
      );
    },
    { size: "M" },
  );

  define("list.page-boundary-prefix", 155, "a prefix that spans two pages shown twice", async (t) => {
    await fill(t, ["a/1", "a/2", "a/3", "a/4", "b/1", "b/2", "c"]);
    for (const pageSize of [1, 2, 3]) {
      const found = await joined(paged(t.store, { delimiter: "/" }, { pageSize }));
      t.equal(t.ordered(found), ["a/", "b/", "c"], `page size ${pageSize}`);
      const inside: string[] = [];
      for await (const page of bounded(t.store.list({ delimiter: "/" }).pages({ pageSize }))) {
        t.ok(page.entries.length <= pageSize, `${page.entries.length} entries and prefixes on a page of ${pageSize}`);
        inside.push(...page.entries.map(nameOf));
      }
      t.equal(t.ordered(inside), ["a/", "b/", "c"], `page size ${pageSize} in one iteration`);
    }
  });

  const changed: Readonly<Record<string, readonly [number, (t: CaseContext) => Promise<unknown>, readonly string[]]>> =
    {
      "insert-behind-cursor": [156, (t) => t.store.put("k00000a", "x"), []],
      "delete-behind-cursor": [157, (t) => t.store.delete("k00000"), []],
      "delete-cursor-key": [158, (t) => t.store.delete("k00002"), []],
      "delete-ahead": [157, (t) => t.store.delete("k00005"), ["k00005"]],
    };
  for (const [name, [line, change, gone]] of Object.entries(changed)) {
    define(`list.${name}`, line, "a page token that is a count, or a key that must exist", async (t) => {
      const keys = numbered(9);
      await fill(t, keys);
      const pages = paged(t.store, {}, { pageSize: 3 });
      const start = (await pages.next()).value ?? [];
      t.equal(start, keys.slice(0, 3), "first page");
      await change(t);
      t.equal(
        await joined(pages),
        keys.slice(3).filter((key) => !gone.includes(key)),
        "what follows",
      );
    });
  }

  define(
    "list.empty-page-with-token",
    159,
    "an empty page taken for the end",
    async (t) => {
      const keys = numbered(7);
      await fill(t, keys);
      const store = await t.over(withEmptyPages);
      await t.lists(keys, {}, store);
      t.equal(await joined(paged(store, {}, { pageSize: 2 })), keys, "keys by token");
    },
    { parts: ["driver"] },
  );

  define(
    "list.small-driver-pages",
    159,
    "a service whose pages are smaller than asked for",
    async (t) => {
      const keys = [...numbered(10), "p/1", "p/2", "p/3"];
      await fill(t, keys);
      const store = await t.lowered({ listPage: 2 });
      await t.lists(keys, {}, store);
      await t.lists([...numbered(10), "p/"], { delimiter: "/" }, store);
      for await (const page of bounded(store.list().pages({ pageSize: 5 })))
        t.ok(page.entries.length <= 5, "a page as asked");
    },
    { parts: ["driver"] },
  );

  define("list.token-opaque-resume", 160, "a token that dies with its process", async (t) => {
    const keys = numbered(8);
    await fill(t, keys);
    const page = await first(t.store, { prefix: "k" }, { pageSize: 3 });
    const copied: unknown = JSON.parse(JSON.stringify(page?.token));
    const token = typeof copied === "string" ? copied : t.fail("the token does not survive JSON");
    const other = await t.another();
    t.equal(
      await joined(paged(other, { prefix: "k" }, { pageSize: 3, token })),
      keys.slice(3),
      "what follows, elsewhere",
    );
  });

  for (const token of ["garbage", "{}", "\u0000", "AAAA"]) {
    define(
      `list.token-garbage/${encodeURIComponent(token)}`,
      161,
      "a foreign token that starts over in silence",
      async (t) => {
        await fill(t, ["a", "b"]);
        await t.rejects(() => first(t.store, {}, { token }), "InvalidArgument", "list");
      },
    );
  }

  define(
    "list.page-of-object-named-as-prefix",
    [148, 155],
    "an object whose name ends with the delimiter taken for a common prefix, and all below it skipped",
    async (t) => {
      const keys = ["dir/", "dir/a", "dir/b/", "dir/b/c", "dir/d"];
      await fill(t, keys);
      for (const pageSize of [1, 2]) {
        const what = `names on pages of ${pageSize}`;
        t.equal(
          await joined(paged(t.store, { prefix: "dir/", delimiter: "/" }, { pageSize })),
          ["dir/", "dir/a", "dir/b/", "dir/d"],
          what,
        );
        t.equal(await joined(paged(t.store, { prefix: "dir/" }, { pageSize })), keys, what);
        t.equal(
          await joined(paged(t.store, { prefix: "dir/b/", delimiter: "/" }, { pageSize })),
          ["dir/b/", "dir/b/c"],
          what,
        );
      }
    },
    { unless: ({ keys }) => (keys.trailingSlash ? undefined : "no key ends with a slash") },
  );

  define("list.token-any-key", 160, "a token that breaks on the characters of a key", async (t) => {
    const keys = ["a b", "a%41", "a+b", 'a"b', "a&b=c", "a;b,c", "é", "日本", "😀", "x/%2F", "x/é"];
    await fill(t, keys);
    t.equal(await joined(paged(t.store, {}, { pageSize: 1 })), t.ordered(keys), "keys by token");
    const groups = keys.map((key) => `${key}|`);
    await fill(
      t,
      groups.map((group) => `${group}1`),
    );
    const found = await joined(paged(t.store, { delimiter: "|" }, { pageSize: 1 }));
    t.equal(t.ordered(found), t.ordered([...keys, ...groups]), "keys and prefixes by token");
  });

  define(
    "list.concurrent-writes",
    169,
    "keys that nobody touched, missing while others come and go",
    async (t) => {
      const keys = numbered(60);
      await fill(t, keys);
      const churn = async (): Promise<void> => {
        for (let round = 0; round < 100; round += 1) {
          await t.store.put(`k000${round % 60}x`, "x");
          if (round % 2 === 0) await t.store.delete(`k000${(round * 7) % 60}x`);
        }
      };
      await t.during(churn(), async () => {
        const found: string[] = [];
        for await (const page of bounded(t.store.list().pages({ pageSize: 7 }))) {
          found.push(...page.entries.flatMap((entry) => (entry.kind === "object" ? [entry.key] : [])));
        }
        t.equal(
          found.filter((key) => !key.endsWith("x")),
          keys,
          "untouched keys",
        );
      });
    },
    { size: "M" },
  );

  define(
    "list.iterator-return",
    170,
    "a listing left midway that goes on",
    async (t) => {
      await fill(t, numbered(50));
      const { store, calls } = await t.counting();
      for await (const entry of store.list()) if (entry.kind === "object" && entry.key === "k00000") break;
      let pages = 0;
      for await (const page of bounded(store.list().pages({ pageSize: 5 }))) {
        pages += page.entries.length > 0 ? 1 : 0;
        if (pages === 2) break;
      }
      const after = calls.of("list");
      await new Promise((resolve) => setTimeout(resolve, 5));
      t.equal(calls.of("list"), after, "pages read after leaving");
      t.ok(after <= 4, `${after} pages read for 1 entry and 2 pages`);
    },
    { parts: ["driver"] },
  );

  define(
    "list.lazy",
    170,
    "requests made before anyone asks",
    async (t) => {
      await fill(t, numbered(5));
      const { store, calls } = await t.counting();
      const listing = store.list();
      await new Promise((resolve) => setTimeout(resolve, 5));
      t.equal(calls.total, 0, "driver calls before the first entry");
      t.equal((await listing.toArray()).length, 5, "entries");
    },
    { parts: ["driver"] },
  );

  define("list.iterator-reuse", 171, "a second iteration that continues, or is empty", async (t) => {
    const keys = numbered(6);
    await fill(t, keys);
    const listing = t.store.list();
    const names = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const entry of listing) if (entry.kind === "object") found.push(entry.key);
      return found;
    };
    t.equal(await names(), keys, "first iteration");
    t.equal(await names(), keys, "second iteration");
  });
});
