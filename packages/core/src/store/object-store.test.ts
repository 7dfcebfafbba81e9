import { describe, expect, it } from "vitest";
import { failure, scriptedStore, settled, testPlugin } from "../../test/support/scripted-store.js";
import { scripted } from "../../test/support/scripted-driver.js";
import { createStore, FEATURES } from "../index.js";

describe("close", () => {
  it("waits for what is in flight, closes the driver once, and refuses everything afterwards", async () => {
    const { store, script } = scriptedStore();
    script.put("k", "x");
    let go: (() => void) | undefined;
    script.on("stat", () => new Promise<void>((resolve) => void (go = resolve)));
    const stat = store.stat("k");
    const closing = Promise.all([store.close(), store.close(), store.withPrefix("p").close()]);
    await settled();
    expect(script.closed).toBe(0);
    go?.();
    expect((await stat).size).toBe(1);
    await closing;
    await store[Symbol.asyncDispose]();
    expect(script.closed).toBe(1);
    const calls = [
      store.get("k"),
      store.put("k", "x"),
      store.list().toArray(),
      store.createWriter("k").close(),
      store.withPrefix("p").stat("k"),
      store.presign("k"),
      store.copy("k", "l"),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "Closed", operation: expect.any(String) } });
    }
    expect(script.count("stat")).toBe(1);
  });

  it("rejects with a StoreError when the driver cannot close", async () => {
    const { store, script } = scriptedStore();
    script.fail("close", new TypeError("x"));
    await expect(store.close()).rejects.toMatchObject({ code: "Internal", operation: "close", uri: "test://box/" });
  });
});

describe("a prefix view", () => {
  it("sees and writes below its prefix alone; keys, errors and URIs are its own", async () => {
    const { store, script } = scriptedStore();
    for (const key of ["a", "in/b", "in/c/d", "inner"]) script.put(key, key);
    const view = store.withPrefix("in");
    expect((await view.list().toArray()).map(({ key }) => key)).toEqual(["b", "c/d"]);
    expect(await view.list({ delimiter: "/", startAfter: "b" }).toArray()).toEqual([{ kind: "prefix", prefix: "c/" }]);
    await view.put("x", "1");
    expect(script.text("in/x")).toBe("1");
    expect([view.uri, view.uriOf("x"), view.prefix, view.container]).toEqual([
      "test://box/in/",
      "test://box/in/x",
      "in/",
      "box",
    ]);
    script.fail("stat", failure("NotFound", { key: "in/none" }));
    await expect(view.stat("none")).rejects.toMatchObject({ key: "none", uri: "test://box/in/none" });
    const deep = view.withPrefix("c/");
    expect((await deep.get("d")).text()).toBe("in/c/d");
    expect(deep.uri).toBe("test://box/in/c/");
    await view.deletePrefix("", { all: true });
    expect([...script.objects.keys()]).toEqual(["a", "inner"]);
  });

  it.each(["/a", "a/../b", ".", "..", "a\0", "\ud800"])("cannot be had at %j", (prefix) => {
    expect(() => scriptedStore().store.withPrefix(prefix)).toThrow(expect.objectContaining({ code: "InvalidKey" }));
    expect(() => scriptedStore({ prefix })).toThrow(expect.objectContaining({ code: "InvalidKey" }));
  });

  it("counts its prefix towards the longest key, and lets no key leave it", async () => {
    const view = scriptedStore().store.withPrefix("p".repeat(100));
    await view.put("k".repeat(923), "");
    await expect(view.put("k".repeat(924), "")).rejects.toMatchObject({ code: "InvalidKey" });
    await expect(view.get("../a")).rejects.toMatchObject({ code: "InvalidKey", operation: "get" });
  });
});

