import { describe, expect, it } from "vitest";
import { failure, scriptedStore } from "../../test/support/scripted-store.js";

const keys = Array.from({ length: 25 }, (_, index) => `k${String(index).padStart(2, "0")}`);

describe("delete", () => {
  it("resolves for a missing object, and judges ifMatch", async () => {
    const { store, script } = scriptedStore();
    await store.delete("none");
    const etag = script.put("k", "x");
    await expect(store.delete("k", { ifMatch: "other" })).rejects.toMatchObject({
      code: "PreconditionFailed",
      committed: false,
    });
    await store.delete("k", { ifMatch: `"${etag}"` });
    expect(script.objects.size).toBe(0);
    const without = scriptedStore({}, { native: [] });
    await expect(without.store.delete("k", { ifMatch: "e" })).rejects.toMatchObject({ capability: "deleteIf" });
    await expect(without.store.delete("k", { versionId: "v" })).rejects.toMatchObject({ capability: "versions" });
  });
});

describe("deleteMany", () => {
  it("takes any number of keys, in batches of the service, one outcome each in order", async () => {
    for (const methods of [["deleteMany"], []] as const) {
      const { store, script } = scriptedStore({}, { methods, limits: { deleteBatch: 10 } });
      for (const key of keys) script.put(key, "");
      const asked = [...keys.slice(5), "none", "/bad", keys[5] ?? "", ...keys.slice(0, 5)];
      const outcomes = await store.deleteMany(asked);
      expect(outcomes.map(({ key }) => key)).toEqual(asked);
      expect(outcomes.filter(({ ok }) => !ok)).toMatchObject([
        { key: "/bad", error: { code: "InvalidKey", operation: "deleteMany", committed: false } },
      ]);
      expect(script.objects.size).toBe(0);
      expect(script.count("deleteMany")).toBe(methods.length === 0 ? 0 : 3);
    }
  });

  it("tries again only the keys that may yet succeed; one failure hides no other", async () => {
    const { store, script } = scriptedStore({ prefix: "p" }, { methods: ["deleteMany"] });
    for (const key of ["p/a", "p/b", "p/c"]) script.put(key, "");
    script.fail("delete", failure("Unavailable"), failure("PermissionDenied", { key: "p/b" }));
    const outcomes = await store.deleteMany(["a", "b", "c"]);
    expect(script.calls.filter(({ method }) => method === "deleteMany").map(({ key }) => key)).toEqual([
      "p/a,p/b,p/c",
      "p/a",
    ]);
    expect(outcomes).toMatchObject([
      { ok: true },
      { ok: false, error: { code: "PermissionDenied", key: "b", uri: "test://box/p/b" } },
      { ok: true },
    ]);
  });

  it("gives each key of a batch that failed as a whole its error", async () => {
    const { store, script } = scriptedStore({ retries: 0 }, { methods: ["deleteMany"] });
    script.fail("deleteMany", failure("Throttled"));
    expect(await store.deleteMany(["a", "b"])).toMatchObject([
      { key: "a", error: { code: "Throttled", key: "a", uri: "test://box/a", operation: "deleteMany" } },
      { key: "b", error: { key: "b" } },
    ]);
    script.driver.deleteMany = async () => [];
    expect(await store.deleteMany(["a"])).toMatchObject([{ ok: false, error: { code: "Internal" } }]);
    await expect(store.deleteMany("a" as never)).rejects.toMatchObject({ code: "InvalidArgument" });
  });
});

describe("deletePrefix", () => {
  it("deletes what begins with a plain string, page by page, and counts failures", async () => {
    const { store, script } = scriptedStore({}, { listPage: 10 });
    for (const key of [...keys, "other"]) script.put(key, "");
    script.fail("delete", failure("PermissionDenied"));
    const seen: number[] = [];
    const result = await store.deletePrefix("k", { onProgress: ({ objects }) => void seen.push(objects) });
    expect(result).toMatchObject({
      deleted: 24,
      failed: [{ key: "k00", error: { code: "PermissionDenied", operation: "deletePrefix" } }],
    });
    expect([...script.objects.keys()].sort()).toEqual(["k00", "other"]);
    expect(seen.at(-1)).toBe(24);
  });

  it("leaves the directories of a hierarchical service to the end, the deepest first", async () => {
    const { store, script } = scriptedStore({}, { listPage: 2 });
    const directories = new Set(["d", "d/e", "d/e/f", "d/z"]);
    for (const key of [...directories, "d/1", "d/e/2", "d/e/f/3"]) script.put(key, "");
    const { list } = script.driver;
    script.driver.list = async function* (call) {
      for await (const page of list.call(script.driver, call)) {
        const entries = page.entries.map((entry) =>
          directories.has(entry.key) ? { ...entry, native: { resourceType: "directory" } } : entry,
        );
        yield { ...page, entries };
      }
    };
    expect(await store.deletePrefix("d")).toMatchObject({ deleted: 7, failed: [] });
    const order = script.calls.flatMap(({ method, key }) =>
      method.startsWith("delete") ? (key ?? "").split(",") : [],
    );
    expect(order.slice(0, 3).sort()).toEqual(["d/1", "d/e/2", "d/e/f/3"]);
    expect([order[3], order.slice(4, 6).sort(), order[6]]).toEqual(["d/e/f", ["d/e", "d/z"], "d"]);
  });

  it("of everything has to be said", async () => {
    const { store, script } = scriptedStore();
    script.put("k", "");
    await expect(store.deletePrefix("")).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(store.deletePrefix("", { all: "yes" as never })).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(store.deletePrefix(5 as never)).rejects.toMatchObject({ code: "InvalidArgument" });
    expect((await store.deletePrefix("", { all: true })).deleted).toBe(1);
    const root = scriptedStore({}, { refusesDeletePrefix: "this is the root" });
    await expect(root.store.deletePrefix("a")).rejects.toMatchObject({ code: "PermissionDenied" });
    expect(root.script.calls).toEqual([]);
  });

  it("finishes although the store is closed meanwhile, and has deleted what was listed when the listing fails", async () => {
    const { store, script } = scriptedStore({ retries: 0 }, { listPage: 10 });
    for (const key of keys) script.put(key, "");
    let lists = 0;
    script.on("list", () => {
      lists += 1;
      if (lists === 3) throw failure("PermissionDenied");
    });
    const deleting = store.deletePrefix("k");
    const closing = store.close();
    await expect(deleting).rejects.toMatchObject({ code: "PermissionDenied", operation: "deletePrefix" });
    await closing;
    expect([script.objects.size, script.closed]).toEqual([5, 1]);
  });
});
