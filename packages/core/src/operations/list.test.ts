import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failure, scriptedStore } from "../../test/support/scripted-store.js";
import type { ScriptedOptions } from "../../test/support/scripted-driver.js";
import { compareUtf16, compareUtf8 } from "../index.js";
import type { ListEntry, ListOptions, ObjectStore, PageOptions } from "../index.js";

const nameOf = (entry: ListEntry): string => (entry.kind === "object" ? entry.key : `${entry.prefix}*`);

async function names(store: ObjectStore, options?: ListOptions): Promise<string[]> {
  return (await store.list(options).toArray()).map(nameOf);
}

/** All names, page by page, each page asked for anew by its token, as another process would. */
async function byTokens(store: ObjectStore, options: ListOptions, pages: PageOptions): Promise<string[]> {
  const found: string[] = [];
  let token: string | undefined;
  for (let count = 0; count < 1000; count++) {
    const listing = store.list(options).pages({ ...pages, token });
    const next = listing[Symbol.asyncIterator]();
    const step = await next.next();
    await next.return?.();
    if (step.done === true) return found;
    expect(step.value.entries.length).toBeLessThanOrEqual(pages.pageSize ?? 1000);
    found.push(...step.value.entries.map(nameOf));
    token = step.value.token === undefined ? undefined : JSON.parse(JSON.stringify(step.value.token));
    if (token === undefined) return found;
  }
  throw new Error("a listing by tokens that never ends");
}

/** What a listing should be, from nothing but the keys. */
function model(
  keys: readonly string[],
  { prefix = "", delimiter, startAfter }: ListOptions,
  compare: (a: string, b: string) => number,
): string[] {
  const shown = new Map<string, string>();
  for (const key of keys) {
    if (!key.startsWith(prefix) || (startAfter !== undefined && compare(key, startAfter) <= 0)) continue;
    const at = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const name = at === -1 ? key : key.slice(0, at + (delimiter?.length ?? 0));
    shown.set(name, at === -1 ? name : `${name}*`);
  }
  return [...shown].sort(([a], [b]) => compare(a, b)).map(([, name]) => name);
}

const atom = fc.constantFrom("a", "b", "/", "-", "é", "｡", "😀", "\u{10FFFF}");
const anyKey = fc.array(atom, { minLength: 1, maxLength: 5 }).map((atoms) => atoms.join(""));