describe("capabilities", () => {
  it("are frozen, complete, and survive JSON", () => {
    const { capabilities } = scriptedStore().store;
    expect(
      FEATURES.filter((feature) => !["native", "emulated", "unsupported"].includes(capabilities[feature])),
    ).toEqual([]);
    expect(JSON.parse(JSON.stringify(capabilities))).toEqual(capabilities);
    for (const part of [capabilities, capabilities.limits, capabilities.keys, capabilities.multipartBehaviour])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it("are what the driver says as far as it has the method, and what core derives", () => {
    const { store } = scriptedStore({}, { methods: ["multipart"], unsupported: ["copy"] });
    expect(store.capabilities).toMatchObject({
      multipart: "native",
      putStream: "emulated",
      getInto: "emulated",
      deleteMany: "emulated",
      copy: "unsupported",
      rename: "emulated",
      presign: "unsupported",
      cleanup: "unsupported",
      createContainer: "unsupported",
    });
    expect(scriptedStore({}, { methods: [] }).store.capabilities).toMatchObject({
      multipart: "unsupported",
      putStream: "unsupported",
      listParts: "unsupported",
    });
    expect(scriptedStore({}, { unsupported: ["multipart"] }).store.capabilities).toMatchObject({
      putStream: "unsupported",
      listUploads: "unsupported",
    });
  });
});

describe("createStore", () => {
  it("refuses what is no driver, options nobody knows, and numbers that make no sense", () => {
    const { driver } = scripted();
    const options = { plugin: testPlugin, container: "box" };
    for (const [given, more] of [
      [{}, {}],
      [null, {}],
      [{ ...driver, list: undefined }, {}],
      [driver, { partSiz: 5 }],
      [driver, { partSize: 0 }],
      [driver, { concurrency: 1.5 }],
      [driver, { retries: 21 }],
      [driver, { timeouts: { idle: "1s" } }],
      [driver, { keyRules: "none" }],
      [driver, { prefix: 5 }],
    ]) {
      expect(() => createStore(Object(given), { ...options, ...Object(more) })).toThrow(
        expect.objectContaining({ code: "InvalidArgument" }),
      );
    }
    expect(() =>
      createStore(
        {
          ...driver,
          capabilities: { ...driver.capabilities, keys: { ...driver.capabilities.keys, serviceKeys: false } },
        },
        { ...options, keyRules: "service" },
      ),
    ).toThrow(expect.objectContaining({ code: "Unsupported" }));
  });

  it("takes the service's own keys where asked to", async () => {
    const { store, script } = scriptedStore({ keyRules: "service" });
    script.put("/a/../b", "x");
    expect((await store.get("/a/../b")).text()).toBe("x");
    await expect(store.get("")).rejects.toMatchObject({ code: "InvalidKey" });
  });
});

describe("other operations", () => {
  it("exists is false for a missing object only", async () => {
    const { store, script } = scriptedStore({ retries: 0 });
    expect(await store.exists("none")).toBe(false);
    for (const code of ["PermissionDenied", "ContainerNotFound", "Unavailable"] as const) {
      script.fail("stat", failure(code));
      await expect(store.exists("k")).rejects.toMatchObject({ code, operation: "exists" });
    }
  });

  it("presign validates everything it signs; no secret shows in its errors", async () => {
    const { store, script } = scriptedStore({}, { methods: ["presign"] });
    expect(await store.presign("k", { method: "PUT", contentType: "text/x", expiresIn: 1 })).toMatchObject({
      method: "PUT",
    });
    const bad: object[] = [
      { method: "POST" },
      { expiresIn: 0 },
      { expiresIn: 604_801 },
      { contentType: "text/x" },
      { method: "PUT", responseContentType: "x/y" },
      { method: "PUT", contentLength: -1 },
      { ifNoneMatch: "*" },
      { method: "PUT", ifNoneMatch: "e" },
      { expires: 5 },
    ];
    for (const options of bad)
      await expect(store.presign("k", options)).rejects.toMatchObject({
        code: "InvalidArgument",
        operation: "presign",
      });
    expect(script.count("presign")).toBe(1);
    const without = scriptedStore({}, { methods: [] });
    await expect(without.store.presign("k")).rejects.toMatchObject({ capability: "presign" });
  });

  it("cleanup removes leftovers older than a day, or than what is asked for", async () => {
    const { store, script } = scriptedStore({}, { methods: ["cleanup"] });
    expect(await store.cleanup()).toEqual({ files: 1, bytes: 2 });
    await store.cleanup({ olderThan: 5 });
    expect(script.calls.map(({ key }) => key)).toEqual(["86400000", "5"]);
    await expect(store.cleanup({ olderThan: -1 })).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(scriptedStore({}, { methods: [] }).store.cleanup()).rejects.toMatchObject({ capability: "cleanup" });
  });

  it("a callback that throws does not disturb the transfer: it is thrown on its own", async () => {
    const { store, script } = scriptedStore();
    const thrown: unknown[] = [];
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => thrown.push(error));
    try {
      const error = new Error("mine");
      await store.put("k", "x", {
        onProgress() {
          throw error;
        },
      });
      await settled();
      expect([script.text("k"), thrown.at(0)]).toEqual(["x", error]);
    } finally {
      process.removeAllListeners("uncaughtException");
      for (const listener of others) process.on("uncaughtException", listener);
    }
  });
});
