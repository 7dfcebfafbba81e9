import { afterEach, describe, expect, it, vi } from "vitest";
import { bytesOf, failure, scriptedStore } from "../../test/support/scripted-store.js";
import { UPLOAD_ABORT_GRACE_MS, UPLOAD_BEGIN_GRACE_MS } from "../constants/transfer.js";
import { untilAborted, untilBegun } from "./unfinished-upload.js";

afterEach(() => {
  vi.useRealTimers();
});

const reason = new Error("enough");

const inParts = { multipartThreshold: 10, partSize: 10 };

/** A request that is not answered until it is cancelled. */
function never({ signal }: { readonly signal: AbortSignal | undefined }): Promise<void> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
  });
}

describe("the abort of an upload that failed, where the service says nothing", () => {
  it.each(["before", "during"] as const)("is given up after its grace by a caller who gave up %s it", async (when) => {
    vi.useFakeTimers();
    const { store, script } = scriptedStore();
    const controller = new AbortController();
    script.on("uploadPart", () => {
      if (when === "during") throw failure("PermissionDenied");
      controller.abort(reason);
    });
    script.on("abort", never);
    const rejected = expect(store.put("k", bytesOf(25), { ...inParts, signal: controller.signal })).rejects.toBe(
      reason,
    );
    await vi.advanceTimersByTimeAsync(1);
    controller.abort(reason);
    await vi.advanceTimersByTimeAsync(UPLOAD_ABORT_GRACE_MS - 2);
    expect([script.count("abort"), script.calls.at(-1)?.signal?.aborted]).toEqual([1, false]);
    await vi.advanceTimersByTimeAsync(2);
    await rejected;
    expect(script.count("abort")).toBe(1);
  });
});

describe("an upload that the total timeout ends", () => {
  it.each(["begin", "uploadPart"] as const)("while %s is not answered commits nothing, and says so", async (method) => {
    vi.useFakeTimers();
    const { store, script } = scriptedStore();
    script.on(method, never);
    const rejected = expect(store.put("k", bytesOf(25), { ...inParts, timeouts: { total: 5 } })).rejects.toMatchObject({
      code: "Timeout",
      committed: false,
    });
    await vi.advanceTimersByTimeAsync(5 + UPLOAD_BEGIN_GRACE_MS);
    await rejected;
    expect([script.uploads.size, script.count("complete")]).toEqual([0, 0]);
  });
});

describe("an upload of the driver's own", () => {
  it("is not begun for a caller who has given up", async () => {
    await expect(untilBegun(AbortSignal.abort(reason), () => Promise.resolve("begun"))).rejects.toBe(reason);
  });

  it("is aborted again after a passing failure, and no more after a lasting one", async () => {
    for (const [code, times] of [
      ["Throttled", 2],
      ["PermissionDenied", 1],
    ] as const) {
      let asked = 0;
      await untilAborted(AbortSignal.abort(reason), async () => {
        asked += 1;
        if (asked === 1) throw failure(code);
      });
      expect([code, asked]).toEqual([code, times]);
    }
  });
});

describe("an upload whose caller gives up while the service begins it", () => {
  it.each(["put", "beginUpload"] as const)("is aborted, and %s rejects with the caller's reason", async (operation) => {
    const { store, script } = scriptedStore();
    const controller = new AbortController();
    script.on("begin", ({ signal: asked }) => {
      controller.abort(reason);
      // As a request would that is cancelled: nobody would learn the id.
      asked?.throwIfAborted();
    });
    const { signal } = controller;
    const done =
      operation === "put"
        ? store.put("k", bytesOf(25), { ...inParts, signal })
        : store.beginUpload("k", { partSize: 10, signal });
    await expect(done).rejects.toBe(reason);
    expect(script.uploads.size).toBe(0);
    expect([script.count("begin"), script.count("abort"), script.count("uploadPart")]).toEqual([1, 1, 0]);
  });

  it("is aborted as well when the total timeout ends it", async () => {
    vi.useFakeTimers();
    const { store, script } = scriptedStore();
    script.on("begin", () => vi.advanceTimersByTimeAsync(10).then(() => {}));
    await expect(store.put("k", bytesOf(25), { ...inParts, timeouts: { total: 5 } })).rejects.toMatchObject({
      code: "Timeout",
      committed: false,
    });
    expect(script.uploads.size).toBe(0);
    expect(script.count("abort")).toBe(1);
  });

  it("is not waited for beyond the limit of one attempt", async () => {
    vi.useFakeTimers();
    const { store, script } = scriptedStore();
    script.on("begin", never);
    const done = store.beginUpload("k", { retries: 2, timeouts: { attempt: 100 } });
    const rejected = expect(done).rejects.toMatchObject({ code: "Timeout" });
    await vi.advanceTimersByTimeAsync(300);
    await rejected;
    expect(script.count("begin")).toBe(3);
  });

  it("is waited for no longer than the grace: a service that says nothing does not hold up the caller", async () => {
    vi.useFakeTimers();
    const { store, script } = scriptedStore();
    const controller = new AbortController();
    let asked: AbortSignal | undefined;
    script.on("begin", (call) => {
      asked = call.signal;
      return never(call);
    });
    const done = store.beginUpload("k", { signal: controller.signal });
    const rejected = expect(done).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(1);
    controller.abort(reason);
    await vi.advanceTimersByTimeAsync(UPLOAD_BEGIN_GRACE_MS - 1);
    expect(asked?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked?.aborted).toBe(true);
    await rejected;
    expect(script.count("begin")).toBe(1);
  });
});
