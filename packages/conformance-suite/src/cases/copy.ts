import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import { beforeReads } from "../instrument/before-reads.js";
import { without } from "../instrument/forward.js";

export const copyCases: readonly Case[] = defineArea("K", (all) => {
  const define: typeof all = (id, list, why, run, extra = {}) =>
    all(id, list, why, run, { ...extra, needs: ["copy", ...(extra.needs ?? [])] });
  const lane = { partSize: 5_242_880, multipartThreshold: 5_242_880, rangeThreshold: 5_242_880 } as const;

  define("copy.works", 187, "an empty copy, or a move", async (t) => {
    const source = await t.store.put("a", t.data(5000));
    const written = await t.store.copy("a", "b");
    t.equal([written.key, written.size], ["b", 5000], "what copy told");
    t.equal((await t.store.stat("b")).etag, written.etag, "etag of the copy");
    await t.holds("b", t.data(5000));
    await t.holds("a", t.data(5000));
    t.equal((await t.store.stat("a")).etag, source.etag, "etag of the source");
  });

  define("copy.overwrites", 188, "an existing target kept, or its tail", async (t) => {
    await t.store.put("a", "short");
    await t.store.put("b", t.data(5000));
    await t.store.copy("a", "b");
    await t.holds("b", "short");
  });

  define(
    "copy.overwrites-attributes",
    188,
    "the target's old attributes beside new bytes",
    async (t) => {
      await t.store.put("a", "1", { metadata: { from: "a" } });
      await t.store.put("b", "2", { metadata: { from: "b", old: "yes" } });
      await t.store.copy("a", "b");
      t.equal({ ...(await t.store.stat("b")).metadata }, { from: "a" }, "metadata");
    },
    { needs: ["attributes"] },
  );

  define("copy.missing-source", 189, "a target emptied by a copy of nothing", async (t) => {
    await t.store.put("b", "old");
    const error = await t.rejects(() => t.store.copy("a", "b"), "NotFound", "copy onto an object");
    t.equal([error.key, error.uri], ["a", t.store.uriOf("a")], "key and uri of the error");
    await t.rejects(() => t.store.copy("a", "c"), "NotFound", "copy onto nothing");
    await t.holds("b", "old");
    await t.absent("c");
  });

  define("copy.self", 190, "an object lost to a copy onto itself", async (t) => {
    await t.store.put("a", t.data(100));
    await t.rejects(() => t.store.copy("a", "a"), "InvalidArgument", "copy onto itself");
    await t.holds("a", t.data(100));
  });

  define(
    "copy.multipart-size",
    191,
    "an object above the service's limit for one copy",
    async (t) => {
      const store = await t.another(lane);
      await store.put("a", t.data(11_000_003));
      await store.copy("a", "b");
      await t.holds("b", t.data(11_000_003));
    },
    { size: "L" },
  );

  define(
    "copy.emulated",
    191,
    "a copy through this process that joins parts of two versions",
    async (t) => {
      const store = await t.over((driver) => without(driver, "copyFrom"), lane);
      for (const size of [0, 1000, 5_500_000]) {
        await store.put("a", t.data(size, 1));
        await store.copy("a", `b${size}`);
        await t.holds(`b${size}`, t.data(size, 1));
      }
    },
    { size: "M", parts: ["driver"] },
  );

  define(
    "copy.emulated-attributes",
    187,
    "attributes lost on the way through this process",
    async (t) => {
      const store = await t.over((driver) => without(driver, "copyFrom", "rename"));
      await store.put("a", "1", { metadata: { x: "1" }, contentType: "text/x-test", contentLanguage: "de" });
      await store.copy("a", "b");
      await store.rename("a", "c");
      for (const key of ["b", "c"]) {
        const info = await t.store.stat(key);
        t.equal(
          [{ ...info.metadata }, info.contentType, info.contentLanguage],
          [{ x: "1" }, "text/x-test", "de"],
          `attributes of ${key}`,
        );
      }
      await t.absent("a");
    },
    { parts: ["driver"], needs: ["attributes", "rename"] },
  );

  define("copy.between-stores", 187, "a copy from another namespace that reads its own", async (t) => {
    const other = await t.another({}, await t.besides("source"));
    await other.put("a", "theirs");
    await t.store.put("a", "mine");
    await t.store.copyFrom(other, "a", "b");
    await t.holds("b", "theirs");
    await t.store.copyFrom(other, "a", "a");
    await t.holds("a", "theirs");
    await t.rejects(() => t.store.copyFrom(other, "b", "c"), "NotFound", "copy of what only the target has");
  });

  for (const size of [0, 1, 1_048_577]) {
    define(
      `copy.size/${size}B`,
      192,
      "an empty source refused, a large one cut",
      async (t) => {
        await t.store.put("a", t.data(size));
        t.equal((await t.store.copy("a", "b")).size, size, "size told by copy");
        await t.holds("b", t.data(size));
      },
      { size: size > 65_536 ? "M" : "S" },
    );
  }

  define("copy.nested-target", 193, "a target whose parents nobody made", async (t) => {
    await t.store.put("a", "1");
    await t.store.copy("a", "x/y/z");
    await t.holds("x/y/z", "1");
    await t.store.copy("x/y/z", "x/ü/☺");
    await t.holds("x/ü/☺", "1");
  });

  for (const [name, key] of Object.entries({
    query: "a?versionId=x",
    percent: "a%25b",
    plus: "a+b",
    space: "a b",
    unicode: "ä/☺",
    hash: "a#b",
  })) {
    define(`copy.weird-source/${name}`, [109, 194], "a source key read as URL", async (t) => {
      await t.store.put(key, "right");
      for (const decoy of ["a", "a%b", "a b "]) await t.store.put(decoy, "wrong");
      await t.store.copy(key, "copied");
      await t.holds("copied", "right");
    });
  }

  define(
    "copy.to-missing-container",
    195,
    "a missing target container told as a missing source",
    async (t) => {
      await t.store.put("a", "1");
      const missing = await t.missingContainer();
      await t.rejects(() => missing.copyFrom(t.store, "a", "b"), "ContainerNotFound", "copy to a missing container");
      await t.rejects(() => t.store.copyFrom(missing, "a", "b"), "ContainerNotFound", "copy from a missing container");
      await t.absent("b");
    },
    { parts: ["openMissingContainer"] },
  );

  define("copy.independent", 196, "a copy that is a link", async (t) => {
    await t.store.put("a", t.data(1000));
    await t.store.copy("a", "b");
    await t.store.put("a", "changed");
    await t.holds("b", t.data(1000));
    await t.store.put("b", "changed too");
    await t.holds("a", "changed");
    await t.store.delete("a");
    await t.holds("b", "changed too");
  });

  define(
    "copy.if-not-exists",
    197,
    "create-only ignored by copy",
    async (t) => {
      await t.store.put("a", "new");
      await t.store.copy("a", "b", { ifNoneMatch: "*" });
      await t.holds("b", "new");
      await t.store.put("c", "old");
      await t.rejects(() => t.store.copy("a", "c", { ifNoneMatch: "*" }), "AlreadyExists", "copy onto an object");
      await t.holds("c", "old");
      await t.rejects(
        () => t.store.copy("missing", "d", { ifNoneMatch: "*" }),
        "NotFound",
        "copy of nothing onto nothing",
      );
      await t.absent("d");
    },
    { needs: ["copyCreateOnly", "createOnly"] },
  );

  define(
    "copy.if-match-dest",
    198,
    "replace-if ignored by copy",
    async (t) => {
      await t.store.put("a", "new");
      const { etag } = await t.store.put("b", "old");
      await t.store.copy("a", "b", { ifMatch: etag });
      await t.holds("b", "new");
      await t.store.put("a", "newer");
      await t.rejects(() => t.store.copy("a", "b", { ifMatch: etag }), "PreconditionFailed", "copy with a stale etag");
      await t.holds("b", "new");
    },
    { needs: ["replaceIf"] },
  );

  define(
    "copy.if-source-etag",
    199,
    "another version of the source copied",
    async (t) => {
      const { etag } = await t.store.put("a", "1");
      await t.store.copy("a", "b", { sourceIfMatch: etag });
      await t.holds("b", "1");
      await t.store.put("a", "22");
      await t.rejects(
        () => t.store.copy("a", "b", { sourceIfMatch: etag }),
        "PreconditionFailed",
        "copy of a changed source",
      );
      await t.holds("b", "1");
    },
    { needs: ["conditionalRead"] },
  );

  define(
    "copy.source-changes-midway",
    201,
    "parts of two versions in one copy",
    async (t) => {
      const [old, fresh] = [t.data(11_000_000, 1), t.data(11_000_000, 2)];
      await t.store.put("a", old);
      const other = await t.another();
      const change = async (read: number): Promise<void> => {
        if (read === 2) await other.put("a", fresh);
      };
      const store = await t.over((driver) => beforeReads(without(driver, "copyFrom"), change), {
        ...lane,
        concurrency: 1,
      });
      await t.rejects(() => store.copy("a", "b"), "PreconditionFailed", "copy");
      await t.absent("b");
    },
    { size: "L", parts: ["driver"], needs: ["conditionalRead", "multipart"] },
  );

  define(
    "copy.concurrent-to-same",
    201,
    "two copies mixed in one target",
    async (t) => {
      await t.store.put("a", t.data(200_000, 1));
      await t.store.put("b", t.data(200_000, 2));
      for (let round = 0; round < 5; round += 1) {
        await Promise.all([t.store.copy("a", "c"), t.store.copy("b", "c")]);
        t.oneOf((await t.store.get("c")).bytes, [t.data(200_000, 1), t.data(200_000, 2)], "the copy");
      }
    },
    { size: "M" },
  );
});
