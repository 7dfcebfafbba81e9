import { isStoreError } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";
import { failingDeletes } from "../instrument/failing-deletes.js";
import { distinctKeys, legalKeys, limitedKeys } from "./key-tables.js";
import { fill } from "./list.js";

/** Was the key put? What a store refuses by its rules, or beside another spelling, has cases of its own. */
async function isHeld(t: CaseContext, key: string): Promise<boolean> {
  const outcome = await t.store.put(key, "x").catch((error: unknown) => error);
  if (!(outcome instanceof Error)) return true;
  if (!isStoreError(outcome) || !["KeyConflict", "InvalidKey"].includes(outcome.code)) throw outcome;
  return false;
}

export const deleteCases: readonly Case[] = defineArea("J", (define) => {
  define("del.works", 173, "a delete that does nothing", async (t) => {
    await t.store.put("a", t.data(100));
    await t.store.put("b", "kept");
    await t.store.delete("a");
    await t.absent("a");
    await t.rejects(() => t.store.stat("a"), "NotFound", "stat");
    await t.lists(["b"]);
    await t.absent("a", await t.another());
  });

  define("del.missing", 174, "a missing key that is an error on one service only", async (t) => {
    t.equal(await t.store.delete("missing"), undefined, "delete");
    t.equal(await t.store.delete("no/such/dir/x"), undefined, "delete below a missing directory");
    await t.lists([]);
  });

  define("del.twice", 175, "a second delete that fails", async (t) => {
    await t.store.put("a", "1");
    await t.store.delete("a");
    t.equal(await t.store.delete("a"), undefined, "second delete");
    await t.absent("a");
  });

  define("del.empty-object", 173, "an empty object taken for none, and kept", async (t) => {
    await t.store.put("a", "");
    await t.store.put("dir/b", "");
    await t.store.delete("a");
    await t.store.delete("dir/b");
    for (const key of ["a", "dir/b"]) await t.absent(key);
    await t.lists([]);
  });

  define("del.not-prefix", 176, "a delete by prefix: 'a' takes 'ab' and 'a/b' with it", async (t) => {
    const beside = ["ab", "a-b", "a.b", "a b", "b", ...(t.capabilities.keys.objectAndPrefix ? ["a/b"] : [])];
    await fill(t, ["a", ...beside]);
    await t.store.delete("a");
    await t.lists(beside);
  });

  define("del.prefix-is-not-object", 176, "a directory deleted by its name", async (t) => {
    await fill(t, ["dir/1", "dir/2"]);
    await t.store.delete("dir");
    await t.lists(["dir/1", "dir/2"]);
  });

  define("del.then-put", 177, "the old object's attributes, or its tail, come back", async (t) => {
    const attributes = t.capabilities.attributes === "unsupported" ? {} : { metadata: { old: "yes" } };
    await t.store.put("a", t.data(5000), attributes);
    await t.store.delete("a");
    await t.store.put("a", "new");
    await t.holds("a", "new");
    t.equal({ ...(await t.store.stat("a")).metadata }, {}, "metadata");
  });

  define("del.concurrent-same", 178, "the loser of a race between deletes fails", async (t) => {
    await t.store.put("dir/a", "1");
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => t.store.delete("dir/a")));
    t.equal(
      outcomes.map(({ status }) => status),
      Array.from({ length: 10 }, () => "fulfilled" as const),
      "outcomes",
    );
    await t.absent("dir/a");
  });

  define("del.concurrent-siblings", 178, "deletes that remove each other's directory, or a put's", async (t) => {
    const keys = Array.from({ length: 20 }, (_, index) => `dir/sub/${index}`);
    await fill(t, keys);
    await Promise.all([...keys.map((key) => t.store.delete(key)), ...keys.map((key) => t.store.put(`${key}x`, "1"))]);
    await t.lists(keys.map((key) => `${key}x`));
  });

  define(
    "del.keeps-parents",
    186,
    "a directory left over that is no object, or one removed with its siblings",
    async (t) => {
      await fill(t, ["a/b/c", "a/d"]);
      await t.store.delete("a/b/c");
      await t.lists(["a/d"]);
      await t.lists(["a/"], { delimiter: "/" });
      await t.store.delete("a/d");
      await t.lists([], { delimiter: "/" });
    },
  );

  const bulk = { needs: ["deleteMany"] } as const;
  define(
    "bulk.mixed",
    179,
    "outcomes in another order, or one missing key that fails the batch",
    async (t) => {
      await fill(t, ["a", "b <&> c", "d"]);
      const outcomes = await t.store.deleteMany(["d", "missing", "b <&> c"]);
      t.equal(
        outcomes.map(({ key, ok }) => [key, ok]),
        [
          ["d", true],
          ["missing", true],
          ["b <&> c", true],
        ],
        "outcomes",
      );
      await t.lists(["a"]);
    },
    bulk,
  );

  for (const [id, why, chosen] of [
    ["bulk.every-key", "names that a bulk request escapes, trims or cuts: told as deleted, and kept", false],
    [
      "bulk.control-keys",
      "control characters and line ends that a bulk request cannot carry: told as deleted, and kept",
      true,
    ],
  ] as const) {
    define(
      id,
      179,
      why,
      async (t) => {
        const limited = limitedKeys.filter(({ held }) => held(t.capabilities.keys));
        const every = [...legalKeys, ...limited].map(({ key }) => key);
        for (const { keys } of distinctKeys) every.push(...keys);
        const keys = [...new Set(every)].filter((key) => /[\p{Cc}\u2028\u2029\uFFFE]/u.test(key) === chosen);
        for (let at = 0; at < keys.length; at += 10) {
          const held: string[] = [];
          for (const key of keys.slice(at, at + 10)) if (await isHeld(t, key)) held.push(key);
          const outcomes = await t.store.deleteMany(held);
          t.equal(
            outcomes.map(({ key, ok }) => [key, ok]),
            held.map((key) => [key, true]),
            "outcomes",
          );
          await t.lists([]);
        }
      },
      { ...bulk, size: "M" },
    );
  }

  define(
    "bulk.empty",
    180,
    "no keys taken for all keys",
    async (t) => {
      await fill(t, ["a"]);
      t.equal(await t.store.deleteMany([]), [], "outcomes");
      await t.lists(["a"]);
    },
    bulk,
  );

  define(
    "bulk.duplicate-keys",
    181,
    "a key given twice that fails, or shifts the outcomes",
    async (t) => {
      await fill(t, ["a", "b"]);
      const outcomes = await t.store.deleteMany(["a", "b", "a"]);
      t.equal(
        outcomes.map(({ key, ok }) => [key, ok]),
        [
          ["a", true],
          ["b", true],
          ["a", true],
        ],
        "outcomes",
      );
      await t.lists([]);
    },
    bulk,
  );

  define(
    "bulk.invalid-member",
    179,
    "one bad key that hides the others",
    async (t) => {
      await fill(t, ["a", "b"]);
      const outcomes = await t.store.deleteMany(["a", "../x", "b"]);
      t.equal(
        outcomes.map((one) => (one.ok ? "ok" : one.error.code)),
        ["ok", "InvalidKey", "ok"],
        "outcomes",
      );
      await t.lists([]);
    },
    bulk,
  );

  define(
    "bulk.over-limit",
    182,
    "what does not fit one batch left undeleted",
    async (t) => {
      const keys = Array.from({ length: 1001 }, (_, index) => `k${index}`);
      await fill(t, [...keys, "other"]);
      const outcomes = await t.store.deleteMany(keys);
      t.equal(outcomes.filter(({ ok }) => !ok).length, 0, "failures");
      t.equal(
        outcomes.map(({ key }) => key),
        keys,
        "keys in input order",
      );
      await t.lists(["other"]);
    },
    bulk,
  );

  define(
    "bulk.split",
    182,
    "a batch above the service's limit",
    async (t) => {
      const keys = ["a", "b", "c", "d", "e"];
      await fill(t, [...keys, "f"]);
      const store = await t.lowered({ deleteBatch: 2 });
      t.equal(
        (await store.deleteMany(keys)).map(({ key, ok }) => [key, ok]),
        keys.map((key) => [key, true]),
        "outcomes",
      );
      await t.lists(["f"]);
    },
    { ...bulk, parts: ["driver"], size: "M" },
  );

  define(
    "bulk.partial-failure",
    183,
    "one denied key that stops, or hides, the others",
    async (t) => {
      await fill(t, ["a", "b", "c"]);
      const store = await t.over((driver) => failingDeletes(driver, /b$/));
      const outcomes = await store.deleteMany(["a", "b", "c"]);
      t.equal(
        outcomes.map((one) => (one.ok ? "ok" : one.error.code)),
        ["ok", "PermissionDenied", "ok"],
        "outcomes",
      );
      t.equal(
        outcomes.map(({ key }) => key),
        ["a", "b", "c"],
        "keys",
      );
      await t.lists(["b"]);
    },
    { ...bulk, parts: ["driver"] },
  );

  define("prefix.delete", 184, "what lies beside the prefix deleted with it", async (t) => {
    await fill(t, ["a/1", "a/2/3", "ab", "b/1", "a-1"]);
    const done = await t.store.deletePrefix("a/");
    t.equal([done.deleted, done.failed.length], [2, 0], "deleted and failed");
    await t.lists(["ab", "b/1", "a-1"]);
  });

  define("prefix.delete-plain-string", 184, "a prefix taken for a directory", async (t) => {
    await fill(t, ["log-1", "log-2/x", "logs", "lo"]);
    const done = await t.store.deletePrefix("log-");
    t.equal(done.deleted, 2, "deleted");
    await t.lists(["logs", "lo"]);
  });

  define(
    "prefix.delete-many",
    184,
    "a listing changed under its own pages",
    async (t) => {
      await fill(t, [...Array.from({ length: 1205 }, (_, index) => `p/${index}`), "q"]);
      t.equal((await t.store.deletePrefix("p/")).deleted, 1205, "deleted");
      await t.lists(["q"]);
    },
    { size: "M" },
  );

  define("prefix.delete-missing", 184, "a missing prefix that is an error", async (t) => {
    await fill(t, ["a"]);
    t.equal((await t.store.deletePrefix("none/")).deleted, 0, "deleted");
    await t.lists(["a"]);
  });

  define("prefix.delete-empty-prefix", 185, "everything deleted by a variable that was empty", async (t) => {
    await fill(t, ["a", "b/c"]);
    await t.rejects(() => t.store.deletePrefix(""), "InvalidArgument", "deletePrefix('')");
    await t.lists(["a", "b/c"]);
    t.equal((await t.store.deletePrefix("", { all: true })).deleted, 2, "deleted");
    await t.lists([]);
  });

  define(
    "prefix.delete-reports-failures",
    183,
    "keys that stayed, unreported",
    async (t) => {
      await fill(t, ["p/a", "p/b", "p/c"]);
      const store = await t.over((driver) => failingDeletes(driver, /p\/b$/));
      const done = await store.deletePrefix("p/");
      t.equal([done.deleted, done.failed.map(({ key }) => key)], [2, ["p/b"]], "deleted and failed");
      await t.lists(["p/b"]);
    },
    { parts: ["driver"] },
  );
});