describe("list", () => {
  it("gives what a naive model gives: prefix, delimiter, startAfter, pages and tokens, in the store's order", async () => {
    const run = fc.record(
      {
        keys: fc.uniqueArray(anyKey, { maxLength: 25 }),
        prefix: fc.constantFrom("", "a", "a/", "-"),
        delimiter: fc.constantFrom(undefined, "/", "-", "a-", "😀"),
        startAfter: fc.option(anyKey, { nil: undefined }),
        pageSize: fc.integer({ min: 1, max: 4 }),
        listPage: fc.integer({ min: 1, max: 4 }),
        delimiters: fc.constantFrom("any" as const, "slash" as const),
        listOrder: fc.constantFrom("utf8" as const, "utf16" as const, "hierarchical" as const),
        order: fc.constantFrom(undefined, "utf8" as const),
      },
      { noNullPrototype: true },
    );
    const property = fc.asyncProperty(run, async ({ keys, pageSize, listPage, delimiters, listOrder, ...options }) => {
      const { store, script } = scriptedStore({}, { delimiters, listOrder, listPage });
      for (const key of keys) script.put(key, key);
      const compare = listOrder === "utf16" && options.order === undefined ? compareUtf16 : compareUtf8;
      const sorted = model(keys, options, compare);
      expect(await names(store, options)).toEqual(sorted);
      expect(await byTokens(store, options, { pageSize })).toEqual(sorted);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it("is lazy: nothing is asked before it is iterated, nor a page ahead", async () => {
    const { store, script } = scriptedStore({}, { listPage: 2 });
    for (const key of ["a", "b", "c", "d", "e"]) script.put(key, key);
    const listing = store.list();
    expect(script.calls).toEqual([]);
    const seen: string[] = [];
    for await (const { key } of listing) {
      seen.push(key);
      expect(script.count("list")).toBe(Math.ceil(seen.length / 2));
      if (seen.length === 3) break;
    }
    expect(await names(store)).toHaveLength(5);
    expect((await listing.toArray()).map(({ key }) => key)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("goes on where it was after an error that passes", async () => {
    for (const driver of [{ delimiters: "any" }, { delimiters: "slash" }] as const) {
      const { store, script } = scriptedStore({}, { ...driver, listPage: 2 });
      for (const key of ["a", "b-1", "b-2", "c", "d", "e-1"]) script.put(key, key);
      let calls = 0;
      script.on("list", () => {
        calls += 1;
        if (calls % 2 === 0) throw failure("Unavailable");
      });
      expect(await names(store, { delimiter: "-" })).toEqual(["a", "b-*", "c", "d", "e-*"]);
    }
  });

  it("shows a last page that is empty where a token promised more, and none of an empty listing", async () => {
    const { store, script } = scriptedStore();
    script.driver.list = async function* () {
      yield { entries: [], prefixes: [], token: "1" };
      yield { entries: [{ key: "a", size: 1, etag: "e", lastModified: undefined }], prefixes: [], token: "2" };
      yield { entries: [], prefixes: [], token: undefined };
    };
    const pages = [];
    for await (const page of store.list().pages()) pages.push([page.entries.length, page.token]);
    expect(pages).toEqual([
      [1, "2"],
      [0, undefined],
    ]);
    const empty = scriptedStore();
    for await (const page of empty.store.list().pages()) expect(page).toBeUndefined();
  });

  it("skips a common prefix of any size by asking beyond it", async () => {
    const { store, script } = scriptedStore({}, { delimiters: "slash", listPage: 10 });
    for (let each = 0; each < 1000; each++) script.put(`a-${each}`, "");
    script.put("b", "");
    expect(await names(store, { delimiter: "-" })).toEqual(["a-*", "b"]);
    expect(script.count("list")).toBeLessThan(6);
  });

  it("takes a page of more entries than a call takes arguments", async () => {
    const { store, script } = scriptedStore();
    const entries = Array.from({ length: 200_000 }, (_, index) => ({
      key: `k${index}`,
      size: 0,
      etag: "e",
      lastModified: undefined,
    }));
    script.driver.list = async function* () {
      yield { entries, prefixes: [], token: undefined };
    };
    expect(await store.list().toArray()).toHaveLength(200_000);
  });

  it("refuses what cannot be: options, page sizes, tokens", async () => {
    const { store, script } = scriptedStore({}, { delimiters: "slash" });
    const bad: object[] = [
      { prefix: 5 },
      { delimiter: "" },
      { startAfter: 5 },
      { order: "utf16" },
      { prefix: "\0" },
      { perfix: "" },
      { startAfter: "\ud800" },
    ];
    for (const options of bad) {
      await expect(names(store, options)).rejects.toMatchObject({
        code: "InvalidArgument",
        operation: "list",
        uri: "test://box/",
      });
    }
    for (const pages of [
      { pageSize: 0 },
      { pageSize: 10_001 },
      { pageSize: 1.5 },
      { token: "" },
      { token: 5 },
      { tokn: "" },
    ]) {
      await expect(store.list().pages(Object(pages))[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: "InvalidArgument",
        operation: "list",
      });
    }
    for (const token of ["x", "{}", '{"name":5}']) {
      await expect(
        store.list({ delimiter: "-" }).pages({ token })[Symbol.asyncIterator]().next(),
      ).rejects.toMatchObject({ code: "InvalidArgument" });
    }
    expect(script.calls).toEqual([]);
  });

  it("in another order than the store's own fails when it would take too much memory", async () => {
    const { store, script } = scriptedStore({}, { listOrder: "none" } satisfies ScriptedOptions);
    const entries = Array.from({ length: 1000 }, (_, index) => ({
      key: `k${index}`,
      size: 0,
      etag: "e",
      lastModified: undefined,
    }));
    script.driver.list = async function* () {
      for (let page = 0; ; page++)
        yield {
          entries: entries.map((entry) => ({ ...entry, key: `${page}${entry.key}` })),
          prefixes: [],
          token: String(page),
        };
    };
    await expect(names(store, { order: "utf8" })).rejects.toMatchObject({
      code: "Unsupported",
      capability: "listOrder",
    });
  });
});
