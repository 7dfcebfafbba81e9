import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import { fill } from "./list.js";
import { joined, numbered, paged } from "./pages.js";

export const startAfterCases: readonly Case[] = defineArea("I", (define) => {
  define(
    "list.start-after",
    162,
    "the key itself listed again: arrow-rs #623",
    async (t) => {
      const keys = numbered(5);
      await fill(t, keys);
      for (const [index, key] of keys.entries()) await t.lists(keys.slice(index + 1), { startAfter: key });
      await t.lists(keys.slice(3), { startAfter: "k00002x" });
      await t.lists(keys, { startAfter: "a" });
      await t.lists([], { startAfter: "z" });
    },
    { unless: ({ listOrder }) => (listOrder === "none" ? "the listing has no order" : undefined) },
  );

  define(
    "list.start-after-combined",
    163,
    "startAfter forgotten beside a prefix, a delimiter or a token",
    async (t) => {
      const keys = ["a/1", "a/2", "a/3", "b/1", "b/2", "c"];
      await fill(t, keys);
      await t.lists(["a/2", "a/3"], { prefix: "a/", startAfter: "a/1" });
      await t.lists([], { prefix: "a/", startAfter: "b" });
      await t.lists(["b/1", "b/2"], { prefix: "b/", startAfter: "a/9" });
      await t.lists(["c"], { delimiter: "/", startAfter: "b/2" });
      t.equal(await joined(paged(t.store, { startAfter: "a/2" }, { pageSize: 2 })), keys.slice(2), "keys by token");
    },
    {
      unless: ({ listOrder }) =>
        listOrder === "utf8" || listOrder === "utf16" ? undefined : "the listing has no total order",
    },
  );

  define(
    "list.start-after-in-prefix",
    163,
    "a common prefix that is shown though all its keys come before, or is not though some come after",
    async (t) => {
      await fill(t, ["a/1", "b.x", "b/1", "b/2", "c"]);
      const expected: Readonly<Record<string, readonly string[]>> = {
        b: ["b.x", "b/", "c"],
        "b/": ["b/", "c"],
        "b/1": ["b/", "c"],
        "b/2": ["c"],
        "b/9": ["c"],
      };
      for (const [startAfter, keys] of Object.entries(expected)) await t.lists(keys, { delimiter: "/", startAfter });
    },
    {
      unless: ({ listOrder }) =>
        listOrder === "utf8" || listOrder === "utf16" ? undefined : "the listing has no total order",
    },
  );
});
