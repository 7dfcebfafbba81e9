import { describe, expect, it } from "vitest";
import { bytesOf, scriptedStore } from "../../test/support/scripted-store.js";

const small = { partSize: 8, rangeThreshold: 16 };
const large = bytesOf(100);

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
