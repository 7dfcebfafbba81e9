import { describe, expect, it } from "vitest";
import { bytesOf, scriptedStore, settled } from "../../test/support/scripted-store.js";

const large = bytesOf(100);
const streamsOnly = { methods: [] } as const;

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

  it("reads a large range in parallel parts, as get does, and cuts ranges out of parts that they share", async () => {
    const { store, script } = scriptedStore({ rangeThreshold: 20, partSize: 8, concurrency: 3 });
    script.put("k", large);
    let [running, most] = [0, 0];
    script.on("readInto", async () => {
      most = Math.max(most, (running += 1));
      await settled();
      running -= 1;
    });
    const asked = [{ offset: 10, length: 60 }, { offset: 30, length: 3 }, { suffix: 20 }];
    const { ranges: got } = await store.getRanges("k", asked, { coalesceGap: 0 });
    expect(got).toEqual([large.slice(10, 70), large.slice(30, 33), large.slice(80)]);
    expect(got.map((bytes) => bytes.buffer.byteLength)).toEqual([60, 3, 20]);
    expect(script.count("readInto")).toBe(9);
    expect(most).toBe(3);
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
