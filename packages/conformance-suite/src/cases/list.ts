import type { ListEntry } from "@stowage/core";
import { bounded } from "../engine/bounded.js";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";

/** Puts an object of one byte on each key. */
export async function fill(t: CaseContext, keys: readonly string[]): Promise<void> {
  const queue = [...keys];
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let key = queue.shift(); key !== undefined; key = queue.shift()) await t.store.put(key, "x");
    }),
  );
}

const numbered = (count: number, prefix = "k"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(5, "0")}`);

/** The key of an object, the prefix of a prefix. */
export function nameOf(entry: ListEntry): string {
  return entry.kind === "object" ? entry.key : entry.prefix;
}

const tree = ["a", "a-b", "a.b", "a0", "b/1", "b/2", "b/c/3", "b/c/4", "bc/5", "d"] as const;

export const listCases: readonly Case[] = defineArea("I", (define) => {
  define("list.empty", 135, "an empty store that is an error", async (t) => {
    await t.lists([]);
    await t.lists([], { prefix: "a/" });
    await t.lists([], { delimiter: "/" });
    t.equal(await t.store.list().toArray(), [], "toArray");
  });

  define("list.missing-prefix", 136, "a missing prefix that is an error", async (t) => {
    await fill(t, ["a/1"]);
    for (const prefix of ["b", "a/2", "a/1/x", "zz/yy/"]) await t.lists([], { prefix });
  });

  define("list.flat", 137, "keys dropped or doubled", async (t) => {
    const keys = [...numbered(25), "a/b/c", "a/b/d", "z"];
    await fill(t, keys);
    await t.lists(keys);
  });

  define("list.order", 138, "a listing in the order of insertion, or of hashing", async (t) => {
    const keys = ["b", "a", "C", "10", "9", "_", "~", "é", "a1", "aa", "Z", "日"];
    await fill(t, keys);
    const found = await t.keys();
    if (t.capabilities.listOrder === "none") t.equal(found.toSorted(), keys.toSorted(), "keys");
    else t.equal(found, t.ordered(keys), "keys in the declared order");
  });

  define("list.order-astral", 139, "UTF-16 order told as UTF-8 order", async (t) => {
    const keys = ["\uFF61", "😀", "\uE000", "a"];
    await fill(t, keys);
    await t.lists(keys);
    t.equal(await t.keys({ order: "utf8" }), ["a", "\uE000", "\uFF61", "😀"], "order: utf8");
  });

  define("list.order-delims", 140, "a directory walk told as key order", async (t) => {
    const keys = ["a b", "a%2F", "a-", "a-/x", "a.x", "a/1", "a/2", "a0", "a0/x"].filter(
      (key) => t.capabilities.keys.objectAndPrefix || !["a-", "a0"].includes(key),
    );
    await fill(t, keys);
    await t.lists(keys);
    const utf8 = [...keys].toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    t.equal(await t.keys({ order: "utf8" }), utf8, "order: utf8");
  });

  define("list.prefix-string", 141, "a prefix taken for a path segment", async (t) => {
    await fill(t, ["id1", "id10", "id2", "id1x/y"]);
    await t.lists(["id1", "id10", "id1x/y"], { prefix: "id1" });
    await t.lists(["id1x/y"], { prefix: "id1x" });
  });

  define("list.prefix-case", 141, "a prefix compared without case, or as words are", async (t) => {
    await fill(t, ["Readme-1", "readme-2", "README-3", "résumé", "resume"]);
    await t.lists(["readme-2"], { prefix: "readme" });
    await t.lists(["README-3"], { prefix: "READ" });
    await t.lists(["resume"], { prefix: "resu" });
    await t.lists([], { prefix: "rEAD" });
  });

  define("list.prefix-exact-key", 142, "arrow-rs #3712: a key equal to the prefix left out", async (t) => {
    await fill(t, ["exact", "exactly", "other"]);
    await t.lists(["exact", "exactly"], { prefix: "exact" });
    await t.lists(["other"], { prefix: "other" });
  });

  define("list.prefix-sibling", 143, "siblings that share the beginning of a directory's name", async (t) => {
    await fill(t, ["foo/1", "foo.bar/2", "foo.txt", "foo-3", "fo"]);
    await t.lists(["foo/1"], { prefix: "foo/" });
    await t.lists(["foo-3", "foo.bar/", "foo.txt", "foo/"], { prefix: "foo", delimiter: "/" });
  });

  for (const [name, prefix] of Object.entries({
    space: "a b/",
    percent: "a%20b/",
    plus: "a+b/",
    unicode: "日本/",
    control: "a\u0001/",
    amp: "a&b/",
    star: "a*/",
    bracket: "[a]/",
  })) {
    define(`list.prefix-special/${name}`, 144, "a prefix encoded once too often", async (t) => {
      await fill(t, [`${prefix}1`, `${prefix}2`, "a/1", "ab/1"]);
      await t.lists([`${prefix}1`, `${prefix}2`], { prefix });
      await t.lists([prefix], { prefix: prefix.slice(0, -1), delimiter: "/" });
    });
  }

  define("list.delimiter", 145, "prefixes repeated, or objects below them shown", async (t) => {
    await fill(t, tree);
    await t.lists(["a", "a-b", "a.b", "a0", "b/", "bc/", "d"], { delimiter: "/" });
    await t.lists(["b/1", "b/2", "b/c/"], { delimiter: "/", prefix: "b/" });
    await t.lists(["b/", "bc/"], { delimiter: "/", prefix: "b" });
    for await (const entry of t.store.list({ delimiter: "/" })) {
      const name = nameOf(entry);
      t.equal(entry.kind, name.endsWith("/") ? "prefix" : "object", `kind of ${name}`);
    }
  });

  for (const delimiter of ["\\", "abc", "%", " ", ".", "_", "\n", "é", "absent"]) {
    define(
      `list.delimiter-any/${encodeURIComponent(delimiter)}`,
      146,
      "only '/' is a delimiter, or a delimiter is one character",
      async (t) => {
        await fill(t, [`x${delimiter}1`, `x${delimiter}2`, `y${delimiter}z${delimiter}3`, "plain"]);
        await t.lists([`x${delimiter}`, `y${delimiter}`, "plain"], { delimiter });
        await t.lists([`y${delimiter}z${delimiter}`], { delimiter, prefix: `y${delimiter}` });
      },
    );
  }

  define("list.delimiter-empty", 146, "an empty delimiter taken for one", async (t) => {
    await fill(t, ["a/1", "b"]);
    const found = await t.keys({ delimiter: "" }).catch((error: unknown) => error);
    if (found instanceof Error) await t.rejects(() => t.keys({ delimiter: "" }), "InvalidArgument", "list");
    else t.equal(found, ["a/1", "b"], "keys");
  });

  define("list.delimiter-prefix-combos", 147, "a prefix that ends inside a name", async (t) => {
    await fill(t, tree);
    const expected: readonly (readonly [string, readonly string[]])[] = [
      ["", ["a", "a-b", "a.b", "a0", "b/", "bc/", "d"]],
      ["a", ["a", "a-b", "a.b", "a0"]],
      ["b", ["b/", "bc/"]],
      ["b/", ["b/1", "b/2", "b/c/"]],
      ["b/c", ["b/c/"]],
      ["b/c/", ["b/c/3", "b/c/4"]],
      ["b/c/3", ["b/c/3"]],
      ["d", ["d"]],
      ["d/", []],
      ["nothing", []],
    ];
    for (const [prefix, keys] of expected) {
      await t.lists(keys, { prefix, delimiter: "/" });
      await t.lists(
        tree.filter((key) => key.startsWith(prefix)),
        { prefix },
      );
    }
  });

  define("list.delimiter-prefix-ends-with", 148, "an object named as its prefix lost between the two", async (t) => {
    await fill(t, t.capabilities.keys.trailingSlash ? ["asdf/", "asdf/x"] : ["asdf/x"]);
    await t.lists(t.capabilities.keys.trailingSlash ? ["asdf/", "asdf/x"] : ["asdf/x"], {
      prefix: "asdf/",
      delimiter: "/",
    });
    await t.lists(["asdf/"], { prefix: "asdf", delimiter: "/" });
  });

  define(
    "list.delimiter-not-skip",
    149,
    "what follows a large prefix skipped with it",
    async (t) => {
      await fill(t, [...numbered(1050, "0/"), "1999", "1999#", "1999+", "2000"]);
      await t.lists(["0/", "1999", "1999#", "1999+", "2000"], { delimiter: "/" });
    },
    { size: "M" },
  );

  define("list.delimiter-char-before", 150, "go-cloud #3089: names just before the delimiter in order", async (t) => {
    const keys = ["t-/a", "t-/b", "t/a", "t/b", "testFile1"];
    await fill(t, keys);
    for (let pageSize = 1; pageSize <= 6; pageSize += 1) {
      const found: string[] = [];
      for await (const page of bounded(t.store.list({ delimiter: "/" }).pages({ pageSize }))) {
        found.push(...page.entries.map(nameOf));
      }
      t.equal(t.ordered(found), ["t-/", "t/", "testFile1"], `page size ${pageSize}`);
    }
  });

  define("list.recursive-equals-walk", 151, "a walk that misses what the recursive listing shows", async (t) => {
    const keys = ["a/b/c/d", "a/b/e", "a/f", "g", "h/i", "h/j/k"];
    await fill(t, keys);
    const walked: string[] = [];
    const walk = async (prefix: string): Promise<void> => {
      for await (const entry of t.store.list({ prefix, delimiter: "/" })) {
        if (entry.kind === "object") walked.push(entry.key);
        else if (entry.prefix.length <= prefix.length) return t.fail(`${entry.prefix} is told to lie below ${prefix}`);
        else await walk(entry.prefix);
      }
    };
    await walk("");
    t.equal(t.ordered(walked), t.ordered(keys), "keys walked");
    await t.lists(keys);
  });

  define("list.entry-fields", 164, "sizes of zero and times of now", async (t) => {
    await t.store.put("a", t.data(123));
    await t.store.put("b/c", t.data(45));
    for await (const entry of t.store.list()) {
      t.ok(entry.kind === "object", "an object");
      const info = await t.store.stat(entry.key);
      t.equal([entry.size, entry.etag], [info.size, info.etag], `size and etag of ${entry.key}`);
      if (entry.lastModified !== undefined && info.lastModified !== undefined) {
        const apart = Math.abs(entry.lastModified.getTime() - info.lastModified.getTime());
        t.ok(apart < 1000, `times of ${entry.key} are ${apart} ms apart`);
      }
    }
  });

  define("list.after-write", 165, "a listing from a cache", async (t) => {
    const keys: string[] = [];
    for (const key of numbered(10)) {
      await t.store.put(key, "x");
      keys.push(key);
      await t.lists(keys);
    }
  });

  define("list.after-overwrite", 166, "the old size listed", async (t) => {
    for (const size of [5, 500, 0]) {
      await t.store.put("a", t.data(size));
      const [entry] = await t.store.list().toArray();
      t.equal(entry?.kind === "object" && entry.size, size, "size");
    }
  });

  define("list.after-delete", 167, "a deleted key, or an empty directory, still listed", async (t) => {
    await fill(t, ["a/1", "a/2", "b"]);
    await t.store.delete("a/1");
    await t.lists(["a/2", "b"]);
    await t.store.delete("a/2");
    await t.lists(["b"]);
    await t.lists(["b"], { delimiter: "/" });
  });

  define("list.no-inflight", 168, "temporary files, parts or sidecars shown as objects", async (t) => {
    await t.store.put("a", "1", t.capabilities.attributes === "unsupported" ? {} : { metadata: { x: "1" } });
    if (t.capabilities.putStream !== "unsupported") {
      const writer = t.store.createWriter("b");
      await writer.write(t.data(100_000));
      await t.lists(["a"]);
      await t.lists(["a"], { delimiter: "/" });
      await writer.abort();
    }
    await t.lists(["a"]);
  });

  define(
    "list.no-inflight/multipart",
    168,
    "parts shown as objects",
    async (t) => {
      const upload = await t.store.beginUpload("dir/b");
      await upload.uploadPart(1, t.data(1000));
      await t.lists([]);
      await t.lists([], { delimiter: "/" });
      await t.lists([], { prefix: "dir/" });
      await upload.abort();
      await t.lists([]);
    },
    { needs: ["multipart"] },
  );

  define("list.dir-marker", 172, "an empty directory shown as a prefix", async (t) => {
    await t.store.put("dir/sub/x", "1");
    await t.store.delete("dir/sub/x");
    await t.store.put("top", "1");
    await t.lists(["top"], { delimiter: "/" });
    await t.lists([], { prefix: "dir/" });
  });
});
