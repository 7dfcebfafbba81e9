import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

export const statCases: readonly Case[] = defineArea("F", (define) => {
  define("stat.facts", 76, "a size in text, a time in seconds, no etag", async (t) => {
    const before = Date.now();
    await t.store.put("a", t.data(321));
    const info = await t.store.stat("a");
    t.equal([info.key, info.size, typeof info.etag], ["a", 321, "string"], "key, size, type of etag");
    if (info.lastModified !== undefined) {
      t.ok(info.lastModified instanceof Date, "lastModified is a Date");
      const apart = Math.abs(info.lastModified.getTime() - before);
      t.ok(apart < 120_000, `lastModified is ${apart} ms off`);
    }
  });

  define("stat.etag-form", 77, "quotes, W/ and all: an etag that fits in one place only", async (t) => {
    const { etag } = await t.store.put("a", "1");
    t.ok(etag.length > 0 && !etag.includes('"') && !etag.startsWith("W/"), `etag ${etag} is not empty and not quoted`);
    t.equal((await t.store.stat("a")).etag, etag, "etag of stat");
  });

  define("stat.etag-consistent", 78, "four ways to learn an etag, four etags", async (t) => {
    const { etag } = await t.store.put("a", t.data(100));
    t.equal((await t.store.stat("a")).etag, etag, "stat");
    t.equal((await t.store.get("a")).info.etag, etag, "get");
    t.equal((await t.store.get("a", { range: { offset: 1, length: 1 } })).info.etag, etag, "ranged get");
    await using streamed = await t.store.getStream("a");
    t.equal(streamed.info.etag, etag, "getStream");
    for await (const entry of t.store.list()) t.equal(entry.kind === "object" && entry.etag, etag, "list");
    const other = await t.another();
    t.equal((await other.stat("a")).etag, etag, "stat of a second handle");
  });

  define(
    "stat.mtime-advances",
    79,
    "a time frozen at the first write",
    async (t) => {
      const precision = t.harness.timing?.modifiedPrecisionMs ?? 1000;
      await t.store.put("a", "1");
      const first = (await t.store.stat("a")).lastModified;
      await new Promise((resolve) => setTimeout(resolve, precision + 5));
      await t.store.put("a", "2");
      const second = (await t.store.stat("a")).lastModified;
      if (first === undefined || second === undefined) return t.equal(first, second, "lastModified");
      t.ok(
        second.getTime() > first.getTime(),
        `lastModified went from ${first.toISOString()} to ${second.toISOString()}`,
      );
    },
    { size: "M" },
  );

  define("stat.unchanged-by-read", 80, "an access time told as the time of change", async (t) => {
    await t.store.put("a", t.data(100));
    const before = await t.store.stat("a");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await t.store.get("a");
    await t.keys();
    await t.store.exists("a");
    const after = await t.store.stat("a");
    t.equal(
      [after.lastModified, after.etag, after.size],
      [before.lastModified, before.etag, before.size],
      "facts after reading",
    );
  });

  define("stat.missing", 81, "an error that does not say which object", async (t) => {
    const error = await t.rejects(() => t.store.stat("no/such key"), "NotFound", "stat");
    t.equal(error.key, "no/such key", "key of the error");
  });

  define("stat.trailing-slash", 82, "'file/' taken for 'file'", async (t) => {
    await t.store.put("file", "1");
    await t.rejects(() => t.store.stat("file/"), ["NotFound", "InvalidKey"], "stat of file/");
    await t.rejects(() => t.store.get("file/"), ["NotFound", "InvalidKey"], "get of file/");
  });

  define("stat.parallel", 83, "answers mixed up between calls", async (t) => {
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    for (const [index, key] of keys.entries()) await t.store.put(key, t.data(index + 1));
    const found = await Promise.all([...keys, ...keys].map((key) => t.store.stat(key)));
    t.equal(
      found.map(({ key, size }) => [key, size]),
      [...keys, ...keys].map((key, index) => [key, (index % 20) + 1]),
      "sizes",
    );
  });

  define("stat.size-after-overwrite", 76, "a cached size", async (t) => {
    for (const size of [10, 1000, 0, 5]) {
      await t.store.put("a", t.data(size));
      t.equal((await t.store.stat("a")).size, size, "size");
    }
  });

  define("exists.true-false", 85, "exists that is always true, or true for a prefix", async (t) => {
    t.equal(await t.store.exists("a"), false, "before put");
    await t.store.put("a/b", "1");
    t.equal(await t.store.exists("a/b"), true, "after put");
    t.equal(await t.store.exists("a"), false, "of a prefix");
    await t.store.delete("a/b");
    t.equal(await t.store.exists("a/b"), false, "after delete");
  });

  define(
    "exists.errors-propagate",
    85,
    "a 403 or 503 read as 'not there', and then overwritten",
    async (t) => {
      const { store, inject } = await t.faulty();
      await t.store.put("a", "1");
      await inject({ on: "stat", kind: "unavailable", times: 20 });
      await t.rejects(() => store.exists("a", { retries: 0 }), "Unavailable", "exists");
    },
    { parts: ["faults"] },
  );

  define(
    "exists.denied",
    85,
    "a 403 read as 'not there'",
    async (t) => {
      await t.store.put("a", "1");
      const denied = await t.denied();
      await t.rejects(() => denied.exists("a"), ["PermissionDenied", "Unauthenticated"], "exists");
    },
    { parts: ["openDenied"] },
  );
});
