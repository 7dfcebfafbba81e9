import { describe, expect, it } from "vitest";
import { bytesOf, failure, scriptedStore, settled } from "../../test/support/scripted-store.js";
import type { DriverRead, Progress } from "../index.js";

const small = { partSize: 8, rangeThreshold: 16 };
const large = bytesOf(100);
const streamsOnly = { methods: [] } as const;

describe("get", () => {
  it("of a small object is one call of the driver", async () => {
    const { store, script } = scriptedStore();
    script.put("k", "hello");
    const { bytes, info, range, text } = await store.get("k").then((result) => ({ ...result, text: result.text() }));
    expect([new TextDecoder().decode(bytes), text, range, info.size]).toEqual([
      "hello",
      "hello",
      { offset: 0, length: 5 },
      5,
    ]);
    expect(script.calls.map(({ method }) => method)).toEqual(["readBytes"]);
  });

  it("of a large object is split into ranges, each pinned to the first answer's etag", async () => {
    const { store, script } = scriptedStore(small);
    script.put("k", large);
    const progress: Progress[] = [];
    const { bytes, range } = await store.get("k", { onProgress: (each) => progress.push(each) });
    expect(bytes).toEqual(large);
    expect(range).toEqual({ offset: 0, length: 100 });
    expect(script.count("readBytes")).toBe(1);
    expect(script.count("readInto")).toBe(Math.ceil((100 - 16) / 8));
    expect(progress.map((each) => each.bytes)).toEqual([...progress.map((each) => each.bytes)].sort((a, b) => a - b));
    expect(progress.at(-1)).toMatchObject({ bytes: 100, totalBytes: 100, objects: 1 });
  });

  it.each([
    [{ offset: 0 }, 0, 100],
    [{ offset: 3, length: 50 }, 3, 50],
    [{ offset: 90, length: 50 }, 90, 10],
    [{ suffix: 30 }, 70, 30],
    [{ suffix: 1000 }, 0, 100],
    [{ offset: 99 }, 99, 1],
    [{ offset: 5, length: 0 }, 5, 0],
    [{ suffix: 0 }, 100, 0],
  ])(
    "of the range %j gives exactly its bytes, small, split, streamed or into a buffer",
    async (range, offset, length) => {
      for (const [options, driver] of [
        [{}, {}],
        [small, {}],
        [small, streamsOnly],
        [{}, streamsOnly],
      ] as const) {
        const { store, script } = scriptedStore(options, driver);
        script.put("k", large);
        const wanted = large.slice(offset, offset + length);
        const result = await store.get("k", { range });
        expect([result.bytes, result.range]).toEqual([wanted, { offset, length }]);
        const buffer = new Uint8Array(length + 3);
        expect(await store.getInto("k", buffer, { range })).toMatchObject({
          bytesRead: length,
          range: { offset, length },
        });
        expect(buffer.subarray(0, length)).toEqual(wanted);
        const { stream } = await store.getStream("k", { range });
        expect(new Uint8Array(await new Response(stream).arrayBuffer())).toEqual(wanted);
        expect(script.openStreams).toBe(0);
      }
    },
  );

  it.each([
    [{ offset: 100 }, "InvalidRange"],
    [{ offset: 200, length: 0 }, "InvalidRange"],
    [{ offset: -1 }, "InvalidArgument"],
    [{ offset: 0.5 }, "InvalidArgument"],
    [{ offset: 2 ** 53 }, "InvalidArgument"],
    [{ offset: 1, length: Number.MAX_SAFE_INTEGER }, "InvalidArgument"],
    [{ suffix: -1 }, "InvalidArgument"],
    [{ suffix: 1, offset: 1 }, "InvalidArgument"],
    [{ ofset: 1 }, "InvalidArgument"],
    [{}, "InvalidArgument"],
    [null, "InvalidArgument"],
    [[0, 1], "InvalidArgument"],
  ])("of the range %j is %s everywhere", async (given, code) => {
    const range = Object(given) === given ? Object(given) : given;
    for (const driver of [{}, streamsOnly]) {
      const { store, script } = scriptedStore({}, driver);
      script.put("k", large);
      await expect(store.get("k", { range })).rejects.toMatchObject({ code, operation: "get", uri: "test://box/k" });
      await expect(store.getInto("k", new Uint8Array(200), { range })).rejects.toMatchObject({ code });
      await expect(store.getStream("k", { range })).rejects.toMatchObject({ code });
      if (range !== undefined) await expect(store.getRanges("k", [range])).rejects.toMatchObject({ code });
      expect(script.openStreams).toBe(0);
    }
  });

  it("of a range of an empty object is InvalidRange, of a suffix empty", async () => {
    for (const driver of [{}, streamsOnly]) {
      const { store, script } = scriptedStore({}, driver);
      script.put("e", "");
      const range = { offset: 0, length: 5 };
      await expect(store.get("e", { range })).rejects.toMatchObject({ code: "InvalidRange" });
      await expect(store.getInto("e", new Uint8Array(9), { range })).rejects.toMatchObject({ code: "InvalidRange" });
      expect((await store.get("e", { range: { suffix: 5 } })).bytes.byteLength).toBe(0);
      expect((await store.get("e")).bytes.byteLength).toBe(0);
      expect((await store.getInto("e", new Uint8Array(9))).bytesRead).toBe(0);
    }
  });

  it("of an object that changes between its parts is PreconditionFailed, never a splice", async () => {
    for (const conditionalRead of [true, false]) {
      const { store, script } = scriptedStore(small);
      script.put("k", large);
      script.on("readInto", () => void script.put("k", large.slice().reverse()));
      // A service that ignores If-Match is found out by the etag of its answer.
      if (!conditionalRead) script.driver.readInto = ignoringConditions(script.driver.readInto);
      await expect(store.get("k")).rejects.toMatchObject({ code: "PreconditionFailed", operation: "get" });
      await expect(store.getInto("k", new Uint8Array(100))).rejects.toMatchObject({ code: "PreconditionFailed" });
    }
  });

  it("comes whole where the store cannot pin parts to one version", async () => {
    for (const driver of [{}, streamsOnly]) {
      const { store, script } = scriptedStore(small, { ...driver, native: [] });
      script.put("k", large);
      expect((await store.get("k")).bytes).toEqual(large);
      expect((await store.getInto("k", new Uint8Array(100))).bytesRead).toBe(100);
      expect(script.calls).toHaveLength(2);
    }
  });

  it("slices an answer that is wider than asked for", async () => {
    const { store, script } = scriptedStore();
    script.put("k", large);
    script.bendBytes = ({ info }) => ({ info, range: { offset: 0, length: 100 }, bytes: large.slice() });
    const { bytes, range } = await store.get("k", { range: { offset: 10, length: 5 } });
    expect([bytes, range]).toEqual([large.slice(10, 15), { offset: 10, length: 5 }]);
    const streamed = scriptedStore({}, streamsOnly);
    streamed.script.put("k", large);
    streamed.script.bendRead = (read): DriverRead => ({
      ...read,
      range: { offset: 0, length: 100 },
      chunks: chunks(large, 7),
    });
    const asked = { range: { offset: 10, length: 5 } };
    expect((await streamed.store.get("k", asked)).bytes).toEqual(large.slice(10, 15));
    const { stream } = await streamed.store.getStream("k", asked);
    expect(new Uint8Array(await new Response(stream).arrayBuffer())).toEqual(large.slice(10, 15));
    expect(streamed.script.openStreams).toBe(0);
  });

  it("refuses an answer that is narrower, elsewhere, or not what it announces", async () => {
    const { store, script } = scriptedStore();
    script.put("k", large);
    const bends = [
      { range: { offset: 10, length: 3 }, bytes: bytesOf(3) },
      { range: { offset: 12, length: 5 }, bytes: bytesOf(5) },
      { range: { offset: 10, length: 5 }, bytes: bytesOf(4) },
    ];
    for (const bent of bends) {
      script.bendBytes = ({ info }) => ({ info, ...bent });
      await expect(store.get("k", { range: { offset: 10, length: 5 } })).rejects.toMatchObject({
        code: "IntegrityMismatch",
      });
    }
    const streamed = scriptedStore({ retries: 0 }, streamsOnly);
    streamed.script.put("k", large);
    for (const [sent, code] of [
      [99, "Unavailable"],
      [101, "IntegrityMismatch"],
    ] as const) {
      streamed.script.bendRead = (read) => ({ ...read, chunks: chunks(bytesOf(sent), 7) });
      await expect(streamed.store.get("k")).rejects.toMatchObject({ code });
    }
    expect(streamed.script.openStreams).toBe(0);
  });

  it("gives memory that shows no neighbour", async () => {
    const { store, script } = scriptedStore();
    script.put("k", "hello");
    const pool = new ArrayBuffer(64);
    script.bendBytes = ({ info, range, bytes }) => {
      const view = new Uint8Array(pool, 8, 5);
      view.set(bytes);
      return { info, range, bytes: view };
    };
    const { bytes } = await store.get("k");
    expect(bytes.buffer.byteLength).toBe(5);
    script.bendBytes = ({ info, range }) => ({ info, range, bytes: Buffer.from(new ArrayBuffer(5)) });
    expect(Buffer.isBuffer((await store.get("k")).bytes)).toBe(false);
  });

  it("judges conditions, a missing object first", async () => {
    const { store, script } = scriptedStore();
    const etag = script.put("k", "x");
    expect((await store.get("k", { ifMatch: `"${etag}"` })).text()).toBe("x");
    await expect(store.get("k", { ifMatch: "other" })).rejects.toMatchObject({ code: "PreconditionFailed" });
    await expect(store.get("k", { ifNoneMatch: `W/"${etag}"` })).rejects.toMatchObject({ code: "NotModified" });
    await expect(store.get("none", { ifNoneMatch: "*" })).rejects.toMatchObject({ code: "NotFound" });
    await expect(store.get("k", { ifMatch: "" })).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(store.get("k", { ifModifiedSince: new Date(Number.NaN) })).rejects.toMatchObject({
      code: "InvalidArgument",
    });
    const without = scriptedStore({}, { native: [] });
    await expect(without.store.get("k", { ifMatch: "x" })).rejects.toMatchObject({
      code: "Unsupported",
      capability: "conditionalRead",
    });
    expect(without.script.calls).toEqual([]);
  });

  it("asks a driver that reads in parallel itself for the whole", async () => {
    const { store, script } = scriptedStore(small, { largeReads: "whole" });
    script.put("k", large);
    await store.get("k");
    await store.getInto("k", new Uint8Array(100));
    expect(script.calls).toHaveLength(2);
  });

  it("refuses options that it does not know, and arguments of the wrong kind", async () => {
    const { store } = scriptedStore();
    await expect(store.get("k", Object({ rnage: {} }))).rejects.toMatchObject({
      code: "InvalidArgument",
      operation: "get",
    });
    for (const options of [null, 5, "x", []]) {
      await expect(store.get("k", Object.assign(Object, {}) && (options as never))).rejects.toMatchObject({
        code: "InvalidArgument",
      });
    }
    await expect(store.get(5 as never)).rejects.toMatchObject({ code: "InvalidArgument", uri: "test://box/" });
    await expect(store.getInto("k", "x" as never)).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(store.get("k", { onProgress: 5 as never })).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(store.get("k", { native: { s3: {} } as never })).rejects.toMatchObject({
      code: "Unsupported",
      capability: "native.s3",
    });
  });
});

