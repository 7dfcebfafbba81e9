import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import { forwardDriver } from "../instrument/forward.js";

export const integrityCases: readonly Case[] = defineArea("S", (define) => {
  define(
    "int.corrupted-byte",
    316,
    "a flipped byte that spreads, or is hidden by a cache",
    async (t) => {
      const body = t.data(5000);
      await t.store.put("a", body);
      const door = await t.sideDoor();
      await door.corrupt?.("a");
      const outcome = await t.store.get("a").then(
        ({ bytes }) => bytes,
        (error: unknown) => error,
      );
      if (outcome instanceof Uint8Array) {
        const wrong = body.filter((byte, index) => byte !== outcome[index]).length;
        t.equal([outcome.byteLength, wrong], [5000, 1], "size, and bytes that differ");
      } else {
        await t.rejects(() => Promise.reject(outcome), "IntegrityMismatch", "get");
      }
    },
    { parts: ["corrupt"] },
  );

  define(
    "int.short-answer",
    316,
    "a body that ends early taken for the whole",
    async (t) => {
      await t.store.put("a", t.data(5000));
      const { store, inject } = await t.faulty();
      await inject({ on: "read", kind: "cut", afterBytes: 1000, times: 50 });
      await t.failure(async () => {
        const { stream } = await store.getStream("a", { retries: 0 });
        for await (const chunk of stream) t.ok(chunk.byteLength <= 1000, "what came");
      }, "reading a body that is cut");
    },
    { parts: ["faults"] },
  );

  define(
    "int.written-size",
    314,
    "a write cut on its way told as success",
    async (t) => {
      const store = await t.over((driver) =>
        forwardDriver(driver, {
          async write(key, body, call) {
            const written = await driver.write(key, body, call);
            return { ...written, size: written.size - 1 };
          },
        }),
      );
      const error = await t.rejects(() => store.put("a", t.data(100)), "IntegrityMismatch", "put");
      t.equal(error.committed, "unknown", "committed");
    },
    { parts: ["driver"] },
  );

  define(
    "int.multipart-etag",
    317,
    "the etag of an object made of parts taken for a checksum",
    async (t) => {
      const partSize = t.capabilities.limits.partBytesMin ?? 1000;
      const upload = await t.store.beginUpload("a", { partSize });
      await upload.uploadPart(1, t.data(partSize));
      await upload.uploadPart(2, "end");
      const { etag } = await upload.complete();
      const info = await t.store.stat("a");
      t.equal(info.etag, etag, "etag of stat");
      if (t.capabilities.conditionalRead !== "unsupported")
        t.equal((await t.store.get("a", { ifMatch: etag })).info.size, partSize + 3, "size by ifMatch");
      await t.store.copy("a", "b");
      t.equal((await t.store.stat("b")).size, partSize + 3, "size of the copy");
    },
    { needs: ["multipart"], size: "M" },
  );

  define(
    "ver.read-old",
    318,
    "the latest version read instead of the one asked for",
    async (t) => {
      const first = await t.store.put("a", "1");
      const second = await t.store.put("a", "22");
      t.ok(first.versionId !== undefined && second.versionId !== undefined, "put tells the version");
      t.equal((await t.store.get("a", { versionId: first.versionId })).text(), "1", "the first version");
      t.equal((await t.store.stat("a", { versionId: first.versionId })).size, 1, "size of the first version");
      t.equal((await t.store.get("a")).text(), "22", "the latest version");
      await t.store.delete("a", { versionId: second.versionId });
      t.equal((await t.store.get("a")).text(), "1", "after deleting the second version");
    },
    { needs: ["versions"] },
  );

  define(
    "large.200MiB",
    322,
    "sizes kept in too few bits, or in memory whole",
    async (t) => {
      const piece = t.data(1_048_576);
      async function* source(): AsyncGenerator<Uint8Array> {
        for (let index = 0; index < 200; index += 1) yield piece;
      }
      const written = await t.store.put("a", source(), { size: 209_715_200 });
      t.equal(written.size, 209_715_200, "size");
      const { bytes } = await t.store.get("a", { range: { offset: 199 * 1_048_576 + 100, length: 1000 } });
      t.bytes(bytes, piece.subarray(100, 1100), "bytes near the end");
      const { stream } = await t.store.getStream("a");
      let read = 0;
      for await (const chunk of stream) read += chunk.byteLength;
      t.equal(read, 209_715_200, "bytes streamed");
    },
    { size: "L", deadline: 120_000 },
  );
});
