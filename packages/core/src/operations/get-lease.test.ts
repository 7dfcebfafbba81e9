import { describe, expect, it } from "vitest";
import { bytesOf, scriptedStore } from "../../test/support/scripted-store.js";

describe("getLease", () => {
  it("reads what get reads, ranges included", async () => {
    const { store, script } = scriptedStore();
    script.put("k", bytesOf(100));
    using whole = await store.getLease("k");
    using part = await store.getLease("k", { range: { offset: 10, length: 5 } });
    expect(whole.bytes).toEqual(bytesOf(100));
    expect(part.bytes).toEqual(bytesOf(100).subarray(10, 15));
    expect(part.info).toEqual(await store.stat("k"));
    expect(part.range).toEqual({ offset: 10, length: 5 });
  });

  it("leaves nothing readable after the release, through any view, however often it is released", async () => {
    const { store, script } = scriptedStore();
    script.put("k", bytesOf(100));
    const lease = await store.getLease("k");
    const { bytes } = lease;
    const view = bytes.subarray(3, 9);
    lease.release();
    lease.release();
    lease[Symbol.dispose]();
    expect([lease.bytes.length, bytes.length, view.length, lease.text()]).toEqual([0, 0, 0, ""]);
    expect(lease.info.size).toBe(100);
  });

  it("leaves the stored object and other results alone", async () => {
    const { store, script } = scriptedStore();
    script.put("k", bytesOf(100));
    const { bytes } = await store.get("k");
    (await store.getLease("k")).release();
    expect(bytes).toEqual(bytesOf(100));
    expect((await store.get("k")).bytes).toEqual(bytesOf(100));
  });

  it("is refused where the store declares it unsupported", async () => {
    const { store } = scriptedStore({}, { unsupported: ["lease"] });
    await expect(store.getLease("k")).rejects.toMatchObject({ capability: "lease" });
  });
});