describe("getInto", () => {
  it("refuses a buffer that is too small, and fills one that is larger", async () => {
    for (const options of [{}, small]) {
      const { store, script } = scriptedStore(options);
      script.put("k", large);
      for (const size of [0, 1, 99]) {
        await expect(store.getInto("k", new Uint8Array(size))).rejects.toMatchObject({ code: "InvalidArgument" });
      }
      const buffer = new Uint8Array(300).fill(7);
      expect((await store.getInto("k", buffer)).bytesRead).toBe(100);
      expect(buffer.subarray(0, 100)).toEqual(large);
      expect(buffer.subarray(100)).toEqual(new Uint8Array(200).fill(7));
    }
  });

  it("is refused where the store declares it unsupported", async () => {
    const { store } = scriptedStore({}, { unsupported: ["getInto"] });
    await expect(store.getInto("k", new Uint8Array(1))).rejects.toMatchObject({ capability: "getInto" });
  });
});

describe("getMany", () => {
  it("gives one outcome a key, in order, failures and duplicates included", async () => {
    const { store, script } = scriptedStore();
    for (const key of ["a", "b"]) script.put(key, key);
    const outcomes = await store.getMany(["b", "none", "a", "/bad", "b"], { concurrency: 2 });
    expect(outcomes.map((each) => (each.ok ? each.value.text() : each.error.code))).toEqual([
      "b",
      "NotFound",
      "a",
      "InvalidKey",
      "b",
    ]);
    expect(outcomes[1]).toMatchObject({
      ok: false,
      error: { operation: "getMany", key: "none", uri: "test://box/none" },
    });
  });

  it("puts bytes into the arena as long as they fit, also on a retry and where the driver brings memory", async () => {
    for (const driver of [{}, streamsOnly]) {
      const { store, script } = scriptedStore({}, driver);
      for (const key of ["a", "b", "c"]) script.put(key, key.repeat(4));
      script.fail("readBytes", failure("Unavailable"));
      const arena = new Uint8Array(10);
      const outcomes = await store.getMany(["a", "b", "c"], { arena, concurrency: 1 });
      const results = outcomes.map((each) => (each.ok ? each.value : undefined));
      expect(results.map((each) => each?.text())).toEqual(["aaaa", "bbbb", "cccc"]);
      expect(results.map((each) => each?.bytes.buffer === arena.buffer)).toEqual([true, true, false]);
      expect(new TextDecoder().decode(arena.subarray(0, 8))).toBe("aaaabbbb");
    }
  });

  it("refuses what is no array of keys, and an arena of another kind", async () => {
    const { store } = scriptedStore();
    await expect(store.getMany("k" as never)).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(store.getMany(["k"], { arena: [] as never })).rejects.toMatchObject({ code: "InvalidArgument" });
  });
});

