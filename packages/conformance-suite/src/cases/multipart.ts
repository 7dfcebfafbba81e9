import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import { begin, joined, part, smallest } from "./parts.js";

export const multipartCases: readonly Case[] = defineArea("M", (all) => {
  const define: typeof all = (id, list, why, run, extra = {}) =>
    all(id, list, why, run, { size: "M", ...extra, needs: ["multipart", ...(extra.needs ?? [])] });

  define("mp.basic", 227, "parts joined in another order, or not at all", async (t) => {
    const upload = await begin(t);
    await upload.uploadPart(1, part(t, 1));
    await upload.uploadPart(2, part(t, 2, 77));
    const written = await upload.complete();
    t.equal([written.key, written.size], ["a", smallest(t) + 77], "what complete told");
    await t.holds("a", joined(t, [1, 2], 77));
    t.equal((await t.store.stat("a")).etag, written.etag, "etag");
    await t.lists(["a"]);
  });

  for (const delta of [-1, 0, 1]) {
    for (const sized of [true, false]) {
      define(
        `mp.boundary/part${delta < 0 ? delta : `+${delta}`}-${sized ? "sized" : "streamed"}`,
        228,
        "a body just at the part size loses or gains a part",
        async (t) => {
          const partSize = Math.max(smallest(t), 65_536);
          const store = await t.another({ partSize, multipartThreshold: partSize, concurrency: 3 });
          for (const count of [1, 2]) {
            const body = t.data(partSize * count + delta, count);
            async function* source(): AsyncGenerator<Uint8Array> {
              for (let at = 0; at < body.byteLength; at += 50_021) yield body.slice(at, at + 50_021);
            }
            await store.put(`k${count}`, sized ? body : source());
            await t.holds(`k${count}`, body);
          }
        },
        { needs: sized ? [] : ["putStream"], size: "M" },
      );
    }
  }

  define("mp.out-of-order", 229, "parts joined in the order of arrival", async (t) => {
    const upload = await begin(t);
    for (const number of [3, 1, 2]) await upload.uploadPart(number, part(t, number, number === 3 ? 10 : undefined));
    await upload.complete();
    await t.holds("a", joined(t, [1, 2, 3], 10));
  });

  define("mp.non-contiguous", 230, "a gap closed in silence", async (t) => {
    const upload = await begin(t);
    await upload.uploadPart(1, part(t, 1));
    await upload.uploadPart(3, part(t, 3));
    await t.rejects(() => upload.complete(), "InvalidArgument", "complete without part 2");
    await t.absent("a");
    await upload.uploadPart(2, part(t, 2));
    await upload.complete();
    await t.holds("a", joined(t, [1, 2, 3]));
  });

  define("mp.concurrent-parts", 231, "parts lost when sent at once", async (t) => {
    const upload = await begin(t);
    const numbers = [1, 2, 3, 4];
    await Promise.all(numbers.toReversed().map((number) => upload.uploadPart(number, part(t, number))));
    await upload.complete();
    await t.holds("a", joined(t, numbers));
  });

  define(
    "mp.many-concurrent-parts",
    [231, 243],
    "a list of parts cut at 1,000, or ordered as text",
    async (t) => {
      const upload = await t.store.beginUpload("a", { partSize: 16 });
      const numbers = Array.from({ length: 1_050 }, (_, index) => index + 1);
      for (let at = 0; at < numbers.length; at += 50) {
        await Promise.all(numbers.slice(at, at + 50).map((number) => upload.uploadPart(number, t.data(16, number))));
      }
      await upload.complete();
      await t.holds("a", Buffer.concat(numbers.map((number) => t.data(16, number))));
    },
    {
      unless: ({ limits }) => ((limits.partBytesMin ?? 1) > 16 ? "parts are too large for so many of them" : undefined),
    },
  );

  define("mp.invisible-until-complete", 232, "parts visible before complete", async (t) => {
    const upload = await begin(t);
    await t.absent("a");
    await upload.uploadPart(1, part(t, 1));
    await t.absent("a");
    await t.lists([]);
    await t.rejects(() => t.store.stat("a"), "NotFound", "stat");
    await upload.complete();
    await t.lists(["a"]);
  });

  define("mp.overwrite-existing", 233, "the old object gone before complete", async (t) => {
    await t.store.put("a", "old");
    const upload = await begin(t);
    await upload.uploadPart(1, part(t, 1));
    await t.holds("a", "old");
    await upload.complete();
    await t.holds("a", part(t, 1));
  });

  define("mp.replace-part", 234, "the first version of a part kept", async (t) => {
    const upload = await begin(t);
    await upload.uploadPart(1, part(t, 7));
    await upload.uploadPart(2, part(t, 2, 50));
    await upload.uploadPart(1, part(t, 1));
    await upload.complete();
    await t.holds("a", joined(t, [1, 2], 50));
  });

  define("mp.replace-last-part-shorter", 234, "a replaced part that keeps its tail", async (t) => {
    const upload = await begin(t);
    await upload.uploadPart(1, part(t, 1));
    await upload.uploadPart(2, part(t, 7));
    await upload.uploadPart(2, part(t, 2, 10));
    await upload.complete();
    await t.holds("a", joined(t, [1, 2], 10));
  });

  define("mp.resend-concurrently", 235, "two versions of one part mixed", async (t) => {
    const upload = await begin(t);
    await Promise.all([upload.uploadPart(1, part(t, 1)), upload.uploadPart(1, part(t, 2))]);
    await upload.complete();
    t.oneOf((await t.store.get("a")).bytes, [part(t, 1), part(t, 2)], "the object");
  });

  define("mp.abort", 236, "an aborted upload that can still be completed", async (t) => {
    const upload = await begin(t);
    await upload.uploadPart(1, part(t, 1));
    await upload.abort();
    await t.absent("a");
    await t.rejects(() => upload.uploadPart(2, part(t, 2)), "NotFound", "uploadPart after abort");
    await t.rejects(() => upload.complete(), "NotFound", "complete after abort");
    t.equal(await upload.abort(), undefined, "second abort");
    await t.lists([]);
  });

  define("mp.abort-empty", 236, "an upload without parts that cannot be aborted", async (t) => {
    const upload = await begin(t);
    t.equal(await upload.abort(), undefined, "abort");
    await t.absent("a");
  });

  define("mp.abort-keeps-existing", 237, "an abort that deletes the object under its key", async (t) => {
    await t.store.put("a", "old");
    const upload = await begin(t);
    await upload.uploadPart(1, part(t, 1));
    await upload.abort();
    await t.holds("a", "old");
  });

  define("mp.unknown-id", 238, "an upload that never was, begun by its first part", async (t) => {
    const upload = await begin(t);
    const { v, ...rest }: { v: number; id: string } = JSON.parse(upload.token);
    await upload.uploadPart(1, part(t, 1));
    await upload.complete();
    const again = t.store.resumeUpload(JSON.stringify({ v, ...rest }));
    await t.rejects(() => again.uploadPart(1, part(t, 2)), "NotFound", "uploadPart of a completed upload");
    await t.rejects(() => again.complete(), "NotFound", "complete of a completed upload");
    await t.holds("a", part(t, 1));
  });

  define("mp.complete-empty", 239, "an upload without parts that fails, or leaves nothing", async (t) => {
    const upload = await begin(t);
    const written = await upload.complete();
    t.equal(written.size, 0, "size told by complete");
    await t.holds("a", "");
  });

  define("mp.empty-part", 240, "a single part of no bytes", async (t) => {
    const upload = await begin(t);
    await upload.uploadPart(1, "");
    t.equal((await upload.complete()).size, 0, "size told by complete");
    await t.holds("a", "");
  });
});
