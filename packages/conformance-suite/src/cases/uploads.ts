import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import { begin, joined, part, smallest } from "./parts.js";

export const uploadCases: readonly Case[] = defineArea("M", (all) => {
  const define: typeof all = (id, list, why, run, extra = {}) =>
    all(id, list, why, run, { size: "M", ...extra, needs: ["multipart", ...(extra.needs ?? [])] });

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
      const token: string = JSON.parse(JSON.stringify(upload.token));
      const third = (await t.another()).resumeUpload(token);
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

  define("mp.abort-leaves-other", 236, "an abort that ends every upload to the key", async (t) => {
    const [one, other] = [await begin(t), await begin(t)];
    await one.uploadPart(1, part(t, 1));
    await other.uploadPart(1, part(t, 2));
    await one.abort();
    await t.rejects(() => one.uploadPart(2, part(t, 3)), "NotFound", "uploadPart after abort");
    await other.uploadPart(2, part(t, 4, 40));
    await other.complete();
    await t.holds("a", joined(t, [2, 4], 40));
  });

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
