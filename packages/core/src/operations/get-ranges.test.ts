import { describe, expect, it } from "vitest";
import { bytesOf, scriptedStore } from "../../test/support/scripted-store.js";

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
