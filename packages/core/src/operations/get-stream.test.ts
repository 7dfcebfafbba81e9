import { describe, expect, it } from "vitest";
import { breaking, hanging, ignoringReadConditions } from "../../test/support/bent-reads.js";
import { bytesOf, failure, scriptedStore, settled } from "../../test/support/scripted-store.js";

const large = bytesOf(100);

describe("getStream", () => {
  it("resumes at the delivered byte, pinned to the etag", async () => {
    const { store, script, environment } = scriptedStore();
    const etag = script.put("k", large);
    let broken = 0;
    script.bendRead = (read) =>
      broken++ < 2 ? { ...read, chunks: breaking(read.chunks, 5, failure("Unavailable")) } : read;
    const { stream } = await store.getStream("k");
    expect(new Uint8Array(await new Response(stream).arrayBuffer())).toEqual(large);
    expect(script.calls.map(({ detail }) => detail)).toEqual([
      "null",
      '{"offset":20,"length":80}',
      '{"offset":40,"length":60}',
    ]);
    expect(environment.sleeps).toHaveLength(2);
    expect(script.openStreams).toBe(0);
    expect(etag).toBe("e1");
  });

  it("of an object that changed meanwhile is PreconditionFailed, also where the service ignores conditions", async () => {
    for (const ignored of [false, true]) {
      const { store, script } = scriptedStore();
      script.put("k", large);
      if (ignored) script.driver.read = ignoringReadConditions(script.driver.read);
      let broken = false;
      script.bendRead = (read) => {
        if (broken) return read;
        broken = true;
        script.put("k", large.slice().reverse());
        return { ...read, chunks: breaking(read.chunks, 2, failure("Unavailable")) };
      };
      const { stream } = await store.getStream("k");
      await expect(new Response(stream).arrayBuffer()).rejects.toMatchObject({
        code: "PreconditionFailed",
        operation: "getStream",
        uri: "test://box/k",
      });
      expect(script.openStreams).toBe(0);
    }
  });

  it("does not resume after an error that is not retryable, without an etag, or too often", async () => {
    const cases = [
      [{}, failure("PermissionDenied"), 1],
      [{ native: [] }, failure("Unavailable"), 1],
      [{}, failure("Unavailable"), 4],
    ] as const;
    for (const [driver, error, opened] of cases) {
      const { store, script } = scriptedStore({}, driver);
      script.put("k", large);
      script.bendRead = (read) => ({ ...read, chunks: breaking(read.chunks, 1, error) });
      const { stream } = await store.getStream("k");
      await expect(new Response(stream).arrayBuffer()).rejects.toMatchObject({
        code: error.code,
        operation: "getStream",
      });
      expect(script.count("read")).toBe(opened);
      expect(script.openStreams).toBe(0);
    }
  });

  it("frees its source when cancelled, disposed, aborted or closed with the store, read or not", async () => {
    const endings = ["cancel", "dispose", "abort", "close"] as const;
    for (const ending of endings) {
      for (const reads of [0, 1, "hanging"] as const) {
        const { store, script } = scriptedStore({ timeouts: { total: 60_000, attempt: 60_000 } });
        script.put("k", large);
        if (reads === "hanging") script.bendRead = hanging(() => script.calls.at(-1)?.signal);
        const controller = new AbortController();
        const result = await store.getStream("k", { signal: controller.signal });
        const reader = result.stream.getReader();
        const first = reads === 0 ? undefined : reader.read();
        const seen = first?.then(
          () => "read",
          (error: unknown) => error,
        );
        if (reads === 1) await first;
        const reason = new Error("enough");
        if (ending === "cancel") await reader.cancel(reason);
        if (ending === "dispose") await result[Symbol.asyncDispose]();
        if (ending === "abort") controller.abort(reason);
        if (ending === "close") await store.close();
        await settled();
        expect([ending, reads, script.openStreams]).toEqual([ending, reads, 0]);
        if (ending === "abort") await expect(reader.read()).rejects.toBe(reason);
        if (ending === "close" || ending === "dispose") {
          await expect(reader.read()).rejects.toMatchObject({
            code: "Closed",
            operation: "getStream",
            uri: "test://box/k",
          });
        }
        await seen;
      }
    }
  });

  it("reads nothing ahead of its consumer", async () => {
    const { store, script } = scriptedStore();
    script.put("k", large);
    let pulled = 0;
    script.bendRead = (read) => ({ ...read, chunks: { next: () => ((pulled += 1), read.chunks.next()) } });
    await using result = await store.getStream("k");
    await settled();
    expect(pulled).toBe(0);
    await result.stream.getReader().read();
    expect(pulled).toBe(1);
  });
});
