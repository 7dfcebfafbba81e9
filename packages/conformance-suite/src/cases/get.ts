import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import { beforeReads } from "../instrument/before-reads.js";

/** All bytes of a stream. */
async function drain(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const readCases: readonly Case[] = defineArea("D", (define) => {
  for (const size of [0, 1, 70_001, 1_048_577]) {
    define(
      `get.full/${size}B`,
      44,
      "one way to read gives other bytes than another",
      async (t) => {
        const body = t.data(size);
        await t.store.put("a", body);
        t.bytes((await t.store.get("a")).bytes, body, "get");
        t.bytes(await drain((await t.store.getStream("a")).stream), body, "getStream");
        const [many] = await t.store.getMany(["a"]);
        t.bytes(many?.ok === true ? many.value.bytes : t.fail("getMany failed"), body, "getMany");
      },
      { size: size > 65_536 ? "M" : "S" },
    );

    define(
      `get.into/${size}B`,
      44,
      "bytes beside their place in the caller's buffer",
      async (t) => {
        const body = t.data(size);
        await t.store.put("a", body);
        const buffer = new Uint8Array(size + 16).fill(0xaa);
        const { bytesRead, info } = await t.store.getInto("a", buffer.subarray(8, 8 + size));
        t.equal([bytesRead, info.size], [size, size], "bytesRead and size");
        t.bytes(buffer.subarray(8, 8 + size), body, "buffer");
        t.bytes(buffer.subarray(0, 8), new Uint8Array(8).fill(0xaa), "bytes before the view");
        t.bytes(buffer.subarray(8 + size), new Uint8Array(8).fill(0xaa), "bytes after the view");
      },
      { size: size > 65_536 ? "M" : "S", needs: ["getInto"] },
    );
  }

  define(
    "get.into-too-small",
    44,
    "an object cut to the buffer in silence",
    async (t) => {
      await t.store.put("a", t.data(100));
      const buffer = new Uint8Array(99);
      const outcome = await t.failure(() => t.store.getInto("a", buffer), "getInto a smaller buffer");
      t.ok(outcome instanceof Error, "an error");
    },
    { needs: ["getInto"] },
  );

  define("get.many", 44, "results of a bulk read in another order, or one failure for all", async (t) => {
    await t.store.put("a", "1");
    await t.store.put("c", "3");
    const found = await t.store.getMany(["c", "b", "a", "c"]);
    t.equal(
      found.map((one) => [one.key, one.ok ? one.value.text() : one.error.code]),
      [
        ["c", "3"],
        ["b", "NotFound"],
        ["a", "1"],
        ["c", "3"],
      ],
      "outcomes",
    );
    t.equal(await t.store.getMany([]), [], "outcomes of no keys");
  });

  define("get.many-arena", 44, "results that overlap in the caller's memory", async (t) => {
    const keys = ["a", "b", "c"];
    for (const [index, key] of keys.entries()) await t.store.put(key, t.data(1000, index));
    const arena = new Uint8Array(2500);
    const found = await t.store.getMany(keys, { arena });
    for (const [index, one] of found.entries()) {
      t.bytes(one.ok ? one.value.bytes : t.fail(`${one.key} was not read`), t.data(1000, index), one.key);
    }
  });

  for (const key of ["missing", "dir/missing", "nodir/missing"]) {
    define(`get.missing/${key.replace("/", "-")}`, 45, "a missing object read as an empty one", async (t) => {
      await t.store.put("dir/there", "1");
      await t.rejects(() => t.store.get(key), "NotFound", "get");
      await t.rejects(() => t.store.getStream(key), "NotFound", "getStream");
      await t.rejects(() => t.store.get(key, { range: { offset: 0, length: 1 } }), "NotFound", "ranged get");
      if (t.has("getRanges")) {
        await t.rejects(() => t.store.getRanges(key, [{ offset: 0, length: 1 }]), "NotFound", "getRanges");
      }
      await t.rejects(() => t.store.stat(key), "NotFound", "stat");
      t.equal(await t.store.exists(key), false, "exists");
    });
  }

  define("get.missing/after-delete", 45, "bytes that outlive their object", async (t) => {
    await t.store.put("a", t.data(100));
    await t.store.delete("a");
    await t.rejects(() => t.store.get("a"), "NotFound", "get");
    await t.rejects(() => t.store.getStream("a"), "NotFound", "getStream");
    if (t.has("getInto")) await t.rejects(() => t.store.getInto("a", new Uint8Array(100)), "NotFound", "getInto");
  });

  define("get.prefix-is-not-object", 46, "a directory read as an object", async (t) => {
    await t.store.put("dir/child", "1");
    await t.rejects(() => t.store.get("dir"), "NotFound", "get");
    await t.rejects(() => t.store.stat("dir"), "NotFound", "stat");
    await t.rejects(() => t.store.get("di"), "NotFound", "get of a shorter prefix");
    t.equal(await t.store.exists("dir"), false, "exists");
  });

  define(
    "get.partial-consume",
    47,
    "a stream left midway that holds its file or socket",
    async (t) => {
      const body = t.data(600_000);
      await t.store.put("a", body);
      for (let turn = 0; turn < 20; turn += 1) {
        const { stream } = await t.store.getStream("a");
        const reader = stream.getReader();
        const { value } = await reader.read();
        t.ok(value !== undefined && value.byteLength > 0, "a first chunk");
        await reader.cancel();
      }
      await t.holds("a", body);
    },
    { size: "M" },
  );

  define(
    "get.never-consumed",
    48,
    "answers nobody reads that use up the pool",
    async (t) => {
      await t.store.put("a", t.data(10_000));
      for (let turn = 0; turn < 200; turn += 1) {
        await using answer = await t.store.getStream("a");
        t.equal(answer.info.size, 10_000, "size");
      }
      await t.holds("a", t.data(10_000));
    },
    { size: "M" },
  );

  define(
    "get.twice-concurrently",
    49,
    "two readers of one position",
    async (t) => {
      const body = t.data(300_000);
      await t.store.put("a", body);
      const [one, other] = await Promise.all([t.store.getStream("a"), t.store.getStream("a")]);
      const [first, second] = await Promise.all([drain(one.stream), drain(other.stream)]);
      t.bytes(first, body, "first reader");
      t.bytes(second, body, "second reader");
    },
    { size: "M" },
  );

  define("get.body-once", 50, "a stream read twice gives its end, not its bytes, the second time", async (t) => {
    await t.store.put("a", t.data(1000));
    const { stream } = await t.store.getStream("a");
    t.bytes(await drain(stream), t.data(1000), "first reading");
    t.equal((await drain(stream).catch(() => new Uint8Array(0))).byteLength, 0, "bytes of a second reading");
  });

  define("get.output-mutable", 51, "what the caller does to its bytes changes the store", async (t) => {
    await t.store.put("a", t.data(5000));
    (await t.store.get("a")).bytes.fill(0);
    for await (const chunk of (await t.store.getStream("a")).stream) chunk.fill(0);
    await t.holds("a", t.data(5000));
  });

  define("get.owns-its-buffer", 51, "neighbours visible through .buffer", async (t) => {
    await t.store.put("a", t.data(100));
    const whole = (await t.store.get("a")).bytes;
    t.equal([whole.byteOffset, whole.buffer.byteLength], [0, 100], "offset and size of the buffer");
    const part = (await t.store.get("a", { range: { offset: 10, length: 5 } })).bytes;
    t.equal([part.byteOffset, part.buffer.byteLength], [0, 5], "offset and size of a range's buffer");
    if (!t.has("getRanges")) return;
    const { ranges } = await t.store.getRanges("a", [
      { offset: 1, length: 2 },
      { offset: 4, length: 3 },
    ]);
    t.equal(
      ranges.map(({ byteOffset, buffer }) => [byteOffset, buffer.byteLength]),
      [
        [0, 2],
        [0, 3],
      ],
      "offset and size of each range's buffer",
    );
  });

  for (const size of [1_048_576, 4_194_304]) {
    define(
      `get.while-overwritten/${size}B`,
      52,
      "a reader that gets half of each version",
      async (t) => {
        const [old, fresh] = [t.data(size, 1), t.data(size, 2)];
        await t.store.put("a", old);
        const { stream } = await t.store.getStream("a");
        const reader = stream.getReader();
        const first = await reader.read();
        await t.store.put("a", fresh);
        const chunks = [first.value ?? new Uint8Array(0)];
        const whole = await (async () => {
          for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
          return Buffer.concat(chunks);
        })().catch(() => undefined);
        if (whole !== undefined) t.oneOf(whole, [old, fresh], "what the reader got");
        await t.holds("a", fresh);
      },
      { size: "M" },
    );
  }

  define(
    "get.while-deleted",
    53,
    "a reader whose object goes gets a short body",
    async (t) => {
      const body = t.data(2_000_000);
      await t.store.put("a", body);
      const { stream } = await t.store.getStream("a");
      const reader = stream.getReader();
      const first = await reader.read();
      await t.store.delete("a");
      const chunks = [first.value ?? new Uint8Array(0)];
      const whole = await (async () => {
        for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
        return Buffer.concat(chunks);
      })().catch(() => undefined);
      if (whole !== undefined) t.bytes(whole, body, "what the reader got");
      await t.absent("a");
    },
    { size: "M" },
  );

  define("get.info-with-body", 54, "a second request for what the answer already said", async (t) => {
    const written = await t.store.put("a", t.data(100));
    for (const { info } of [
      await t.store.get("a"),
      await t.store.getStream("a").then(async (answer) => (await answer.stream.cancel(), answer)),
    ]) {
      t.equal([info.key, info.size, info.etag], ["a", 100, written.etag], "info");
    }
  });

  define("get.text", 54, "text decoded with another encoding", async (t) => {
    await t.store.put("a", "naïve ☺");
    t.equal((await t.store.get("a")).text(), "naïve ☺", "text");
  });

  for (const [partSize, concurrency] of [
    [65_536, 1],
    [100_003, 3],
    [1_000_000, 8],
  ] as const) {
    define(
      `get.chunked-equals-plain/${partSize}x${concurrency}`,
      55,
      "parts joined at the wrong place",
      async (t) => {
        const body = t.data(1_500_007);
        await t.store.put("a", body);
        const options = { partSize, concurrency, rangeThreshold: 65_536 };
        t.bytes((await t.store.get("a", options)).bytes, body, "get in parts");
        const range = { offset: 65_535, length: 700_003 };
        t.bytes(
          (await t.store.get("a", { ...options, range })).bytes,
          body.subarray(65_535, 765_538),
          "range in parts",
        );
      },
      { size: "M" },
    );
  }

  define(
    "get.changed-between-parts",
    55,
    "parts of two versions spliced together",
    async (t) => {
      const [old, fresh] = [t.data(900_000, 1), t.data(900_000, 2)];
      await t.store.put("a", old);
      const other = await t.another();
      let reads = 0;
      const change = async (read: number): Promise<void> => {
        reads = read;
        if (read === 2) await other.put("a", fresh);
      };
      const store = await t.over((driver) => beforeReads(driver, change));
      const parts = { partSize: 65_536, concurrency: 1, rangeThreshold: 65_536 };
      const outcome = await store.get("a", parts).then(
        ({ bytes }) => bytes,
        (error: unknown) => error,
      );
      t.ok(reads > 1, "the object was read in parts");
      if (outcome instanceof Uint8Array) t.oneOf(outcome, [old, fresh], "what was read");
      else await t.rejects(() => Promise.reject(outcome), "PreconditionFailed", "get");
    },
    { size: "M", parts: ["driver"], needs: ["conditionalRead"] },
  );
});
