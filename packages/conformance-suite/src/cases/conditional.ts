import type { Feature, ObjectStore, StatOptions } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

const stale = "0123456789abcdef0123456789abcdef";
const hour = 3_600_000;

export const conditionalCases: readonly Case[] = defineArea("L", (define) => {
  const needs = (...features: readonly Feature[]): { readonly needs: readonly Feature[] } => ({ needs: features });
  const create = needs("createOnly");
  const replace = needs("replaceIf");
  const reading = needs("conditionalRead");

  define(
    "cond.create",
    205,
    "create-only that overwrites",
    async (t) => {
      const { etag } = await t.store.put("a", "first", { ifNoneMatch: "*" });
      await t.rejects(
        () => t.store.put("a", "second", { ifNoneMatch: "*" }),
        "AlreadyExists",
        "put on an existing key",
      );
      await t.holds("a", "first");
      t.equal((await t.store.stat("a")).etag, etag, "etag");
    },
    create,
  );

  define(
    "cond.create-committed",
    205,
    "a refusal that leaves the caller unsure",
    async (t) => {
      await t.store.put("a", "first");
      const error = await t.rejects(() => t.store.put("a", "second", { ifNoneMatch: "*" }), "AlreadyExists", "put");
      t.equal([error.committed, error.retryable], [false, false], "committed and retryable");
    },
    create,
  );

  define(
    "cond.create-keeps-attributes",
    205,
    "a refused put that already wrote its attributes",
    async (t) => {
      await t.store.put("a", "first", { metadata: { by: "first" }, contentType: "text/x-first" });
      await t.rejects(
        () => t.store.put("a", "second", { ifNoneMatch: "*", metadata: { by: "second" } }),
        "AlreadyExists",
        "put",
      );
      const info = await t.store.stat("a");
      t.equal([{ ...info.metadata }, info.contentType], [{ by: "first" }, "text/x-first"], "attributes");
    },
    needs("createOnly", "attributes"),
  );

  define(
    "cond.create-empty-object",
    205,
    "an empty object taken for no object",
    async (t) => {
      await t.store.put("a", "");
      await t.rejects(() => t.store.put("a", "x", { ifNoneMatch: "*" }), "AlreadyExists", "put on an empty object");
      await t.holds("a", "");
    },
    create,
  );

  define(
    "cond.create-after-delete",
    206,
    "a deleted key that still counts",
    async (t) => {
      await t.store.put("a", "1", { ifNoneMatch: "*" });
      await t.store.delete("a");
      await t.store.put("a", "2", { ifNoneMatch: "*" });
      await t.holds("a", "2");
    },
    create,
  );

  define(
    "cond.update",
    207,
    "a stale etag accepted, or the current one refused",
    async (t) => {
      const { etag } = await t.store.put("a", "1");
      const other = await t.store.put("b", "other");
      const next = await t.store.put("a", "2", { ifMatch: etag });
      await t.holds("a", "2");
      await t.rejects(() => t.store.put("a", "3", { ifMatch: etag }), "PreconditionFailed", "stale etag");
      await t.rejects(
        () => t.store.put("a", "3", { ifMatch: other.etag }),
        "PreconditionFailed",
        "another object's etag",
      );
      await t.rejects(() => t.store.put("a", "3", { ifMatch: stale }), "PreconditionFailed", "foreign etag");
      await t.holds("a", "2");
      t.equal((await t.store.stat("a")).etag, next.etag, "etag");
    },
    replace,
  );

  define(
    "cond.update-missing",
    208,
    "replace-if that creates",
    async (t) => {
      await t.rejects(() => t.store.put("a", "1", { ifMatch: stale }), "PreconditionFailed", "put on a missing key");
      await t.absent("a");
      const { etag } = await t.store.put("b", "1");
      await t.store.delete("b");
      await t.rejects(() => t.store.put("b", "2", { ifMatch: etag }), "PreconditionFailed", "put on a deleted key");
      await t.absent("b");
    },
    replace,
  );

  define(
    "cond.if-match-star",
    209,
    "Azurite #2589: If-Match: * on a missing key succeeded",
    async (t) => {
      await t.rejects(() => t.store.put("a", "1", { ifMatch: "*" }), ["PreconditionFailed", "InvalidArgument"], "put");
      await t.absent("a");
    },
    replace,
  );

  define(
    "cond.if-none-match-etag",
    210,
    "a write condition that the service ignores",
    async (t) => {
      const { etag } = await t.store.put("a", "1");
      const put = (): Promise<unknown> => Reflect.apply(t.store.put, t.store, ["a", "2", { ifNoneMatch: etag }]);
      await t.rejects(put, "InvalidArgument", "put with ifNoneMatch: etag");
      await t.holds("a", "1");
    },
    create,
  );

  define(
    "cond.both-conditions",
    210,
    "one of two conditions silently dropped",
    async (t) => {
      const { etag } = await t.store.put("a", "1");
      await t.rejects(() => t.store.put("a", "2", { ifNoneMatch: "*", ifMatch: etag }), "InvalidArgument", "put");
      await t.holds("a", "1");
    },
    needs("createOnly", "replaceIf"),
  );

  for (const method of ["get", "getStream", "stat"] as const) {
    const call = async (store: ObjectStore, options: StatOptions): Promise<unknown> => {
      if (method === "stat") return await store.stat("a", options);
      if (method === "get") return await store.get("a", options);
      const answer = await store.getStream("a", options);
      await answer.stream.cancel();
      return answer;
    };
    const line = method === "stat" ? 213 : 211;

    define(
      `cond.${method}.if-match`,
      line,
      "a condition of a read ignored",
      async (t) => {
        const { etag } = await t.store.put("a", "1");
        t.ok(await call(t.store, { ifMatch: etag }), "the current etag");
        await t.rejects(() => call(t.store, { ifMatch: stale }), "PreconditionFailed", "a foreign etag");
        await t.store.put("a", "22");
        await t.rejects(() => call(t.store, { ifMatch: etag }), "PreconditionFailed", "a stale etag");
      },
      reading,
    );

    define(
      `cond.${method}.if-none-match`,
      line,
      "an unchanged object read again",
      async (t) => {
        const { etag } = await t.store.put("a", "1");
        await t.rejects(() => call(t.store, { ifNoneMatch: etag }), "NotModified", "the current etag");
        t.ok(await call(t.store, { ifNoneMatch: stale }), "a foreign etag");
        await t.store.put("a", "22");
        t.ok(await call(t.store, { ifNoneMatch: etag }), "a stale etag");
      },
      reading,
    );

    define(
      `cond.${method}.since`,
      method === "stat" ? 213 : 212,
      "dates compared the wrong way round",
      async (t) => {
        await t.store.put("a", "1");
        const { lastModified } = await t.store.stat("a");
        if (lastModified === undefined) return t.equal(lastModified, undefined, "lastModified");
        const at = lastModified.getTime();
        const [before, after] = [new Date(at - hour), new Date(at + hour)];
        t.ok(await call(t.store, { ifModifiedSince: before }), "modified since an hour before");
        await t.rejects(() => call(t.store, { ifModifiedSince: after }), "NotModified", "modified since an hour after");
        await t.rejects(() => call(t.store, { ifModifiedSince: lastModified }), "NotModified", "modified since then");
        t.ok(await call(t.store, { ifUnmodifiedSince: after }), "unmodified since an hour after");
        t.ok(await call(t.store, { ifUnmodifiedSince: lastModified }), "unmodified since then");
        await t.rejects(
          () => call(t.store, { ifUnmodifiedSince: before }),
          "PreconditionFailed",
          "unmodified since an hour before",
        );
      },
      reading,
    );
  }

  define(
    "cond.get-missing+if-match",
    214,
    "Azurite #2751: a condition judged on a missing object",
    async (t) => {
      await t.rejects(() => t.store.get("a", { ifMatch: stale }), "NotFound", "get ifMatch");
      await t.rejects(() => t.store.stat("a", { ifMatch: stale }), "NotFound", "stat ifMatch");
      await t.rejects(() => t.store.get("a", { ifNoneMatch: stale }), "NotFound", "get ifNoneMatch");
    },
    reading,
  );

  define(
    "cond.get-range",
    211,
    "a condition forgotten beside a range",
    async (t) => {
      const { etag } = await t.store.put("a", t.data(1000));
      const range = { offset: 10, length: 5 };
      t.bytes(
        (await t.store.get("a", { range, ifMatch: etag })).bytes,
        t.data(1000).subarray(10, 15),
        "range with the current etag",
      );
      await t.rejects(
        () => t.store.get("a", { range, ifMatch: stale }),
        "PreconditionFailed",
        "range with a foreign etag",
      );
      await t.rejects(() => t.store.get("a", { range, ifNoneMatch: etag }), "NotModified", "range unless changed");
      await t.rejects(
        () => t.store.get("a", { range: { offset: 0, length: 0 }, ifMatch: stale }),
        "PreconditionFailed",
        "empty range",
      );
      if (!t.has("getRanges") || !t.has("getInto")) return;
      await t.rejects(() => t.store.getRanges("a", [range], { ifMatch: stale }), "PreconditionFailed", "getRanges");
      await t.rejects(
        () => t.store.getInto("a", new Uint8Array(1000), { ifMatch: stale }),
        "PreconditionFailed",
        "getInto",
      );
    },
    reading,
  );

  define(
    "cond.delete.if-match",
    215,
    "a conditional delete that always deletes",
    async (t) => {
      const { etag } = await t.store.put("a", "1");
      await t.store.put("a", "22");
      await t.rejects(() => t.store.delete("a", { ifMatch: etag }), "PreconditionFailed", "stale etag");
      await t.holds("a", "22");
      await t.store.delete("a", { ifMatch: (await t.store.stat("a")).etag });
      await t.absent("a");
      await t.rejects(() => t.store.delete("a", { ifMatch: etag }), "PreconditionFailed", "missing key");
    },
    needs("deleteIf"),
  );

  define(
    "cond.quoted-etag",
    216,
    "an etag copied from a header that never matches",
    async (t) => {
      const { etag } = await t.store.put("a", "1");
      await t.store.get("a", { ifMatch: `"${etag}"` });
      await t.rejects(() => t.store.get("a", { ifNoneMatch: `"${etag}"` }), "NotModified", "quoted etag");
      await t.store.put("a", "2", t.capabilities.replaceIf === "unsupported" ? {} : { ifMatch: `"${etag}"` });
      await t.holds("a", "2");
    },
    reading,
  );

  define(
    "cond.via-writer",
    217,
    "GCS #8040: a streamed write that ignores its condition",
    async (t) => {
      await t.store.put("a", "old");
      const writer = t.store.createWriter("a", { ifNoneMatch: "*" });
      await t.rejects(
        async () => {
          await writer.write(t.data(1000));
          await writer.close();
        },
        "AlreadyExists",
        "close",
      );
      await t.holds("a", "old");
      const fresh = t.store.createWriter("b", { ifNoneMatch: "*" });
      await fresh.write(t.data(1000));
      await fresh.close();
      await t.holds("b", t.data(1000));
    },
    needs("createOnly", "putStream"),
  );

  define(
    "cond.via-large-put",
    217,
    "a put in parts that ignores its condition",
    async (t) => {
      const store = await t.another({ partSize: 5_242_880, multipartThreshold: 5_242_880 });
      await store.put("a", "old");
      await t.rejects(() => store.put("a", t.data(6_000_000), { ifNoneMatch: "*" }), "AlreadyExists", "put");
      await t.holds("a", "old");
      await store.put("b", t.data(6_000_000), { ifNoneMatch: "*" });
      t.equal((await store.stat("b")).size, 6_000_000, "size");
    },
    { ...create, size: "M" },
  );

  define(
    "cond.via-multipart-complete",
    218,
    "conditions ignored by complete",
    async (t) => {
      const { etag } = await t.store.put("a", "old");
      const created = await t.store.beginUpload("a");
      await created.uploadPart(1, "new");
      await t.rejects(() => created.complete({ ifNoneMatch: "*" }), "AlreadyExists", "complete");
      await created.abort();
      await t.holds("a", "old");
      if (t.capabilities.replaceIf !== "unsupported") {
        const replaced = await t.store.beginUpload("a");
        await replaced.uploadPart(1, "new");
        await t.rejects(() => replaced.complete({ ifMatch: stale }), "PreconditionFailed", "complete");
        await replaced.complete({ ifMatch: etag });
        await t.holds("a", "new");
      }
    },
    needs("createOnly", "multipart"),
  );

  define(
    "cond.created-between-start-and-complete",
    219,
    "a condition judged when the upload begins",
    async (t) => {
      const upload = await t.store.beginUpload("a");
      await upload.uploadPart(1, "mine");
      await t.store.put("a", "theirs");
      await t.rejects(() => upload.complete({ ifNoneMatch: "*" }), "AlreadyExists", "complete");
      await upload.abort();
      await t.holds("a", "theirs");
    },
    needs("createOnly", "multipart"),
  );

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
