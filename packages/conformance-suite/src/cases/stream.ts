import { getEventListeners } from "node:events";
import { Readable } from "node:stream";
import type { StoreErrorCode } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

const sizeMismatch: readonly StoreErrorCode[] = ["InvalidArgument", "IntegrityMismatch"];

async function* chunked(bytes: Uint8Array, size: number, withEmpty = false): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) {
    if (withEmpty) yield new Uint8Array(0);
    yield bytes.slice(at, at + size);
  }
  if (withEmpty) yield new Uint8Array(0);
}

async function* failing(bytes: Uint8Array, reason: unknown): AsyncGenerator<Uint8Array> {
  yield bytes;
  await Promise.resolve();
  throw reason;
}

/** A source that records how it ended. */
function tracked(bytes: Uint8Array, chunk: number): { source: AsyncIterable<Uint8Array>; ended(): boolean } {
  let ended = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* chunked(bytes, chunk);
    } finally {
      ended = true;
    }
  }
  return { source: source(), ended: () => ended };
}

export const streamCases: readonly Case[] = defineArea("C", (define) => {
  const streamed = { needs: ["putStream"] } as const;

  for (const [name, chunk, size] of [
    ["1B", 1, 3000],
    ["prime", 977, 100_000],
    ["1MiB", 1_048_576, 3_500_000],
  ] as const) {
    define(
      `stream.chunking/${name}`,
      29,
      "chunks lost, repeated or reordered",
      async (t) => {
        const body = t.data(size);
        await t.store.put("a", chunked(body, chunk));
        await t.holds("a", body);
      },
      { ...streamed, size: size > 65_536 ? "M" : "S" },
    );
  }

  define(
    "stream.sizes",
    29,
    "a size at which a buffer, block or chunk is just full",
    async (t) => {
      for (const size of [511, 512, 513, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_072, 262_143]) {
        const body = t.data(size);
        await t.store.put("a", chunked(body, 4096));
        await using answer = await t.store.getStream("a");
        const received: Uint8Array[] = [];
        for await (const chunk of answer.stream) received.push(chunk);
        t.bytes(Buffer.concat(received), body, `stream of ${size} bytes`);
      }
    },
    { ...streamed, size: "M" },
  );

  define(
    "stream.chunking/empty-chunks",
    29,
    "an empty chunk taken for the end",
    async (t) => {
      const body = t.data(5000);
      await t.store.put("a", chunked(body, 700, true));
      await t.holds("a", body);
    },
    streamed,
  );

  define(
    "stream.chunking/node-readable",
    29,
    "a Readable in flowing mode that loses its first chunks",
    async (t) => {
      const body = t.data(300_000);
      await t.store.put("a", Readable.from(chunked(body, 7000)));
      await t.holds("a", body);
    },
    { ...streamed, size: "M" },
  );

  define(
    "stream.unknown-size",
    30,
    "unknown size taken for zero, or only possible on a new key",
    async (t) => {
      await t.store.put("a", chunked(t.data(4000), 1000));
      await t.holds("a", t.data(4000));
      await t.store.put("a", chunked(t.data(1500, 1), 1000));
      await t.holds("a", t.data(1500, 1));
    },
    streamed,
  );

  define(
    "stream.empty-source",
    31,
    "a stream that ends at once",
    async (t) => {
      await t.store.put("a", chunked(new Uint8Array(0), 1));
      await t.holds("a", "");
      t.equal((await t.store.stat("a")).size, 0, "size");
    },
    streamed,
  );

  define(
    "stream.source-error",
    32,
    "half an object stored because the source failed",
    async (t) => {
      const reason = new Error("the source broke");
      const error = await t.failure(() => t.store.put("a", failing(t.data(100_000), reason)), "put");
      t.ok(error === reason || (error instanceof Error && error.cause === reason), "the source's error is the cause");
      await t.absent("a");
      await t.lists([]);
    },
    { ...streamed, size: "M" },
  );

  define(
    "stream.source-error-over-existing",
    33,
    "the old object lost to a broken source",
    async (t) => {
      await t.store.put("a", "old");
      await t.failure(() => t.store.put("a", failing(t.data(100_000), new Error("broke"))), "put");
      await t.holds("a", "old");
    },
    { ...streamed, size: "M" },
  );

  define(
    "stream.source-error-large",
    32,
    "parts left behind by a source that fails late",
    async (t) => {
      const store = await t.another({ partSize: 5_242_880, multipartThreshold: 5_242_880 });
      await t.failure(() => store.put("a", failing(t.data(6_000_000), new Error("broke"))), "put");
      await t.absent("a");
    },
    { ...streamed, size: "M" },
  );

  for (const size of [10, 70_000]) {
    define(
      `stream.short-eof/${size}B`,
      34,
      "a promise of 2N bytes kept with N: a hang, or a short object",
      async (t) => {
        await t.rejects(() => t.store.put("a", chunked(t.data(size), 4096), { size: size * 2 }), sizeMismatch, "put");
        await t.absent("a");
      },
      size > 65_536 ? { size: "M" } : {},
    );
  }

  define("stream.long-source", 35, "bytes beyond the declared size cut off in silence", async (t) => {
    await t.store.put("kept", "old");
    for (const key of ["a", "kept"]) {
      await t.rejects(() => t.store.put(key, chunked(t.data(101), 10), { size: 100 }), sizeMismatch, "put");
    }
    await t.absent("a");
    await t.holds("kept", "old");
  });

  define(
    "stream.backpressure",
    41,
    "a fast source read into memory whole",
    async (t) => {
      const store = await t.another({ partSize: 5_242_880, multipartThreshold: 5_242_880, concurrency: 1 });
      const piece = t.data(262_144);
      let produced = 0;
      let sent = 0;
      let ahead = 0;
      async function* source(): AsyncGenerator<Uint8Array> {
        for (let index = 0; index < 160; index += 1) {
          produced += piece.byteLength;
          ahead = Math.max(ahead, produced - sent);
          yield piece;
        }
      }
      await store.put("a", source(), { onProgress: ({ bytes }) => void (sent = bytes) });
      t.equal((await t.store.stat("a")).size, 41_943_040, "size");
      t.ok(ahead <= 21_000_000, `the source was read ${ahead} bytes ahead of what was sent`);
    },
    { ...streamed, size: "L" },
  );

  define(
    "stream.source-closed/success",
    43,
    "a source left open holds its file",
    async (t) => {
      const { source, ended } = tracked(t.data(10_000), 1000);
      await t.store.put("a", source);
      t.ok(ended(), "the source was read to its end");
      await t.holds("a", t.data(10_000));
    },
    streamed,
  );

  define("stream.source-closed/error", 43, "a source not released when the put is refused", async (t) => {
    const { source, ended } = tracked(t.data(10_000), 1000);
    await t.rejects(() => t.store.put("a", source, { size: 5000 }), sizeMismatch, "put");
    t.ok(ended(), "the source was released");
    await t.absent("a");
  });

  define(
    "stream.source-closed/abort",
    43,
    "a source not released when the put is aborted",
    async (t) => {
      const controller = t.controller();
      const reason = new Error("enough");
      let released = false;
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          for (let index = 0; index < 10_000; index += 1) {
            if (index === 3) controller.abort(reason);
            yield t.data(1000);
            await new Promise((resolve) => setImmediate(resolve));
          }
        } finally {
          released = true;
        }
      }
      await t.rejectsWith(() => t.store.put("a", endless(), { signal: controller.signal }), reason, "put");
      for (let turn = 0; turn < 100 && !released; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      t.ok(released, "the source was released");
      t.equal(getEventListeners(controller.signal, "abort").length, 0, "listeners left");
      await t.absent("a");
    },
    streamed,
  );
});
