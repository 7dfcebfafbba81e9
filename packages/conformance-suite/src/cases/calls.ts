import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CallCounts } from "../instrument/counting.js";

/** How many calls of the driver an operation costs: what a user pays a service for. */
export const callCases: readonly Case[] = defineArea("T", (all) => {
  const define: typeof all = (id, list, why, run, extra = {}) =>
    all(id, list, why, run, { ...extra, parts: ["driver"] });
  const counted = (calls: CallCounts): Record<string, number> => calls.toJSON();

  define("calls.stat", [], "a second request for what one says", async (t) => {
    const { store, calls } = await t.counting();
    await t.store.put("a", "1");
    await store.stat("a");
    t.equal(counted(calls), { stat: 1 }, "driver calls of stat");
  });

  define("calls.exists", [], "a listing to learn whether one object is there", async (t) => {
    const { store, calls } = await t.counting();
    await store.exists("a");
    t.equal(counted(calls), { stat: 1 }, "driver calls of exists");
  });

  define("calls.small-get", [], "a stat before every read", async (t) => {
    await t.store.put("a", t.data(1000));
    const { store, calls } = await t.counting();
    await store.get("a");
    t.equal([calls.reads, calls.total], [1, 1], "reads and driver calls of a small get");
    calls.reset();
    await store.get("a", { range: { offset: 1, length: 10 } });
    t.equal([calls.reads, calls.total], [1, 1], "reads and driver calls of a ranged get");
    calls.reset();
    const { stream } = await store.getStream("a");
    await stream.cancel();
    t.equal(counted(calls), { read: 1 }, "driver calls of getStream");
  });

  define(
    "calls.get-into",
    [],
    "a stat, or a copy, before a read into memory that is there",
    async (t) => {
      await t.store.put("a", t.data(1000));
      const { store, calls } = await t.counting();
      await store.getInto("a", new Uint8Array(1000));
      t.equal([calls.reads, calls.total], [1, 1], "reads and driver calls of getInto");
    },
    { needs: ["getInto"] },
  );

  define("calls.empty-range", 61, "a request for no bytes", async (t) => {
    await t.store.put("a", t.data(1000));
    const { store, calls } = await t.counting();
    await store.get("a", { range: { offset: 5, length: 0 } });
    await store.get("a", { range: { suffix: 0 } });
    t.equal(counted(calls), { stat: 2 }, "driver calls of two empty ranges");
  });

  define("calls.small-put", [], "a multipart upload, or a stat, for a small object", async (t) => {
    const { store, calls } = await t.counting();
    await store.put("a", t.data(1000));
    await store.put("b", "text");
    t.equal(counted(calls), { write: 2 }, "driver calls of two small puts");
  });

  define("calls.delete", [], "a stat before a delete", async (t) => {
    const { store, calls } = await t.counting();
    await store.delete("a");
    t.equal(counted(calls), { delete: 1 }, "driver calls of delete");
  });

  define(
    "calls.delete-many",
    [],
    "a request a key where the service takes many",
    async (t) => {
      const { store, calls } = await t.counting();
      await store.deleteMany(["a", "b", "c"]);
      t.equal(
        counted(calls),
        t.capabilities.deleteMany === "native" ? { deleteMany: 1 } : { delete: 3 },
        "driver calls of deleteMany",
      );
    },
    { needs: ["deleteMany"] },
  );

  define("calls.list", [], "a request an entry", async (t) => {
    for (const key of ["a", "b", "c"]) await t.store.put(key, "1");
    const { store, calls } = await t.counting();
    await store.list().toArray();
    t.equal(counted(calls), { list: 1 }, "driver pages of a short listing");
  });

  define(
    "calls.copy",
    [],
    "bytes that travel where the service could copy",
    async (t) => {
      await t.store.put("a", t.data(1000));
      const { store, calls } = await t.counting();
      await store.copy("a", "b");
      if (t.capabilities.copy === "native") t.equal(counted(calls), { copyFrom: 1 }, "driver calls of copy");
      else t.equal([calls.of("write"), calls.reads], [1, 1], "writes and reads of a small copy");
    },
    { needs: ["copy"] },
  );

  define(
    "calls.rename",
    [],
    "a copy where the store could move",
    async (t) => {
      await t.store.put("a", t.data(1000));
      const { store, calls } = await t.counting();
      await store.rename("a", "b");
      if (t.capabilities.rename === "native") t.equal(counted(calls), { rename: 1 }, "driver calls of rename");
      else t.equal(calls.of("delete"), 1, "deletes of a rename");
    },
    { needs: ["rename"] },
  );

  define(
    "calls.get-ranges",
    70,
    "a request a range where close ones travel together",
    async (t) => {
      await t.store.put("a", t.data(10_000));
      const { store, calls } = await t.counting();
      await store.getRanges("a", [
        { offset: 0, length: 10 },
        { offset: 100, length: 10 },
        { offset: 500, length: 10 },
      ]);
      t.equal(calls.reads, 1, "reads of three close ranges");
    },
    { needs: ["getRanges"] },
  );

  define(
    "calls.multipart",
    [],
    "parts sent twice, or listed for nothing",
    async (t) => {
      const { store, calls } = await t.counting();
      const partSize = t.capabilities.limits.partBytesMin ?? 1000;
      const upload = await store.beginUpload("a", { partSize });
      await upload.uploadPart(1, t.data(partSize));
      await upload.uploadPart(2, t.data(10));
      await upload.complete();
      t.equal(
        [calls.of("multipart.begin"), calls.of("multipart.uploadPart"), calls.of("multipart.complete")],
        [1, 2, 1],
        "begins, parts and completes",
      );
    },
    { needs: ["multipart"], size: "M" },
  );

  define("calls.bad-arguments", 10, "a request for what cannot be right", async (t) => {
    const { store, calls } = await t.counting();
    await t.failure(() => store.get("../x"), "get");
    await t.failure(() => store.put("", "1"), "put");
    await t.failure(() => store.get("a", { range: { offset: -1 } }), "get");
    await t.failure(() => store.deletePrefix(""), "deletePrefix");
    if (t.has("copy")) await t.failure(() => store.copy("a", "a"), "copy");
    t.equal(counted(calls), {}, "driver calls");
  });
});
