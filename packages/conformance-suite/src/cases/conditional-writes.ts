import type { Feature } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

const stale = "0123456789abcdef0123456789abcdef";

export const conditionalWriteCases: readonly Case[] = defineArea("L", (define) => {
  const needs = (...features: readonly Feature[]): { readonly needs: readonly Feature[] } => ({ needs: features });
  const create = needs("createOnly");
  const replace = needs("replaceIf");

  define(
    "cond.create",
    205,
    "create-only that overwrites",
    async (t) => {
      const { etag } = await t.store.put("a", "first", { ifNoneMatch: "*" });
      const before = await t.store.stat("a");
      await new Promise((resolve) => setTimeout(resolve, 5));
      await t.rejects(
        () => t.store.put("a", "second", { ifNoneMatch: "*" }),
        "AlreadyExists",
        "put on an existing key",
      );
      await t.holds("a", "first");
      const after = await t.store.stat("a");
      t.equal([after.etag, after.lastModified], [etag, before.lastModified], "etag and time");
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
      for (const near of [next.etag.slice(0, -1), `${next.etag}0`, next.etag.toUpperCase(), next.etag.toLowerCase()]) {
        if (near === next.etag) continue;
        await t.rejects(
          () => t.store.put("a", "3", { ifMatch: near }),
          "PreconditionFailed",
          `${near} for ${next.etag}`,
        );
      }
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
    "cond.via-writer-replace",
    217,
    "a streamed write that ignores replace-if",
    async (t) => {
      const { etag } = await t.store.put("a", "old");
      const streamed = async (ifMatch: string): Promise<unknown> => {
        await using writer = t.store.createWriter("a", { ifMatch });
        await writer.write(t.data(1000));
        return await writer.close();
      };
      await t.rejects(() => streamed(stale), "PreconditionFailed", "close with a foreign etag");
      await t.holds("a", "old");
      await streamed(etag);
      await t.holds("a", t.data(1000));
      await t.rejects(() => streamed(etag), "PreconditionFailed", "close with a stale etag");
      const source = (): AsyncIterable<Uint8Array> => new Blob([t.data(10)]).stream();
      await t.rejects(() => t.store.put("a", source(), { ifMatch: etag }), "PreconditionFailed", "put of a stream");
      await t.holds("a", t.data(1000));
    },
    needs("replaceIf", "putStream"),
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
});