describe("getStream", () => {
  it("resumes at the delivered byte, pinned to the etag", async () => {
    const { store, script, environment } = scriptedStore();
    const etag = script.put("k", large);
    let broken = 0;
    script.bendRead = (read) =>
      broken++ < 2 ? { ...read, chunks: breaking(read.chunks, 5, failure("Unavailable")) } : read;
    const { stream } = await store.getStream("k");
    expect(new Uint8Array(await new Response(stream).arrayBuffer())).toEqual(large);
    expect(script.calls.map(({ detail }) => detail)).toEqual([
      "null",
      '{"offset":20,"length":80}',
      '{"offset":40,"length":60}',
    ]);
    expect(environment.sleeps).toHaveLength(2);
    expect(script.openStreams).toBe(0);
    expect(etag).toBe("e1");
  });

  it("of an object that changed meanwhile is PreconditionFailed, also where the service ignores conditions", async () => {
    for (const ignored of [false, true]) {
      const { store, script } = scriptedStore();
      script.put("k", large);
      if (ignored) script.driver.read = ignoringReadConditions(script.driver.read);
      let broken = false;
      script.bendRead = (read) => {
        if (broken) return read;
        broken = true;
        script.put("k", large.slice().reverse());
        return { ...read, chunks: breaking(read.chunks, 2, failure("Unavailable")) };
      };
      const { stream } = await store.getStream("k");
      await expect(new Response(stream).arrayBuffer()).rejects.toMatchObject({
        code: "PreconditionFailed",
        operation: "getStream",
        uri: "test://box/k",
      });
      expect(script.openStreams).toBe(0);
    }
  });

  it("does not resume after an error that is not retryable, without an etag, or too often", async () => {
    const cases = [
      [{}, failure("PermissionDenied"), 1],
      [{ native: [] }, failure("Unavailable"), 1],
      [{}, failure("Unavailable"), 4],
    ] as const;
    for (const [driver, error, opened] of cases) {
      const { store, script } = scriptedStore({}, driver);
      script.put("k", large);
      script.bendRead = (read) => ({ ...read, chunks: breaking(read.chunks, 1, error) });
      const { stream } = await store.getStream("k");
      await expect(new Response(stream).arrayBuffer()).rejects.toMatchObject({
        code: error.code,
        operation: "getStream",
      });
      expect(script.count("read")).toBe(opened);
      expect(script.openStreams).toBe(0);
    }
  });

  it("frees its source when cancelled, disposed, aborted or closed with the store, read or not", async () => {
    const endings = ["cancel", "dispose", "abort", "close"] as const;
    for (const ending of endings) {
      for (const reads of [0, 1, "hanging"] as const) {
        const { store, script } = scriptedStore({ timeouts: { total: 60_000, attempt: 60_000 } });
        script.put("k", large);
        if (reads === "hanging") script.bendRead = hanging(() => script.calls.at(-1)?.signal);
        const controller = new AbortController();
        const result = await store.getStream("k", { signal: controller.signal });
        const reader = result.stream.getReader();
        const first = reads === 0 ? undefined : reader.read();
        const seen = first?.then(
          () => "read",
          (error: unknown) => error,
        );
        if (reads === 1) await first;
        const reason = new Error("enough");
        if (ending === "cancel") await reader.cancel(reason);
        if (ending === "dispose") await result[Symbol.asyncDispose]();
        if (ending === "abort") controller.abort(reason);
        if (ending === "close") await store.close();
        await settled();
        expect([ending, reads, script.openStreams]).toEqual([ending, reads, 0]);
        if (ending === "abort") await expect(reader.read()).rejects.toBe(reason);
        if (ending === "close" || ending === "dispose") {
          await expect(reader.read()).rejects.toMatchObject({
            code: "Closed",
            operation: "getStream",
            uri: "test://box/k",
          });
        }
        await seen;
      }
    }
  });

  it("reads nothing ahead of its consumer", async () => {
    const { store, script } = scriptedStore();
    script.put("k", large);
    let pulled = 0;
    script.bendRead = (read) => ({ ...read, chunks: { next: () => ((pulled += 1), read.chunks.next()) } });
    await using result = await store.getStream("k");
    await settled();
    expect(pulled).toBe(0);
    await result.stream.getReader().read();
    expect(pulled).toBe(1);
  });
});

