import type { ObjectStore, Upload } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";

/** The smallest part size of the store, above which every part but the last must be; small where the store has no minimum. */
function smallest(t: CaseContext): number {
  return t.capabilities.limits.partBytesMin ?? 1000;
}

function begin(t: CaseContext, key = "a", store: ObjectStore = t.store): Promise<Upload> {
  return store.beginUpload(key, { partSize: smallest(t) });
}

/** The bytes of part `number`, all different. */
function part(t: CaseContext, number: number, size: number = smallest(t)): Uint8Array<ArrayBuffer> {
  return t.data(size, number);
}

function joined(t: CaseContext, numbers: readonly number[], last?: number): Uint8Array {
  return Buffer.concat(
    numbers.map((number, index) => part(t, number, index === numbers.length - 1 ? last : undefined)),
  );
}

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
    const { v, ...rest } = JSON.parse(upload.token) as { v: number; id: string };
    await upload.uploadPart(1, part(t, 1));
    await upload.complete();
    const again = t.store.resumeUpload(JSON.stringify({ v, ...rest }));
    await t.rejects(() => again.uploadPart(1, part(t, 2)), "NotFound", "uploadPart of a completed upload");
    await t.rejects(() => again.complete(), "NotFound", "complete of a completed upload");
    await t.holds("a", part(t, 1));
  });

  for (const token of ["", "garbage", "{}", '{"v":1,"key":"a"}']) {
    define(
      `mp.bad-token/${token === "" ? "empty" : encodeURIComponent(token)}`,
      238,
      "a token that is none, met as an internal error",
      async (t) => {
        await t.rejects(async () => t.store.resumeUpload(token), "InvalidArgument", "resumeUpload");
      },
      { size: "S" },
    );
  }

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

  for (const number of [0, -1, 1.5, Number.NaN, 1_000_000_000_000_000_000]) {
    define(`mp.bad-part-number/${number}`, 241, "a part that no one can complete", async (t) => {
      const upload = await begin(t);
      await t.rejects(() => upload.uploadPart(number, part(t, 1)), "InvalidArgument", `part ${number}`);
      await upload.abort();
    });
  }

  define(
    "mp.part-beyond-limit",
    241,
    "a part number above the service's limit",
    async (t) => {
      const store = await t.lowered({ parts: 3 });
      const upload = await begin(t, "a", store);
      await t.rejects(() => upload.uploadPart(4, part(t, 4)), "InvalidArgument", "part 4 of 3");
      await upload.abort();
    },
    { parts: ["driver"] },
  );

  define("mp.part-too-large", 242, "a part above the part size, cut or accepted on one service only", async (t) => {
    const upload = await begin(t);
    await t.rejects(() => upload.uploadPart(1, t.data(smallest(t) + 1)), "InvalidArgument", "a larger part");
    await upload.uploadPart(1, part(t, 1));
    await upload.complete();
    await t.holds("a", part(t, 1));
  });

  define(
    "mp.short-inner-part",
    242,
    "a part that is too small, not the last, found out by the service alone",
    async (t) => {
      const upload = await begin(t);
      await upload.uploadPart(1, t.data(smallest(t) - 1));
      await upload.uploadPart(2, part(t, 2));
      await t.rejects(() => upload.complete(), "InvalidArgument", "complete");
      await t.absent("a");
      await upload.abort();
    },
  );

  define(
    "mp.part-size-below-minimum",
    242,
    "a part size that the service refuses at the end",
    async (t) => {
      const store = await t.lowered({ partBytesMin: 5000, partBytesMax: 10_000 });
      await t.rejects(() => store.beginUpload("a", { partSize: 4999 }), "InvalidArgument", "a smaller part size");
      await t.rejects(() => store.beginUpload("a", { partSize: 10_001 }), "InvalidArgument", "a larger part size");
      t.equal(await t.store.exists("a"), false, "exists");
    },
    { parts: ["driver"] },
  );

  define(
    "mp.auto-part-size",
    243,
    "a part size with which the body needs more parts than there are",
    async (t) => {
      const store = await t.lowered(
        { parts: 4 },
        { partSize: Math.max(smallest(t), 65_536), multipartThreshold: 65_536 },
      );
      const body = t.data(Math.max(smallest(t), 65_536) * 4 + 100_000);
      await store.put("a", body);
      await t.holds("a", body);
    },
    {
      parts: ["driver"],
      unless: ({ limits }) => ((limits.partBytesMin ?? 1) > 65_536 ? "parts are too large" : undefined),
    },
  );

  define(
    "mp.interleaved-two-uploads",
    245,
    "arrow-rs #6869, azure-sdk-net #45510, versitygw #873: parts of two uploads to one key mixed",
    async (t) => {
      const [one, other] = [await begin(t), await begin(t)];
      await one.uploadPart(1, part(t, 1));
      await other.uploadPart(1, part(t, 11));
      await other.uploadPart(2, part(t, 12));
      await one.uploadPart(2, part(t, 2));
      const mine = joined(t, [1, 2]);
      const theirs = joined(t, [11, 12]);
      await one.complete();
      await t.holds("a", mine);
      const second = await other.complete().catch((error: unknown) => error);
      if (second instanceof Error) {
        t.equal(
          t.capabilities.multipartBehaviour.concurrent,
          "first",
          "multipartBehaviour.concurrent where the second fails",
        );
        await t.rejects(() => Promise.reject(second), "NotFound", "second complete");
        await t.holds("a", mine);
      } else {
        t.equal(
          t.capabilities.multipartBehaviour.concurrent,
          "independent",
          "multipartBehaviour.concurrent where both complete",
        );
        await t.holds("a", theirs);
      }
    },
  );

  define("mp.ten-racing-completes", 246, "a torn object when completes race", async (t) => {
    const uploads = await Promise.all(Array.from({ length: 10 }, () => begin(t)));
    await Promise.all(uploads.map((upload, index) => upload.uploadPart(1, part(t, index + 1))));
    const outcomes = await Promise.allSettled(uploads.map((upload) => upload.complete()));
    t.ok(
      outcomes.some(({ status }) => status === "fulfilled"),
      "one of them completes",
    );
    t.oneOf(
      (await t.store.get("a")).bytes,
      uploads.map((_, index) => part(t, index + 1)),
      "the object",
    );
    await Promise.all(uploads.map((upload) => upload.abort().catch(() => {})));
    t.equal(await t.store.exists("a"), true, "exists after aborting the losers");
  });

  define("mp.complete-twice", 247, "a second complete that empties the object", async (t) => {
    const upload = await begin(t);
    await upload.uploadPart(1, part(t, 1));
    await upload.complete();
    await t.rejects(() => upload.complete(), "NotFound", "second complete");
    await t.holds("a", part(t, 1));
  });

  define(
    "mp.complete-retry",
    248,
    "S3's 200 with an error inside, or a lost answer, taken for success or failure",
    async (t) => {
      const { store, inject } = await t.faulty();
      const upload = await begin(t, "a", store);
      await upload.uploadPart(1, part(t, 1));
      await inject({ on: "write", kind: "unavailable" });
      await upload.complete();
      await t.holds("a", part(t, 1));
    },
    { parts: ["faults"] },
  );

  define(
    "mp.part-failure-cleans-up",
    249,
    "parts orphaned by a put that fails",
    async (t) => {
      const { store, inject } = await t.faulty();
      await inject({ on: "write", kind: "unavailable", times: 50 });
      const partSize = Math.max(smallest(t), 65_536);
      await t.rejects(
        () => store.put("a", t.data(partSize * 3), { partSize, multipartThreshold: partSize, retries: 0 }),
        "Unavailable",
        "put",
      );
      await t.absent("a");
      const door = await t.sideDoor();
      t.equal(await door.listUploads?.(), [], "uploads left");
    },
    { parts: ["faults", "listUploads"] },
  );

  define(
    "mp.two-handles",
    250,
    "an upload that lives in its handle",
    async (t) => {
      const upload = await begin(t);
      await upload.uploadPart(1, part(t, 1));
      const second = (await t.another()).resumeUpload(upload.token);
      await second.uploadPart(2, part(t, 2, 30));
      const third = (await t.another()).resumeUpload(JSON.parse(JSON.stringify(upload.token)) as string);
      t.equal(
        (await third.listParts()).map(({ partNumber, size }) => [partNumber, size]),
        [
          [1, smallest(t)],
          [2, 30],
        ],
        "parts",
      );
      await third.complete();
      await t.holds("a", joined(t, [1, 2], 30));
    },
    { needs: ["listParts"] },
  );

  define(
    "mp.list-parts",
    251,
    "parts in the order of arrival, or replaced ones twice",
    async (t) => {
      const upload = await begin(t);
      t.equal(await upload.listParts(), [], "parts at first");
      for (const number of [2, 1, 2]) await upload.uploadPart(number, part(t, number));
      const parts = await upload.listParts();
      t.equal(
        parts.map(({ partNumber, size }) => [partNumber, size]),
        [
          [1, smallest(t)],
          [2, smallest(t)],
        ],
        "parts",
      );
      await upload.abort();
    },
    { needs: ["listParts"] },
  );

  define(
    "mp.list-uploads",
    251,
    "abandoned uploads that nobody can find",
    async (t) => {
      const [one, other] = [await begin(t, "dir/a"), await begin(t, "b")];
      const found = async (prefix: string): Promise<string[]> => {
        const keys: string[] = [];
        for await (const { key } of t.store.listUploads({ prefix })) keys.push(key);
        return keys.toSorted();
      };
      t.equal(await found(""), ["b", "dir/a"], "uploads");
      t.equal(await found("dir/"), ["dir/a"], "uploads below dir/");
      for await (const { token } of t.store.listUploads({ prefix: "dir/" })) await t.store.abortUpload(token);
      t.equal(await found(""), ["b"], "uploads after abortUpload");
      await t.rejects(() => one.uploadPart(1, part(t, 1)), "NotFound", "uploadPart after abortUpload");
      await other.complete();
      t.equal(await found(""), [], "uploads after complete");
    },
    { needs: ["listUploads"], size: "S" },
  );

  define(
    "mp.list-uploads-resume",
    251,
    "a listed upload that cannot be gone on with",
    async (t) => {
      const upload = await begin(t);
      await upload.uploadPart(1, part(t, 1));
      for await (const { token, key } of t.store.listUploads()) {
        t.equal(key, "a", "key");
        const resumed = t.store.resumeUpload(token);
        await resumed.uploadPart(2, part(t, 2, 20));
        await resumed.complete();
      }
      await t.holds("a", joined(t, [1, 2], 20));
    },
    { needs: ["listUploads", "listParts"] },
  );

  define(
    "mp.abort-reclaims",
    236,
    "space of an aborted upload still taken",
    async (t) => {
      const door = await t.sideDoor();
      const before = await door.listRaw();
      const upload = await begin(t);
      await upload.uploadPart(1, part(t, 1));
      await upload.abort();
      t.equal((await door.listUploads?.()) ?? [], [], "uploads left");
      t.equal((await door.listRaw()).toSorted(), [...before].toSorted(), "everything that takes space");
    },
    {
      parts: ["sideDoor"],
      unless: ({ multipartBehaviour }) => (multipartBehaviour.abortReclaims ? undefined : "the service frees it later"),
    },
  );

  define("mp.put-in-parts-equals-put", 228, "a large put whose object differs from a small one's", async (t) => {
    const partSize = Math.max(smallest(t), 65_536);
    const body = t.data(partSize * 2 + 12_345);
    const written = await t.store.put("a", body, { partSize, multipartThreshold: partSize, concurrency: 2 });
    t.equal(written.size, body.byteLength, "size told by put");
    await t.holds("a", body);
    t.equal((await t.store.stat("a")).etag, written.etag, "etag");
  });
});
