import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { bytesOf, countedSignal, failure, scriptedStore, settled } from "../../test/support/scripted-store.js";
import { RETRY_TOKEN_COST, RETRY_TOKENS } from "../constants/index.js";
import type { AttemptEvent, OperationEvent } from "../events/channels.js";
import { STORE_ERROR_CODES } from "../errors/index.js";

const once = <Item>(...items: Item[]): AsyncIterable<Item> =>
  (async function* () {
    yield* items;
  })();

describe("retries", () => {
  it("are made for retryable errors only", async () => {
    for (const code of STORE_ERROR_CODES) {
      const { store, script } = scriptedStore();
      script.put("k", "x");
      script.fail("stat", failure(code));
      const retryable = ["Throttled", "Unavailable", "Timeout"].includes(code);
      await store.stat("k").catch(() => {});
      expect([code, script.count("stat")]).toEqual([code, retryable ? 2 : 1]);
    }
  });

  it("end after `retries`, with the last error, completed", async () => {
    const { store, script } = scriptedStore({ retries: 2 });
    script.on("stat", () => {
      throw failure("Unavailable", { status: 503, requestId: "r" });
    });
    await expect(store.stat("a/k")).rejects.toMatchObject({
      code: "Unavailable",
      operation: "stat",
      uri: "test://box/a/k",
      key: "a/k",
      scheme: "test",
      status: 503,
      requestId: "r",
    });
    expect(script.count("stat")).toBe(3);
    await expect(store.stat("k", { retries: 0 })).rejects.toMatchObject({ code: "Unavailable" });
    expect(script.count("stat")).toBe(4);
  });

  it("wait by chance below a bound that doubles, and as long as the service asks", async () => {
    const { store, script, environment } = scriptedStore();
    script.put("k", "x");
    script.fail("stat", failure("Unavailable"), failure("Unavailable"), failure("Throttled", { retryAfterMs: 1000 }));
    await store.stat("k");
    expect(environment.sleeps).toEqual([25, 50, 1100]);
  });

  it("are not made when the service asks for a longer wait than a caller expects", async () => {
    const { store, script } = scriptedStore();
    script.fail("stat", failure("Throttled", { retryAfterMs: 61_000 }));
    await expect(store.stat("k")).rejects.toMatchObject({ code: "Throttled", retryAfterMs: 61_000 });
    expect(script.count("stat")).toBe(1);
  });

  it("stop when most calls of the store fail, and come back with success", async () => {
    const { store, script } = scriptedStore({ retries: 20 });
    script.put("k", "x");
    let down = true;
    script.on("stat", () => {
      if (down) throw failure("Unavailable");
    });
    for (let each = 0; each < 20; each++) await store.stat("k").catch(() => {});
    expect(script.count("stat") - 20).toBe(RETRY_TOKENS / RETRY_TOKEN_COST);
    down = false;
    for (let each = 0; each < RETRY_TOKEN_COST; each++) await store.stat("k");
    const before = script.count("stat");
    down = true;
    await store.stat("k").catch(() => {});
    expect(script.count("stat") - before).toBe(2);
  });

  it("send an unconditional write again, a conditional one not once its outcome is unknown", async () => {
    const { store, script } = scriptedStore();
    script.fail("write", failure("Unavailable"));
    await store.put("k", "x");
    expect(script.count("write")).toBe(2);
    script.fail("write", failure("Unavailable"));
    await expect(store.put("n", "x", { ifNoneMatch: "*" })).rejects.toMatchObject({ committed: "unknown" });
    expect(script.count("write")).toBe(3);
    script.fail("write", failure("Throttled"));
    await store.put("n", "x", { ifNoneMatch: "*" });
    script.fail("write", failure("Unavailable", { committed: false }));
    await store.put("m", "x", { ifNoneMatch: "*" });
    expect(script.count("write")).toBe(7);
  });

  it("never send a one-shot body twice; a gathered small one may be", async () => {
    const { store, script } = scriptedStore(
      { multipartThreshold: 8 },
      { methods: [], native: ["putStream", "conditionalRead"] },
    );
    script.fail("write", failure("Unavailable"));
    await expect(store.put("k", once("abc"))).rejects.toMatchObject({ code: "Unavailable", committed: "unknown" });
    expect(script.count("write")).toBe(1);
    const parted = scriptedStore();
    parted.script.fail("write", failure("Unavailable"));
    await parted.store.put("k", once("abc"));
    expect(parted.script.text("k")).toBe("abc");
  });
});

