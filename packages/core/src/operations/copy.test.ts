import { describe, expect, it } from "vitest";
import { bytesOf, failure, scriptedStore } from "../../test/support/scripted-store.js";
import { copyAll, createBudget } from "../index.js";
import type { CopyOutcome, Progress } from "../index.js";

const large = bytesOf(100);
const parts = { partSize: 8, multipartThreshold: 16, concurrency: 3 };
const other = { container: "other" };
const attributes = { contentType: "text/x", cacheControl: "no-store", metadata: { a: "b" } };

describe("copy", () => {
  it("is the service's own where it can, with conditions and attributes", async () => {
    const { store, script } = scriptedStore({}, { methods: ["copyFrom"] });
    script.put("a", "x");
    await store.copy("a", "b", { attributes });
    expect(script.calls.map(({ method }) => method)).toEqual(["copyFrom"]);
    expect(script.objects.get("b")).toMatchObject({ attributes });
    await expect(store.copy("a", "b", { ifNoneMatch: "*" })).rejects.toMatchObject({
      code: "AlreadyExists",
      committed: false,
    });
    script.driver.copyFrom = async () => undefined;
    await store.copy("a", "c");
    expect(script.text("c")).toBe("x");
  });

  it("names the source when that is missing, whatever the driver tells", async () => {
    for (const options of [{ methods: ["copyFrom"] }, {}] as const) {
      const { store, script } = scriptedStore({}, options);
      script.put("b", "old");
      await expect(store.copy("missing", "b")).rejects.toMatchObject({
        ...{ code: "NotFound", operation: "copy", key: "missing", committed: false },
        uri: store.uriOf("missing"),
      });
      expect(script.text("b")).toBe("old");
    }
  });

  it("goes through this process elsewhere: small ones whole, large ones in pinned parts, attributes included", async () => {
    for (const bytes of [new Uint8Array(0), bytesOf(5), large]) {
      const from = scriptedStore(parts);
      const to = scriptedStore({ ...parts, ...other });
      await from.store.put("a", bytes, attributes);
      const progress: Progress[] = [];
      const result = await to.store.copyFrom(from.store, "a", "b", { onProgress: (each) => progress.push(each) });
      expect(result).toMatchObject({ key: "b", size: bytes.byteLength });
      expect(to.script.objects.get("b")).toMatchObject({ bytes, attributes });
      expect(to.script.count("uploadPart")).toBe(bytes === large ? 13 : 0);
      expect(progress.at(-1)).toMatchObject({ bytes: bytes.byteLength, objects: 1 });
    }
  });

  it("streams a large object where parts cannot be had", async () => {
    const from = scriptedStore(parts, { native: [] });
    const to = scriptedStore({ ...parts, ...other }, { native: ["putStream"] });
    from.script.put("a", large);
    await to.store.copyFrom(from.store, "a", "b");
    expect(to.script.objects.get("b")?.bytes).toEqual(large);
    expect(from.script.openStreams).toBe(0);
    to.script.fail("write", failure("NoSpace"));
    await expect(to.store.copyFrom(from.store, "a", "b")).rejects.toMatchObject({ code: "NoSpace" });
    expect(from.script.openStreams).toBe(0);
  });

  it("leaves the destination alone when the source is missing or changes; nothing was committed", async () => {
    const from = scriptedStore(parts);
    const to = scriptedStore({ ...parts, ...other });
    to.script.put("b", "old");
    await expect(to.store.copyFrom(from.store, "a", "b")).rejects.toMatchObject({
      code: "NotFound",
      operation: "copy",
      uri: "test://box/a",
      key: "a",
      committed: false,
    });
    const etag = from.script.put("a", large);
    await expect(to.store.copyFrom(from.store, "a", "b", { sourceIfMatch: "other" })).rejects.toMatchObject({
      code: "PreconditionFailed",
    });
    from.script.on("readInto", () => void from.script.put("a", large.slice().reverse()));
    await expect(to.store.copyFrom(from.store, "a", "b", { sourceIfMatch: etag })).rejects.toMatchObject({
      code: "PreconditionFailed",
      committed: false,
    });
    expect([to.script.text("b"), to.script.uploads.size]).toEqual(["old", 0]);
    from.script.on("readInto", () => {
      throw failure("Unavailable", { retryable: false });
    });
    await expect(to.store.copyFrom(from.store, "a", "b")).rejects.toMatchObject({
      code: "Unavailable",
      committed: false,
    });
  });

  it("tells how far a driver has come that moves the bytes itself, and never goes back over a retry", async () => {
    const { store, script } = scriptedStore({}, { methods: ["readBytes", "copyFrom"] });
    script.put("a", large);
    script.fail("copyFrom", failure("Unavailable"));
    const progress: Progress[] = [];
    await store.copy("a", "b", { onProgress: (each) => progress.push(each) });
    expect(progress.map(({ bytes, objects }) => [bytes, objects])).toEqual([
      [large.byteLength / 2, 0],
      [large.byteLength, 1],
    ]);
  });

  it("onto itself is InvalidArgument unless attributes change; at another endpoint it is another object", async () => {
    const { store, script } = scriptedStore();
    script.put("dir/a", "x");
    for (const copying of [store.copy("dir/a", "dir/a"), store.withPrefix("dir").copyFrom(store, "dir/a", "a")]) {
      await expect(copying).rejects.toMatchObject({ code: "InvalidArgument", operation: "copy" });
    }
    await store.copy("dir/a", "dir/a", { attributes });
    expect(script.objects.get("dir/a")).toMatchObject({ attributes });
    const elsewhere = scriptedStore({}, { endpoint: "other" });
    await elsewhere.store.copyFrom(store, "dir/a", "dir/a");
    expect(elsewhere.script.text("dir/a")).toBe("x");
  });

  it("is refused by name where the store lacks what was asked for", async () => {
    const refusals = [
      [{ unsupported: ["copy"] }, {}, "copy"],
      [{ unsupported: ["copyCreateOnly"] }, { ifNoneMatch: "*" }, "copyCreateOnly"],
      [{ unsupported: ["attributes"] }, { attributes }, "attributes"],
      [{ native: [] }, { sourceIfMatch: "e" }, "conditionalRead"],
      [{ native: [] }, { sourceVersionId: "v" }, "versions"],
    ] as const;
    for (const [driver, options, capability] of refusals) {
      const { store, script } = scriptedStore({}, driver);
      script.put("a", "x");
      await expect(store.copy("a", "b", options)).rejects.toMatchObject({ code: "Unsupported", capability });
      expect(script.calls).toEqual([]);
    }
    const { store, script } = scriptedStore(other, { unsupported: ["attributes"] });
    const from = scriptedStore();
    await from.store.put("a.txt", "x", { metadata: { a: "b" } });
    await expect(store.copyFrom(from.store, "a.txt", "b.txt")).rejects.toMatchObject({ capability: "attributes" });
    await from.store.put("a.txt", "x");
    await store.copyFrom(from.store, "a.txt", "b.txt");
    expect(script.text("b.txt")).toBe("x");
    for (const bad of [{ attributes: 5 }, { partSize: 0 }, { atributes: {} }, { attributes: { metadata: { a: 5 } } }]) {
      await expect(from.store.copy("a.txt", "c", Object(bad))).rejects.toMatchObject({ code: "InvalidArgument" });
    }
    await expect(store.copyFrom(Object({}), "a", "b")).rejects.toMatchObject({
      code: "InvalidArgument",
      operation: "copy",
    });
  });
});

