import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

export const writerCases: readonly Case[] = defineArea("C", (define) => {
  const streamed = { needs: ["putStream"] } as const;

  define(
    "stream.no-write-then-close",
    31,
    "a writer closed without a write",
    async (t) => {
      const writer = t.store.createWriter("a");
      const written = await writer.close();
      t.equal(written.size, 0, "size told by close");
      await t.holds("a", "");
    },
    streamed,
  );

  define(
    "stream.not-visible-until-close",
    36,
    "readers see half an object",
    async (t) => {
      const writer = t.store.createWriter("a");
      await writer.write(t.data(50_000));
      await t.absent("a");
      await t.lists([]);
      await writer.write(t.data(10));
      await writer.close();
      t.equal((await t.store.stat("a")).size, 50_010, "size after close");
    },
    streamed,
  );

  define(
    "stream.previous-readable-until-close",
    37,
    "the old object goes when the write begins",
    async (t) => {
      await t.store.put("a", "old");
      const writer = t.store.createWriter("a");
      await writer.write(t.data(50_000));
      await t.holds("a", "old");
      await writer.close();
      await t.holds("a", t.data(50_000));
    },
    streamed,
  );

  define(
    "stream.write-after-close",
    38,
    "a write that vanishes",
    async (t) => {
      const writer = t.store.createWriter("a");
      await writer.write(t.data(10));
      await writer.close();
      await t.rejects(() => writer.write(t.data(10)), ["Closed", "InvalidArgument"], "write after close");
      await t.holds("a", t.data(10));
    },
    streamed,
  );

  define(
    "stream.close-twice",
    38,
    "a second close that writes an empty object",
    async (t) => {
      const writer = t.store.createWriter("a");
      await writer.write(t.data(10));
      const first = await writer.close();
      const second = await writer.close().catch(() => undefined);
      if (second !== undefined) t.equal(second.etag, first.etag, "etag of the second close");
      await t.holds("a", t.data(10));
    },
    streamed,
  );

  define(
    "stream.abort-twice",
    38,
    "an abort that fails the clean-up",
    async (t) => {
      const writer = t.store.createWriter("a");
      await writer.write(t.data(10));
      await writer.abort();
      await writer.abort();
      await t.failure(() => writer.close(), "close after abort");
      await t.absent("a");
    },
    streamed,
  );

  for (const [name, bytes] of Object.entries({ "before-first-byte": 0, "after-bytes": 100_000 })) {
    define(
      `stream.abort/${name}`,
      39,
      "an abort that commits",
      async (t) => {
        const writer = t.store.createWriter("a");
        if (bytes > 0) await writer.write(t.data(bytes));
        await writer.abort(new Error("changed my mind"));
        await t.absent("a");
        await t.lists([]);
      },
      { ...streamed, size: bytes > 65_536 ? "M" : "S" },
    );
  }

  define(
    "stream.abort/with-parts",
    39,
    "an abort that leaves the parts in flight",
    async (t) => {
      const store = await t.another({ partSize: 5_242_880, multipartThreshold: 5_242_880, concurrency: 2 });
      const writer = store.createWriter("a");
      await writer.write(t.data(7_000_000));
      await writer.abort();
      await t.absent("a");
    },
    { ...streamed, size: "M" },
  );

  define(
    "stream.abort-over-existing",
    40,
    "the old object lost to an aborted write",
    async (t) => {
      await t.store.put("a", "old");
      const writer = t.store.createWriter("a");
      await writer.write(t.data(1000));
      await writer.abort();
      await t.holds("a", "old");
    },
    streamed,
  );

  define(
    "stream.dispose-aborts",
    40,
    "a writer left by an exception that commits half an object",
    async (t) => {
      await t.store.put("a", "old");
      {
        await using writer = t.store.createWriter("a");
        await writer.write(t.data(1000));
      }
      await t.holds("a", "old");
    },
    streamed,
  );

  define(
    "stream.writable",
    36,
    "the WritableStream side of a writer",
    async (t) => {
      const writer = t.store.createWriter("a");
      await new Blob([t.data(200_000)]).stream().pipeTo(writer.writable);
      await t.holds("a", t.data(200_000));
    },
    { ...streamed, size: "M" },
  );

  define(
    "stream.consumer-destroyed",
    42,
    "a pipe into a destroyed writer that never ends",
    async (t) => {
      const writer = t.store.createWriter("a");
      const stream = writer.writable.getWriter();
      await stream.write(t.data(1000));
      const reason = new Error("destroyed");
      await stream.abort(reason);
      await t.failure(() => stream.closed, "closed");
      await t.absent("a");
    },
    streamed,
  );
});
