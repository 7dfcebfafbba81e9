import { describe, expect, it } from "vitest";
import { bytesOf, failure, scriptedStore, settled } from "../../test/support/scripted-store.js";

const whole = bytesOf(100);
const parts = { partSize: 8, multipartThreshold: 16, concurrency: 3 };

describe("createWriter", () => {
  it("writes piece by piece; nothing is visible before close, which may be called again", async () => {
    const { store, script } = scriptedStore(parts);
    const writer = store.createWriter("k", { contentType: "text/x" });
    for (let each = 0; each < 50; each++) await writer.write(each % 2 === 0 ? "ab" : new Uint8Array([99]));
    expect(script.objects.size).toBe(0);
    const result = await writer.close();
    expect(result).toEqual(await writer.close());
    expect(script.text("k")).toBe("abc".repeat(25));
    await expect(writer.write("x")).rejects.toMatchObject({ code: "Closed", operation: "write", uri: "test://box/k" });
  });

  it("keeps what it was given although the caller uses the memory again", async () => {
    const { store, script } = scriptedStore();
    await using writer = store.createWriter("k");
    const chunk = new Uint8Array(4);
    for (let value = 1; value < 4; value++) await writer.write(chunk.fill(value));
    await writer.close();
    expect([...(script.objects.get("k")?.bytes ?? [])]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
  });

  it("leaves nothing when aborted, disposed, or when its signal aborts", async () => {
    for (const ending of ["abort", "dispose", "signal", "stream"] as const) {
      const { store, script } = scriptedStore(parts);
      const controller = new AbortController();
      const writer = store.createWriter("k", { signal: controller.signal });
      await writer.write(whole);
      await settled();
      const reason = new Error("no");
      if (ending === "abort") await writer.abort(reason);
      if (ending === "dispose") await writer[Symbol.asyncDispose]();
      if (ending === "stream") await writer.writable.abort(reason);
      if (ending === "signal") controller.abort(reason);
      const outcome = await writer.close().catch((error: unknown) => error);
      if (ending === "dispose") expect(outcome).toMatchObject({ code: "Closed" });
      else expect(outcome).toBe(reason);
      expect([ending, script.uploads.size, script.objects.size]).toEqual([ending, 0, 0]);
    }
  });

  it("tells a failure by the next write and by close, and leaves no unhandled rejection", async () => {
    const { store, script } = scriptedStore(parts);
    script.fail("begin", failure("NoSpace"));
    const writer = store.createWriter("k");
    await writer.write(whole);
    await settled();
    await expect(writer.write("x")).rejects.toMatchObject({ code: "NoSpace", operation: "put" });
    await expect(writer.close()).rejects.toMatchObject({ code: "NoSpace" });
    store.createWriter("/bad");
    await expect(store.createWriter("k").write(5 as never)).rejects.toMatchObject({
      code: "InvalidArgument",
      operation: "write",
    });
    await settled();
  });

  it("lets a producer wait while the store does not keep up", async () => {
    const { store, script } = scriptedStore({}, { native: ["putStream"] });
    let go: (() => void) | undefined;
    script.on("write", () => new Promise<void>((resolve) => void (go = resolve)));
    const writer = store.createWriter("k");
    const chunk = new Uint8Array(1024 * 1024);
    let written = 0;
    const producing = (async () => {
      for (; written < 10; written++) await writer.write(chunk);
    })();
    await settled();
    expect(written).toBeLessThan(5);
    go?.();
    await producing;
    expect((await writer.close()).size).toBe(10 * chunk.byteLength);
  });

  it("is the end of a pipe", async () => {
    const { store, script } = scriptedStore(parts);
    await new Blob([whole]).stream().pipeTo(store.createWriter("k").writable);
    expect(script.objects.get("k")?.bytes).toEqual(whole);
  });
});
