import type { Feature } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

export const conditionalRaceCases: readonly Case[] = defineArea("L", (define) => {
  const needs = (...features: readonly Feature[]): { readonly needs: readonly Feature[] } => ({ needs: features });
  const create = needs("createOnly");
  const replace = needs("replaceIf");

  define(
    "cond.cas-counter",
    220,
    "two writers that both replaced the same version",
    async (t) => {
      await t.store.put("counter", "0");
      const handles = await Promise.all(Array.from({ length: 5 }, () => t.another()));
      await Promise.all(
        handles.map(async (store) => {
          for (let done = 0, tries = 0; done < 10; tries += 1) {
            if (tries > 200) return t.fail("a writer that read the etag just now cannot replace the object");
            await new Promise((resolve) => setImmediate(resolve));
            const read = await store.get("counter");
            const next = String(Number(read.text()) + 1);
            const outcome = await store
              .put("counter", next, { ifMatch: read.info.etag })
              .catch((error: unknown) => error);
            if (outcome instanceof Error)
              await t.rejects(() => Promise.reject(outcome), ["PreconditionFailed", "Conflict"], "put");
            else done += 1;
          }
        }),
      );
      await t.holds("counter", "50");
    },
    replace,
  );

  define(
    "cond.create-race",
    221,
    "two creators that both won",
    async (t) => {
      for (let round = 0; round < 5; round += 1) {
        const key = `lock-${round}`;
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, (_, index) => t.store.put(key, t.data(5000, index), { ifNoneMatch: "*" })),
        );
        const winners = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
        t.equal(winners.length, 1, "winners");
        for (const outcome of outcomes) {
          if (outcome.status === "rejected")
            await t.rejects(() => Promise.reject(outcome.reason), "AlreadyExists", "loser");
        }
        await t.holds(key, t.data(5000, winners[0]));
      }
    },
    create,
  );

  define(
    "cond.no-side-effects",
    222,
    "a temporary file or part left by a refused write",
    async (t) => {
      await t.store.put("dir/a", "1");
      await t.rejects(() => t.store.put("dir/a", t.data(100_000), { ifNoneMatch: "*" }), "AlreadyExists", "put");
      await t.lists(["dir/a"]);
      const door = await t.sideDoor();
      t.equal((await door.listLeftovers?.()) ?? [], [], "leftovers");
      t.equal((await door.listUploads?.()) ?? [], [], "uploads");
    },
    { ...create, parts: ["sideDoor"], size: "M" },
  );

  define("cond.undefined-is-no-condition", 223, "undefined sent as 'undefined'", async (t) => {
    await t.store.put("a", "1");
    await t.store.put("a", "2", { ifMatch: undefined, ifNoneMatch: undefined });
    t.equal(
      (await t.store.get("a", { ifMatch: undefined, ifNoneMatch: undefined, ifModifiedSince: undefined })).text(),
      "2",
      "text",
    );
    await t.store.delete("a", { ifMatch: undefined });
    await t.absent("a");
  });

  define(
    "cond.empty-string",
    223,
    "Azurite #2550: an empty If-Match that is a condition, or none, by chance",
    async (t) => {
      await t.store.put("a", "1");
      await t.rejects(() => t.store.put("a", "2", { ifMatch: "" }), ["InvalidArgument", "Unsupported"], "put");
      await t.rejects(() => t.store.get("a", { ifMatch: "" }), ["InvalidArgument", "Unsupported"], "get");
      await t.rejects(() => t.store.get("a", { ifNoneMatch: "" }), ["InvalidArgument", "Unsupported"], "get");
      await t.rejects(() => t.store.delete("a", { ifMatch: "" }), ["InvalidArgument", "Unsupported"], "delete");
      await t.holds("a", "1");
    },
  );

  define(
    "cond.retry-safe",
    [225, 289],
    "one's own write met as somebody else's after a lost answer",
    async (t) => {
      const { store, inject } = await t.faulty();
      await inject({ on: "write", kind: "lost" });
      const outcome = await store.put("a", "mine", { ifNoneMatch: "*" }).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        const error = await t.rejects(() => Promise.reject(outcome), ["Unavailable", "Timeout", "Internal"], "put");
        t.equal(error.committed, "unknown", "committed");
      }
      await t.holds("a", "mine");
    },
    { ...create, parts: ["faults"] },
  );

  define(
    "cond.replace-retry-safe",
    225,
    "one's own write met as a stale etag after a lost answer",
    async (t) => {
      const { etag } = await t.store.put("a", "old");
      const { store, inject } = await t.faulty();
      await inject({ on: "write", kind: "lost" });
      const outcome = await store.put("a", "mine", { ifMatch: etag }).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        const error = await t.rejects(() => Promise.reject(outcome), ["Unavailable", "Timeout", "Internal"], "put");
        t.equal(error.committed, "unknown", "committed");
      }
      await t.holds("a", "mine");
    },
    { ...replace, parts: ["faults"] },
  );

  define(
    "cond.update-returns-new-etag",
    226,
    "an etag of the version replaced",
    async (t) => {
      let { etag } = await t.store.put("a", "0");
      for (const text of ["1", "2", "3"]) ({ etag } = await t.store.put("a", text, { ifMatch: etag }));
      await t.holds("a", "3");
      t.equal((await t.store.stat("a")).etag, etag, "etag");
    },
    replace,
  );
});
