import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";
import { distinctKeys, illegalKeys, legalKeys, limitedKeys } from "./key-tables.js";

/** Everything that can be done by key, on one key: it is found under its own spelling only. */
async function livesUnder(t: CaseContext, key: string): Promise<void> {
  const body = t.data(300);
  const written = await t.store.put(key, body);
  t.equal(written.key, key, "key told by put");
  const info = await t.store.stat(key);
  t.equal([info.key, info.size], [key, 300], "stat");
  await t.holds(key, body);
  t.bytes((await t.store.get(key, { range: { offset: 10, length: 20 } })).bytes, body.subarray(10, 30), "a range");
  await t.lists([key]);
  await t.lists([key], { prefix: key });
  await t.lists([], { startAfter: key });
}

export const keyCases: readonly Case[] = defineArea("H", (define) => {
  for (const { name, key, line, why } of legalKeys) {
    define(`key.${name}`, line, why, async (t) => {
      await livesUnder(t, key);
      await t.store.delete(key);
      await t.absent(key);
      await t.lists([]);
    });
    define(
      `key.copy/${name}`,
      [109, 194, line],
      "a key encoded once too often, or too seldom, as the source of a copy",
      async (t) => {
        await t.store.put(key, t.data(300));
        await t.store.copy(key, "copied");
        await t.holds("copied", t.data(300));
        await t.store.copy("copied", `${key}2`);
        await t.holds(`${key}2`, t.data(300));
        for (const used of [key, `${key}2`]) await t.store.delete(used);
        await t.lists(["copied"]);
      },
      { needs: ["copy"] },
    );
  }

  for (const { name, keys, line, why } of distinctKeys) {
    define(`key.distinct/${name}`, line, why, async (t) => {
      const folds = !t.capabilities.keys.distinctSpellings && /case|nfc|letters/.test(name);
      const held: string[] = [];
      for (const [index, key] of keys.entries()) {
        const put = (): Promise<unknown> => t.store.put(key, t.data(100 + index, index));
        if (!folds || index === 0) held.push((await put(), key));
        // Which letters are one differs between file systems that fold.
        else if (name !== "letters") await t.rejects(put, "KeyConflict", `put of a second spelling`);
        else if (!((await put().catch((error: unknown) => error)) instanceof Error)) held.push(key);
        else await t.rejects(put, "KeyConflict", `put of a second spelling`);
      }
      for (const [index, key] of held.entries()) await t.holds(key, t.data(100 + index, index));
      await t.lists(held);
      const [first, ...rest] = held;
      if (first !== undefined) await t.store.delete(first);
      await t.lists(rest);
    });
  }

  for (const { name, key, line, why } of illegalKeys) {
    define(`key.invalid/${name}`, line, why, async (t) => {
      await t.store.put("b", "old");
      const calls: Readonly<Record<string, () => PromiseLike<unknown>>> = {
        put: () => t.store.put(key, "1"),
        get: () => t.store.get(key),
        stat: () => t.store.stat(key),
        delete: () => t.store.delete(key),
        "copy to": () => t.store.copy("b", key),
        "copy from": () => t.store.copy(key, "c"),
        "rename to": () => t.store.rename("b", key),
        writer: async () => {
          await using writer = t.store.createWriter(key);
          await writer.write(t.data(1));
          await writer.close();
        },
      };
      for (const [method, call] of t.offered(calls))
        await t.rejects(call, "InvalidKey", `${method} ${JSON.stringify(key)}`);
      const [outcome] = await t.store.deleteMany([key]).catch((error: unknown) => [{ ok: false as const, error }]);
      t.ok(outcome?.ok === false, "deleteMany refuses it");
      await t.lists(["b"]);
      await t.holds("b", "old");
    });
  }

  for (const { name, key, line, why, held } of limitedKeys) {
    define(`key.limited/${name}`, line, why, async (t) => {
      if (held(t.capabilities.keys)) {
        await livesUnder(t, key);
      } else {
        await t.rejects(() => t.store.put(key, "1"), "InvalidKey", `put ${JSON.stringify(key.slice(0, 40))}`);
        await t.lists([]);
      }
      await t.absent("a/b");
    });
  }

  define("key.object-and-prefix", 132, "an object that hides, or loses, what is below its name", async (t) => {
    await t.store.put("a", "object");
    if (t.capabilities.keys.objectAndPrefix) {
      await t.store.put("a/b", "below");
      await t.holds("a", "object");
      await t.holds("a/b", "below");
      await t.lists(["a", "a/b"]);
      await t.lists(["a", "a/"], { delimiter: "/" });
    } else {
      await t.rejects(() => t.store.put("a/b", "below"), "KeyConflict", "put below an object");
      await t.holds("a", "object");
      await t.lists(["a"]);
    }
  });

  define("key.prefix-and-object", 132, "a directory replaced by an object", async (t) => {
    await t.store.put("a/b", "below");
    if (t.capabilities.keys.objectAndPrefix) await t.store.put("a", "object");
    else await t.rejects(() => t.store.put("a", "object"), "KeyConflict", "put on a prefix");
    await t.holds("a/b", "below");
    await t.lists(t.capabilities.keys.objectAndPrefix ? ["a", "a/b"] : ["a/b"]);
  });

  define("key.parent-free-after-delete", 132, "a directory without objects that still occupies the name", async (t) => {
    await t.store.put("a/b", "1");
    await t.store.delete("a/b");
    await t.store.put("a", "2");
    await t.holds("a", "2");
    await t.store.delete("a");
    await t.store.put("a/b", "3");
    await t.holds("a/b", "3");
  });

  define(
    "key.length-distinct",
    [127, 128],
    "the longest keys cut, so that those that differ at the end are one",
    async (t) => {
      const path = Array.from({ length: 40 }, () => "x".repeat(30))
        .join("/")
        .slice(0, t.keyRoom - 2);
      const keys = ["1", "2", "1z", "2z"].map((end) => `${path.replace(/\/$/, "y")}${end}`);
      for (const [index, key] of keys.entries()) await t.store.put(key, t.data(10 + index, index));
      for (const [index, key] of keys.entries()) await t.holds(key, t.data(10 + index, index));
      await t.lists(keys);
    },
  );

  define(
    "key.length-limit",
    127,
    "characters counted instead of bytes, or a limit met as some other error",
    async (t) => {
      const path = Array.from({ length: 40 }, () => "x".repeat(30)).join("/");
      const longest = `${path.slice(0, t.keyRoom - 1).replace(/\/$/, "y")}z`;
      await livesUnder(t, longest);
      await t.rejects(() => t.store.put(`${longest}z`, "1"), "InvalidKey", "one byte more");
      const wide = `${"é".repeat(40)}/`.repeat(13);
      await t.rejects(() => t.store.put(`${wide}a`, "1"), "InvalidKey", "1,054 bytes in 534 characters");
      await t.lists([longest]);
    },
  );

  define("key.depth", 129, "a path deeper than some recursion", async (t) => {
    await livesUnder(t, Array.from({ length: 100 }, (_, index) => `d${index}`).join("/"));
  });

  define(
    "key.concurrent-lookalikes",
    134,
    "names that are one after some encoding",
    async (t) => {
      const keys = [
        ...new Set([
          ...legalKeys.map(({ key }) => key),
          ...distinctKeys.filter(({ name }) => !/case|nfc|letters/.test(name)).flatMap(({ keys }) => keys),
        ]),
      ];
      const free = keys.filter((key) => !keys.some((other) => other.startsWith(`${key}/`)));
      await Promise.all(free.map((key, index) => t.store.put(key, t.data(10 + index, index))));
      await t.lists(free);
      for (const [index, key] of free.entries()) await t.holds(key, t.data(10 + index, index));
    },
    { size: "M" },
  );

  define("key.looks-like-temp", 131, "a name that collides with the store's own files, hidden or swept", async (t) => {
    const names = [
      "foo#123",
      ".tmp-x",
      "a.tmp",
      "a.attrs",
      ".a.swp",
      "a~",
      "_delta_log",
      ".stowage",
      "a.part",
      ".nfs0001",
      "lost+found",
    ];
    const held: string[] = [];
    for (const name of names) {
      const outcome = await t.store.put(name, name).catch((error: unknown) => error);
      if (outcome instanceof Error) await t.rejects(() => t.store.put(name, name), "InvalidKey", name);
      else held.push(name);
    }
    t.ok(held.length > 8, `${held.length} of ${names.length} names are held`);
    for (const name of held) await t.holds(name, name);
    await t.lists(held);
  });

  define("key.confined", [115, 301], "a key that leaves its prefix", async (t) => {
    const inside = t.store.withPrefix("in/side/");
    await t.store.put("in/secret", "1");
    for (const key of ["../secret", "x/../../secret", "..", "%2e%2e/secret"]) {
      const outcome = await inside.get(key).then(
        () => undefined,
        (error: unknown) => error,
      );
      t.ok(outcome instanceof Error, `${key} is not served`);
      await inside.put(key, "2").catch(() => {});
    }
    await t.holds("in/secret", "1");
  });
});