describe("getRanges", () => {
  const ranges = [
    { offset: 90, length: 50 },
    { offset: 0, length: 4 },
    { offset: 6, length: 4 },
    { suffix: 3 },
    { offset: 50, length: 0 },
    { offset: 2, length: 3 },
  ];
  const wanted = [
    large.slice(90),
    large.slice(0, 4),
    large.slice(6, 10),
    large.slice(97),
    new Uint8Array(0),
    large.slice(2, 5),
  ];

  it("gives ranges in the order asked; close ones travel together", async () => {
    for (const driver of [{}, streamsOnly]) {
      const { store, script } = scriptedStore({}, driver);
      script.put("k", large);
      const result = await store.getRanges("k", ranges, { coalesceGap: 2 });
      expect(result.ranges).toEqual(wanted);
      expect(script.calls).toHaveLength(3);
      expect((await store.getRanges("k", ranges, { coalesceGap: 0 })).ranges).toEqual(wanted);
      expect(script.openStreams).toBe(0);
    }
  });

  it("goes the driver's own way where there is one", async () => {
    const { store, script } = scriptedStore({}, { methods: ["readRanges"] });
    script.put("k", large);
    expect((await store.getRanges("k", ranges)).ranges).toEqual(wanted);
    expect(script.calls.map(({ method }) => method)).toEqual(["stat", "readRanges"]);
  });

  it("of an object that changes meanwhile is PreconditionFailed", async () => {
    const { store, script } = scriptedStore();
    script.put("k", large);
    script.on("readInto", () => void script.put("k", "other".repeat(20)));
    await expect(store.getRanges("k", ranges)).rejects.toMatchObject({ code: "PreconditionFailed" });
  });
});

function ignoringConditions<Answer>(
  read: ((key: string, offset: number, target: Uint8Array, call: never) => Promise<Answer>) | undefined,
): never {
  return ((key: string, offset: number, target: Uint8Array, call: object) =>
    read?.(key, offset, target, { ...call, conditions: undefined } as never)) as never;
}

function ignoringReadConditions<Answer>(read: (key: string, range: never, call: never) => Promise<Answer>): never {
  return ((key: string, range: never, call: object) =>
    read(key, range, { ...call, conditions: undefined } as never)) as never;
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, undefined, undefined> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size);
  return undefined;
}

function breaking(source: DriverRead["chunks"], after: number, error: Error): DriverRead["chunks"] {
  let left = after;
  return {
    next: async () => {
      if (left-- === 0) throw error;
      return source.next();
    },
  };
}

/** A connection that says nothing until its signal aborts; its iterator's return() waits for that, as a generator's does. */
function hanging(signalOf: () => AbortSignal | undefined): (read: DriverRead) => DriverRead {
  return (read) => {
    const signal = signalOf();
    async function* silence(): AsyncGenerator<Uint8Array, undefined, undefined> {
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      return undefined;
    }
    return { ...read, chunks: silence() };
  };
}