describe("what a driver throws", () => {
  it("is a StoreError that names operation and URI, whatever it was; nothing of a request is kept", async () => {
    const { store, script } = scriptedStore();
    const raw = Object.assign(new TypeError("boom sig=S3cr3t"), { config: { key: "S3cr3t" } });
    script.fail("write", raw);
    const error: unknown = await store.put("k", "x").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "Internal", operation: "put", uri: "test://box/k", committed: "unknown" });
    expect(inspect(error, { depth: 9 })).not.toContain("S3cr3t");
  });

  it("says of a write that failed for certain that it has not taken effect", async () => {
    const { store, script } = scriptedStore();
    for (const code of ["PermissionDenied", "AlreadyExists", "NoSpace", "Throttled"] as const) {
      script.fail("write", failure(code, { retryable: false }));
      await expect(store.put("k", "x")).rejects.toMatchObject({ code, committed: false });
    }
    await expect(store.put("/k", "x")).rejects.toMatchObject({
      code: "InvalidKey",
      committed: false,
      operation: "put",
    });
    await expect(store.get("none")).rejects.toSatisfy((error: object) => !("committed" in error));
  });
});

describe("timeouts", () => {
  it("attempt: ends one attempt, which is made again", async () => {
    const { store, script } = scriptedStore({ timeouts: { attempt: 10 } });
    script.put("k", "x");
    let slow = true;
    script.on("stat", async ({ signal }) => {
      if (!slow) return;
      slow = false;
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(failure("Internal"))));
    });
    await store.stat("k");
    expect(script.count("stat")).toBe(2);
  });

  it("attempt: a write whose body hangs ends too, and the body is released", async () => {
    const { store } = scriptedStore({ timeouts: { attempt: 10 }, retries: 0 }, { methods: [], native: ["putStream"] });
    let cancelled: unknown;
    const body = new ReadableStream<Uint8Array>({ cancel: (reason) => void (cancelled = reason) });
    await expect(store.put("k", body)).rejects.toMatchObject({ code: "Timeout", operation: "put" });
    expect(cancelled).toMatchObject({ code: "Timeout" });
  });

  it("total: ends the call with all its retries", async () => {
    const { store, script } = scriptedStore({ timeouts: { total: 20 } });
    script.on("stat", async ({ signal }) => {
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("stopped"))));
    });
    await expect(store.stat("k")).rejects.toMatchObject({ code: "Timeout", operation: "stat", uri: "test://box/k" });
    expect(script.count("stat")).toBe(1);
    await expect(store.stat("k", { timeouts: { total: -1 } })).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(store.stat("k", { timeouts: Object({ totl: 1 }) })).rejects.toMatchObject({ code: "InvalidArgument" });
  });
});