describe("rename", () => {
  it("is the service's own where it can, not sent again after an unknown outcome", async () => {
    const { store, script } = scriptedStore({}, { methods: ["rename"] });
    script.put("a", "x");
    await store.rename("a", "b");
    expect(script.calls.map(({ method }) => method)).toEqual(["rename"]);
    script.fail("rename", failure("Unavailable"));
    await expect(store.rename("b", "c")).rejects.toMatchObject({ committed: "unknown", operation: "rename" });
    expect(script.count("rename")).toBe(2);
    await expect(store.rename("b", "b")).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  it("copies, then deletes elsewhere; never neither, and a source that changed stays", async () => {
    const { store, script } = scriptedStore();
    await store.put("a", "x", attributes);
    await store.rename("a", "b");
    expect([...script.objects.keys()]).toEqual(["b"]);
    expect(script.objects.get("b")).toMatchObject({ attributes });
    await expect(store.rename("none", "c")).rejects.toMatchObject({ code: "NotFound", committed: false });
    script.on("delete", () => void script.put("b", "changed"));
    await expect(store.rename("b", "d")).rejects.toMatchObject({ code: "PreconditionFailed", committed: "unknown" });
    expect([script.text("b"), script.text("d")]).toEqual(["changed", "x"]);
    await expect(store.rename("b", "d", { ifNoneMatch: "*" })).rejects.toMatchObject({ code: "AlreadyExists" });
    const refusing = scriptedStore({}, { unsupported: ["rename"] });
    await expect(refusing.store.rename("a", "b")).rejects.toMatchObject({ capability: "rename" });
  });
});

describe("copyAll", () => {
  it("copies everything below one prefix to below another; one failure does not stop the others", async () => {
    const from = scriptedStore({ prefix: "in" }, { listPage: 3 });
    const to = scriptedStore({ prefix: "out", ...other });
    for (let each = 0; each < 10; each++) from.script.put(`in/${each}.txt`, "x".repeat(each));
    from.script.put("beside", "");
    to.script.fail("write", failure("PermissionDenied"));
    const outcomes: CopyOutcome[] = [];
    const progress: Progress[] = [];
    const result = await copyAll(from.store, to.store, {
      concurrency: 3,
      filter: ({ key }) => key !== "9.txt",
      attributes: ({ key }) => (key === "5.txt" ? { contentType: "text/five" } : undefined),
      onObject: (outcome) => void outcomes.push(outcome),
      onProgress: (each) => void progress.push(each),
    });
    expect(result).toMatchObject({ objects: 8, failed: [{ error: { code: "PermissionDenied", operation: "copy" } }] });
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(8);
    expect(to.script.objects.size).toBe(8);
    expect(to.script.objects.get("out/5.txt")?.attributes.contentType).toBe("text/five");
    expect(progress.at(-1)).toMatchObject({ bytes: result.bytes, objects: 8, totalObjects: 9 });
    expect(progress.map(({ bytes }) => bytes)).toEqual([...progress.map(({ bytes }) => bytes)].sort((a, b) => a - b));
  });

  it("refuses a destination that is or lies inside its source, and wrong options, before anything is copied", async () => {
    const { store, script } = scriptedStore();
    script.put("a/x", "x");
    const source = store.withPrefix("a");
    for (const target of [source, store.withPrefix("a/b")]) {
      await expect(copyAll(source, target)).rejects.toMatchObject({ code: "InvalidArgument", operation: "copyPrefix" });
    }
    for (const options of [{ concurrency: 0 }, { filter: 5 }, { fliter: 5 }, { signal: 5 }]) {
      await expect(copyAll(source, store.withPrefix("ab"), Object(options))).rejects.toMatchObject({
        code: "InvalidArgument",
        operation: "copyPrefix",
      });
    }
    await expect(copyAll(Object({}), store)).rejects.toMatchObject({ code: "InvalidArgument" });
    expect(script.count("list")).toBe(0);
    expect(await copyAll(source, store.withPrefix("ab"))).toMatchObject({ objects: 1 });
  });

  it("refuses it too where two stores reach the same place by other URIs", async () => {
    const place = (root: string) => async (prefix: string) => `disk:/${root}/${prefix}`;
    const one = scriptedStore();
    const two = scriptedStore(other);
    one.script.put("a/x", "x");
    one.script.driver.place = place("data");
    two.script.driver.place = place("data/a");
    await expect(copyAll(one.store, two.store)).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("lies inside its source"),
    });
    await expect(copyAll(one.store.withPrefix("a"), two.store.withPrefix("b"))).rejects.toMatchObject({
      code: "InvalidArgument",
    });
    expect(one.script.count("list")).toBe(0);
    two.script.driver.place = place("data-of-others");
    expect(await copyAll(one.store, two.store)).toMatchObject({ objects: 1 });
  });

  it("lets copies under way end when the listing or the filter fails, then rejects", async () => {
    const from = scriptedStore({ retries: 0 }, { listPage: 2 });
    for (const key of ["a", "b", "c"]) from.script.put(key, key);
    let lists = 0;
    from.script.on("list", () => {
      lists += 1;
      if (lists === 2) throw failure("PermissionDenied");
    });
    const to = scriptedStore(other);
    await expect(copyAll(from.store, to.store)).rejects.toMatchObject({ code: "PermissionDenied" });
    expect(to.script.objects.size).toBe(2);
    const failing = (): boolean => {
      throw new Error("no");
    };
    await expect(copyAll(from.store, to.store, { filter: failing })).rejects.toMatchObject({
      code: "InvalidArgument",
      operation: "copyPrefix",
    });
    const { failed } = await copyAll(from.store, to.store, { attributes: () => (failing() ? undefined : undefined) });
    expect(failed.map(({ error }) => error.code)).toEqual(["InvalidArgument", "InvalidArgument", "InvalidArgument"]);
  });

  it("leaves out the directories that a hierarchical service lists", async () => {
    const from = scriptedStore();
    const { list } = from.script.driver;
    from.script.driver.list = async function* (call) {
      for await (const page of list(call)) {
        yield {
          ...page,
          entries: page.entries.map((entry) =>
            entry.key === "d" ? { ...entry, native: { resourceType: "directory" } } : entry,
          ),
        };
      }
    };
    for (const key of ["d", "d/x"]) from.script.put(key, key);
    const to = scriptedStore(other);
    expect(await copyAll(from.store, to.store)).toMatchObject({ objects: 1 });
  });

  it("rejects with the reason of its signal, and leaves no upload", async () => {
    const from = scriptedStore(parts);
    const to = scriptedStore({ ...parts, ...other });
    for (const key of ["a", "b", "c"]) from.script.put(key, large);
    const controller = new AbortController();
    const reason = new Error("stop");
    to.script.on("uploadPart", () => controller.abort(reason));
    await expect(copyAll(from.store, to.store, { signal: controller.signal })).rejects.toBe(reason);
    expect([to.script.uploads.size, to.script.objects.size]).toEqual([0, 0]);
  });

  it("holds no more bytes than the budget, however many objects are copied at once", async () => {
    const budget = createBudget(64);
    const from = scriptedStore({ ...parts, budget });
    const to = scriptedStore({ ...parts, ...other, budget });
    for (let each = 0; each < 40; each++) from.script.put(`k${each}`, bytesOf(each % 2 === 0 ? 15 : 40));
    let most = 0;
    for (const method of ["write", "uploadPart"] as const) {
      to.script.on(method, () => {
        most = Math.max(most, budget.inUse);
      });
    }
    expect(await copyAll(from.store, to.store)).toMatchObject({ objects: 40 });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(64);
    expect(budget.inUse).toBe(0);
  });
});
