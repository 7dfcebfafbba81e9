import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import { begin, joined, part, smallest } from "./parts.js";

export const uploadListCases: readonly Case[] = defineArea("M", (all) => {
  const define: typeof all = (id, list, why, run, extra = {}) =>
    all(id, list, why, run, { size: "M", ...extra, needs: ["multipart", ...(extra.needs ?? [])] });

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

  define("mp.part-told", 227, "the size of a full part told of a short one", async (t) => {
    const upload = await begin(t);
    const told = [await upload.uploadPart(2, part(t, 2, 33)), await upload.uploadPart(1, part(t, 1))];
    t.equal(
      told.map(({ partNumber, size }) => [partNumber, size]),
      [
        [2, 33],
        [1, smallest(t)],
      ],
      "number and size of each part",
    );
    await upload.abort();
  });

  define(
    "mp.list-parts-many",
    251,
    "parts in the order of text, or no more than the first few",
    async (t) => {
      const upload = await begin(t);
      for (const number of [12, 3, 11, 2, 10, 1]) await upload.uploadPart(number, part(t, number, 10));
      t.equal(
        (await upload.listParts()).map(({ partNumber }) => partNumber),
        [1, 2, 3, 10, 11, 12],
        "numbers",
      );
      await upload.abort();
    },
    { needs: ["listParts"] },
  );

  define(
    "mp.list-parts-ended",
    [238, 251],
    "an upload that ended told as one without parts",
    async (t) => {
      const [done, dropped] = [await begin(t, "done"), await begin(t, "dropped")];
      for (const upload of [done, dropped]) await upload.uploadPart(1, part(t, 1));
      await done.complete();
      await dropped.abort();
      for (const upload of [done, dropped])
        await t.rejects(() => upload.listParts(), "NotFound", `listParts of ${upload.key}`);
    },
    { needs: ["listParts"] },
  );

  define(
    "mp.list-uploads-facts",
    251,
    "one upload a key, none without parts, or a time that is none",
    async (t) => {
      const began = Date.now();
      const uploads = [await begin(t, "a &+%41"), await begin(t, "a &+%41"), await begin(t, "b/é")];
      await uploads[0]?.uploadPart(1, part(t, 1));
      const keys: string[] = [];
      for await (const { key, initiated } of t.store.listUploads()) {
        keys.push(key);
        if (initiated === undefined) continue;
        t.ok(initiated instanceof Date, `initiated of ${key} is a Date`);
        t.ok(Math.abs(initiated.getTime() - began) < 120_000, `initiated of ${key} is ${initiated.toISOString()}`);
      }
      t.equal(keys.toSorted(), ["a &+%41", "a &+%41", "b/é"], "keys");
      for (const upload of uploads) await upload.abort();
    },
    { needs: ["listUploads"], size: "S" },
  );
});