describe("signals", () => {
  it("that have aborted before the call let nothing happen, and reject with their reason itself", async () => {
    const reason = { mine: true };
    const signal = AbortSignal.abort(reason);
    const { store, script } = scriptedStore();
    const calls = [
      store.get("k", { signal }),
      store.getInto("k", new Uint8Array(1), { signal }),
      store.getMany(["k"], { signal }),
      store.getStream("k", { signal }),
      store.getRanges("k", [{ offset: 0 }], { signal }),
      store.put("k", "x", { signal }),
      store.stat("k", { signal }),
      store.exists("k", { signal }),
      store.list({ signal }).toArray(),
      store.delete("k", { signal }),
      store.deleteMany(["k"], { signal }),
      store.deletePrefix("k", { signal }),
      store.copy("k", "l", { signal }),
      store.rename("k", "l", { signal }),
      store.beginUpload("k", { signal }),
      store.containerExists({ signal }),
      store.cleanup({ signal }),
      store.createWriter("k", { signal }).close(),
    ];
    for (const outcome of await Promise.allSettled(calls)) expect(outcome).toEqual({ status: "rejected", reason });
    expect(script.calls).toEqual([]);
  });

  it("abort a wait between attempts, with their reason itself", async () => {
    const controller = new AbortController();
    const { store, script } = scriptedStore();
    const reason = new Error("enough");
    script.on("stat", () => {
      controller.abort(reason);
      throw failure("Unavailable");
    });
    await expect(store.stat("k", { signal: controller.signal })).rejects.toBe(reason);
    expect(script.count("stat")).toBe(1);
  });

  it("abort a put whose source says nothing; the source is freed", async () => {
    const controller = new AbortController();
    const { store, script } = scriptedStore();
    let cancelled: unknown;
    const body = new ReadableStream<Uint8Array>({ cancel: (value) => void (cancelled = value) });
    const put = store.put("k", body, { signal: controller.signal });
    await settled();
    const reason = new Error("stop");
    controller.abort(reason);
    await expect(put).rejects.toBe(reason);
    expect(cancelled).toBe(reason);
    expect(script.uploads.size).toBe(0);
  });

  it("carry no listener of ours after a thousand operations", async () => {
    const { controller, listeners } = countedSignal();
    const { signal } = controller;
    const { store, script } = scriptedStore({
      partSize: 8,
      rangeThreshold: 16,
      multipartThreshold: 16,
      timeouts: { total: 60_000, attempt: 60_000 },
    });
    script.put("k", bytesOf(64));
    for (let each = 0; each < 100; each++) {
      await store.get("k", { signal });
      await store.put("p", once(bytesOf(40)), { signal });
      await store.getRanges("k", [{ offset: 1, length: 2 }], { signal });
      for await (const _ of store.list({ signal })) void _;
      await store.copy("k", "c", { signal });
      await store.getMany(["k", "none"], { signal });
      await store.get("none", { signal }).catch(() => {});
      const { stream } = await store.getStream("k", { signal });
      for await (const _ of stream) void _;
      const writer = store.createWriter("w", { signal });
      await writer.write("x");
      await writer.close();
      await using opened = await store.getStream("k", { signal });
      void opened;
    }
    await settled();
    expect(listeners()).toBe(0);
  });

  it("that are no signals are refused", async () => {
    const { store } = scriptedStore();
    const signal = Object("stop");
    await expect(store.get("k", { signal })).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(store.createWriter("k", { signal }).close()).rejects.toMatchObject({ code: "InvalidArgument" });
  });
});

describe("events", () => {
  it("report each operation and each attempt, with no secret", async () => {
    const operations: OperationEvent[] = [];
    const attempts: AttemptEvent[] = [];
    const onOperation = (event: unknown): void => void operations.push(event as OperationEvent);
    const onAttempt = (event: unknown): void => void attempts.push(event as AttemptEvent);
    subscribe("stowage:operation", onOperation);
    subscribe("stowage:attempt", onAttempt);
    try {
      const { store, script } = scriptedStore({ partSize: 4, rangeThreshold: 8 });
      script.put("k", bytesOf(20));
      script.fail("readBytes", failure("Throttled", { status: 429, requestId: "q1", message: "sig=S3cr3t" }));
      await store.get("k");
      await store.get("none").catch(() => {});
      await store.get("k", { signal: AbortSignal.abort() }).catch(() => {});
    } finally {
      unsubscribe("stowage:operation", onOperation);
      unsubscribe("stowage:attempt", onAttempt);
    }
    expect(operations).toMatchObject([
      { operation: "get", uri: "test://box/k", bytes: 20, attempts: 5 },
      { operation: "get", uri: "test://box/none", error: "NotFound", attempts: 1 },
      { operation: "get", error: "Aborted", attempts: 0 },
    ]);
    expect(attempts.slice(0, 2)).toMatchObject([
      { attempt: 1, error: "Throttled", status: 429, requestId: "q1", retryInMs: 25 },
      { attempt: 2, operation: "get" },
    ]);
    expect(JSON.stringify([operations, attempts])).not.toContain("S3cr3t");
  });
});
