import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

export const renameCases: readonly Case[] = defineArea("K", (all) => {
  const define: typeof all = (id, list, why, run, extra = {}) =>
    all(id, list, why, run, { ...extra, needs: ["copy", ...(extra.needs ?? [])] });

  const renames = { needs: ["rename"] } as const;
  define(
    "rename.works",
    202,
    "a rename that copies, or loses the bytes",
    async (t) => {
      await t.store.put("a", t.data(3000));
      const written = await t.store.rename("a", "x/b");
      t.equal([written.key, written.size], ["x/b", 3000], "what rename told");
      await t.holds("x/b", t.data(3000));
      t.equal((await t.store.stat("x/b")).etag, written.etag, "etag");
      await t.absent("a");
      await t.lists(["x/b"]);
    },
    renames,
  );

  define(
    "rename.missing",
    203,
    "a target lost to a rename of nothing",
    async (t) => {
      await t.store.put("b", "old");
      const error = await t.rejects(() => t.store.rename("a", "b"), "NotFound", "rename");
      t.equal([error.key, error.uri], ["a", t.store.uriOf("a")], "key and uri of the error");
      await t.holds("b", "old");
    },
    renames,
  );

  define(
    "rename.dest-exists",
    203,
    "an existing target kept",
    async (t) => {
      await t.store.put("a", "new");
      await t.store.put("b", t.data(3000));
      await t.store.rename("a", "b");
      await t.holds("b", "new");
      await t.absent("a");
    },
    renames,
  );

  define(
    "rename.self",
    203,
    "an object lost to a rename onto itself",
    async (t) => {
      await t.store.put("a", "1");
      await t.rejects(() => t.store.rename("a", "a"), "InvalidArgument", "rename onto itself");
      await t.holds("a", "1");
    },
    renames,
  );

  define(
    "rename.nested",
    203,
    "siblings moved along",
    async (t) => {
      await t.store.put("d/a", "1");
      await t.store.put("d/ab", "2");
      await t.store.rename("d/a", "d/e/a");
      await t.lists(["d/ab", "d/e/a"]);
    },
    renames,
  );

  define(
    "rename.create-only",
    [197, 203],
    "an existing target overwritten against the condition",
    async (t) => {
      await t.store.put("a", "new");
      await t.store.put("b", "old");
      await t.rejects(() => t.store.rename("a", "b", { ifNoneMatch: "*" }), "AlreadyExists", "rename onto an object");
      await t.holds("b", "old");
      await t.holds("a", "new");
      await t.store.rename("a", "c", { ifNoneMatch: "*" });
      await t.holds("c", "new");
      await t.absent("a");
    },
    { needs: ["rename", "createOnly"] },
  );

  define(
    "rename.atomic",
    204,
    "a moment in which neither name, or half an object, is there",
    async (t) => {
      const [old, fresh] = [t.data(150_000, 1), t.data(150_000, 2)];
      await t.store.put("b", old);
      const reader = await t.another();
      for (let round = 0; round < 10; round += 1) {
        await t.store.put("a", round % 2 === 0 ? fresh : old);
        await t.during(t.store.rename("a", "b"), async () => {
          t.oneOf((await reader.get("b")).bytes, [old, fresh], "what a reader saw");
        });
      }
      await t.absent("a");
    },
    { ...renames, size: "M" },
  );
});
