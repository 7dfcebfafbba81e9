import { isStoreError } from "@stowage/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorBody } from "./support/capture.js";
import { pattern } from "./support/pattern.js";
import { faultyStore, startMiniflare } from "./support/servers.js";
import type { TestServer } from "./support/servers.js";

const MIB = 1024 * 1024;

let target: TestServer;
beforeAll(async () => {
  target = await startMiniflare();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

describe.each(["direct", "sdk"] as const)("faults on the way (%s)", (transport) => {
  const prefix = `faults-${transport}`;

  it("a stream cut midway goes on at the byte where it broke, pinned to the etag", async () => {
    await using faulty = await faultyStore(target, { transport, prefix });
    const { store, proxy } = faulty;
    const bytes = pattern(3 * MIB);
    const { etag } = await store.put("cut", bytes);
    proxy.clear();
    proxy.inject({ when: ({ method }) => method === "GET", times: 1, resetResponseAfter: MIB });
    const { stream } = await store.getStream("cut");
    const received = new Uint8Array(await new Response(stream).arrayBuffer());
    expect(Buffer.compare(received, bytes)).toBe(0);
    const [, second] = proxy.requests;
    expect(second?.headers.range).toMatch(/^bytes=[1-9]\d*-/);
    expect(second?.headers["if-match"]).toBe(`"${etag}"`);
  });

  it.each([{ resetResponseAfter: 1000 }, { closeResponseAfter: 1000 }])(
    "a get cut midway (%j) is made anew and whole",
    async (fault) => {
      await using faulty = await faultyStore(target, { transport, prefix });
      const { store, proxy } = faulty;
      const bytes = pattern(300_000);
      await store.put("cut", bytes);
      proxy.inject({ when: ({ method }) => method === "GET", times: 1, ...fault });
      expect(Buffer.compare((await store.get("cut")).bytes, bytes)).toBe(0);
      proxy.inject({ when: ({ method }) => method === "GET", times: 1, ...fault });
      const into = new Uint8Array(300_000);
      await store.getInto("cut", into);
      expect(Buffer.compare(into, bytes)).toBe(0);
    },
  );

  it("corrupted bytes are noticed by the service's checksum, and fetched again", async () => {
    await using faulty = await faultyStore(target, { transport, prefix });
    const { store, proxy } = faulty;
    await store.put("sum", "123456789");
    const sum = { "x-amz-checksum-crc32": "y/Q5Jg==" };
    const responseHeaders = (headers: object): Record<string, string> => ({ ...headers, ...sum });
    proxy.inject({ when: ({ method }) => method === "GET", times: 1, corruptByteAt: 3, responseHeaders });
    proxy.inject({ when: ({ method }) => method === "GET", responseHeaders });
    expect((await store.get("sum")).text()).toBe("123456789");
    proxy.clear();
    proxy.inject({ when: ({ method }) => method === "GET", corruptByteAt: 3, responseHeaders });
    await expect(store.get("sum", { retries: 1 })).rejects.toMatchObject({ code: "IntegrityMismatch" });
  });

  it("a put whose answer is lost is sent again; a conditional one is not, and says that nobody knows", async () => {
    await using faulty = await faultyStore(target, { transport, prefix });
    const { store, proxy } = faulty;
    proxy.inject({ when: ({ method }) => method === "PUT", times: 1, loseAnswer: true });
    await store.put("lost", "one");
    expect((await store.get("lost")).text()).toBe("one");
    await store.delete("created");
    proxy.clear();
    proxy.inject({ when: ({ method }) => method === "PUT", times: 1, loseAnswer: true });
    await expect(store.put("created", "once", { ifNoneMatch: "*" })).rejects.toMatchObject({
      code: "Unavailable",
      committed: "unknown",
    });
    expect(proxy.requests.filter(({ method }) => method === "PUT")).toHaveLength(1);
    expect((await store.get("created")).text()).toBe("once");
  });

  it("an upload reset midway leaves the old object, and is made again", async () => {
    await using faulty = await faultyStore(target, { transport, prefix });
    const { store, proxy } = faulty;
    await store.put("big", "old");
    proxy.inject({ when: ({ method }) => method === "PUT", resetRequestAfter: MIB });
    const failed: unknown = await store.put("big", pattern(4 * MIB), { retries: 1 }).catch((error: unknown) => error);
    expect(isStoreError(failed) && [failed.code, failed.committed]).toEqual(["Unavailable", "unknown"]);
    proxy.clear();
    expect((await store.get("big")).text()).toBe("old");
    proxy.inject({ when: ({ method }) => method === "PUT", times: 1, resetRequestAfter: MIB });
    await store.put("big", pattern(4 * MIB));
    expect((await store.stat("big")).size).toBe(4 * MIB);
  });

  it("a 409 of racing conditional writers is tried again", async () => {
    await using faulty = await faultyStore(target, { transport, prefix });
    const { store, proxy } = faulty;
    await store.delete("raced");
    proxy.inject({
      when: ({ method }) => method === "PUT",
      times: 1,
      answer: { status: 409, body: errorBody("ConditionalRequestConflict") },
    });
    await store.put("raced", "x", { ifNoneMatch: "*" });
  });

  it("a 404 to an If-Match write is PreconditionFailed", async () => {
    await using faulty = await faultyStore(target, { transport, prefix });
    const { store, proxy } = faulty;
    proxy.inject({ answer: { status: 404, body: errorBody("NoSuchKey") } });
    await expect(store.put("k", "x", { ifMatch: "abc" })).rejects.toMatchObject({
      code: "PreconditionFailed",
      committed: false,
    });
  });

  it("a service that never answers ends in Timeout, and leaves no socket", async () => {
    await using faulty = await faultyStore(target, { transport, prefix });
    const { store, proxy } = faulty;
    proxy.inject({ silent: true });
    await expect(store.get("k", { retries: 0, timeouts: { idle: 200 } })).rejects.toMatchObject({ code: "Timeout" });
    await expect.poll(() => proxy.openSockets()).toBe(0);
  });

  it("an abort rejects with the reason itself and leaves no socket", async () => {
    await using faulty = await faultyStore(target, { transport, prefix });
    const { store, proxy } = faulty;
    const reason = new Error("enough");
    const controller = new AbortController();
    proxy.inject({
      when: () => {
        controller.abort(reason);
        return true;
      },
      silent: true,
    });
    await expect(store.get("k", { signal: controller.signal })).rejects.toBe(reason);
    await expect.poll(() => proxy.openSockets()).toBe(0);
  });

  it("errors without a body or with a proxy's page are typed by their status", async () => {
    await using faulty = await faultyStore(target, { transport, prefix, retries: 0 });
    const { store, proxy } = faulty;
    const cases = [
      [400, "InvalidArgument"],
      [401, "Unauthenticated"],
      [403, "PermissionDenied"],
      [429, "Throttled"],
      [502, "Unavailable"],
      [504, "Timeout"],
      [507, "NoSpace"],
    ] as const;
    for (const [status, code] of cases) {
      for (const body of ["", "<html><body>Bad <br> gateway</body></html>"]) {
        proxy.clear();
        proxy.inject({ answer: { status, body } });
        await expect(store.get("k")).rejects.toMatchObject({ code, status });
      }
    }
  });
});
