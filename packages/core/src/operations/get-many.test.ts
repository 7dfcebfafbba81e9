import { describe, expect, it } from "vitest";
import { failure, scriptedStore } from "../../test/support/scripted-store.js";

const streamsOnly = { methods: [] } as const;

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
