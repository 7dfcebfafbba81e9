import { describe, expect, it } from "vitest";
import { chunks, ignoringConditions } from "../../test/support/bent-reads.js";
import { bytesOf, scriptedStore } from "../../test/support/scripted-store.js";
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
    await expect(store.get("k", { native: Object({ s3: {} }) })).rejects.toMatchObject({
      code: "Unsupported",
      capability: "native.s3",
    });
  });
});
