import type { Feature, ObjectStore, StatOptions } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

const stale = "0123456789abcdef0123456789abcdef";
const hour = 3_600_000;

export const conditionalReadCases: readonly Case[] = defineArea("L", (define) => {
  const needs = (...features: readonly Feature[]): { readonly needs: readonly Feature[] } => ({ needs: features });
  const reading = needs("conditionalRead");

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
        for (const other of [etag.toUpperCase(), etag.toLowerCase(), etag.slice(0, -1)]) {
          if (other === etag) continue;
          await t.rejects(() => call(t.store, { ifMatch: other }), "PreconditionFailed", `${other} for ${etag}`);
          t.ok(await call(t.store, { ifNoneMatch: other }), `not modified by ${other} for ${etag}`);
        }
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
      await t.rejects(() => t.store.getStream("a", { ifMatch: stale }), "NotFound", "getStream ifMatch");
      const range = { offset: 5, length: 5 };
      await t.rejects(() => t.store.get("a", { range, ifMatch: stale }), "NotFound", "get of a range ifMatch");
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
      const ranges = [range, { offset: 100, length: 5 }, { offset: 990, length: 5 }];
      for (const some of [ranges.slice(0, 1), ranges]) {
        const what = `getRanges of ${some.length}`;
        for (const coalesceGap of [0, 1_048_576]) {
          const unless = { coalesceGap, ifNoneMatch: etag };
          await t.rejects(
            () => t.store.getRanges("a", some, { coalesceGap, ifMatch: stale }),
            "PreconditionFailed",
            what,
          );
          await t.rejects(() => t.store.getRanges("a", some, unless), "NotModified", what);
        }
      }
      await t.rejects(
        () => t.store.getInto("a", new Uint8Array(1000), { ifMatch: stale }),
        "PreconditionFailed",
        "getInto",
      );
    },
    reading,
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
});
