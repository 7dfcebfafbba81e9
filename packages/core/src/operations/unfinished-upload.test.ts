import { afterEach, describe, expect, it, vi } from "vitest";
import { bytesOf, scriptedStore } from "../../test/support/scripted-store.js";
import { UPLOAD_ABORT_GRACE_MS, UPLOAD_BEGIN_GRACE_MS } from "../constants/transfer.js";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const reason = new Error("enough");

describe("the abort of an upload whose caller has given up", () => {
  it("ends by itself where the service says nothing, and is not tried again", async () => {
    const { store, script } = scriptedStore();
    const controller = new AbortController();
    script.on("uploadPart", () => controller.abort(reason));
    // The clock of AbortSignal.timeout is not the test's: its end comes when the abort is under way.
    const end = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(end.signal);
    script.on("abort", ({ signal }) => {
      const given = new Promise<void>((_, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
      });
      end.abort(new Error("late"));
      return given;
    });
    const given = { multipartThreshold: 10, partSize: 10, signal: controller.signal };
    await expect(store.put("k", bytesOf(25), given)).rejects.toBe(reason);
    expect(timeout).toHaveBeenCalledWith(UPLOAD_ABORT_GRACE_MS);
    expect(script.count("abort")).toBe(1);
  });
});

describe("an upload whose caller gives up while the service begins it", () => {
  it.each(["put", "beginUpload"] as const)("is aborted, and %s rejects with the caller's reason", async (operation) => {
    const { store, script } = scriptedStore();
    const controller = new AbortController();
    script.on("begin", () => controller.abort(reason));
    const { signal } = controller;
    const given = { multipartThreshold: 10, partSize: 10, signal };
    const done =
      operation === "put" ? store.put("k", bytesOf(25), given) : store.beginUpload("k", { partSize: 10, signal });
    await expect(done).rejects.toBe(reason);
    expect(script.uploads.size).toBe(0);
    expect([script.count("begin"), script.count("abort"), script.count("uploadPart")]).toEqual([1, 1, 0]);
  });

  it("is aborted as well when the total timeout ends it", async () => {
    vi.useFakeTimers();
    const { store, script } = scriptedStore();
    script.on("begin", () => vi.advanceTimersByTimeAsync(10).then(() => {}));
    await expect(store.beginUpload("k", { timeouts: { total: 5 } })).rejects.toMatchObject({ code: "Timeout" });
    expect(script.uploads.size).toBe(0);
    expect(script.count("abort")).toBe(1);
  });

  it("is waited for no longer than the grace: a service that says nothing does not hold up the caller", async () => {
    vi.useFakeTimers();
    const { store, script } = scriptedStore();
    const controller = new AbortController();
    let asked: AbortSignal | undefined;
    script.on("begin", ({ signal }) => {
      asked = signal;
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
      });
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
