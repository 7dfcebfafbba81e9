import { randomBytes } from "node:crypto";
import { openStore } from "@stowage/core";
import type { ObjectStore, StoreError } from "@stowage/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startFaultProxy } from "../../../tools/servers/index.mjs";
import { Azurite } from "./azurite.js";

const KIB = 1024;
const BUSY = {
  status: 503,
  headers: { "x-ms-error-code": "ServerBusy", "retry-after": "0" },
  body: "<Error><Code>ServerBusy</Code><Message>The server is busy.</Message></Error>",
};
const BROKEN = { status: 500, headers: { "x-ms-error-code": "InternalError" } };

let azurite: Azurite;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
beforeAll(async () => {
  azurite = await Azurite.start();
  proxy = await startFaultProxy({ target: azurite.server.origin });
});
afterEach(() => {
  proxy.clear();
});
afterAll(async () => {
  await proxy.stop();
  await azurite[Symbol.asyncDispose]();
});

const failureOf = async (promise: Promise<unknown>): Promise<StoreError> =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => error as StoreError,
  );

/** Every operation on an object; of a write, what is known of its outcome when the connection is dropped. */
const operations: Readonly<
  Record<string, { readonly write?: "unknown" | false; run(store: ObjectStore): Promise<unknown> }>
> = {
  get: { run: (store) => store.get("there") },
  "ranged get": { run: (store) => store.get("there", { range: { suffix: 10 } }) },
  getInto: { run: (store) => store.getInto("there", new Uint8Array(KIB)) },
  getStream: { run: async (store) => new Response((await store.getStream("there")).stream).arrayBuffer() },
  stat: { run: (store) => store.stat("there") },
  list: { run: (store) => store.list().toArray() },
  put: { write: "unknown", run: (store) => store.put("new", "1") },
  // What is dropped is a part: nothing has been made visible.
  "put in parts": {
    write: false,
    run: (store) => store.put("parts", randomBytes(3 * KIB), { partSize: KIB, multipartThreshold: KIB }),
  },
  copy: { write: "unknown", run: (store) => store.copy("there", "copied") },
  delete: { write: "unknown", run: (store) => store.delete("gone") },
  deleteMany: {
    write: "unknown",
    run: async (store) => {
      const [outcome] = await store.deleteMany(["gone"]);
      if (outcome !== undefined && !outcome.ok) throw outcome.error;
    },
  },
};

describe.each(["direct", "sdk"] as const)("faults on the way, transport %s", (transport) => {
  let uri: string;
  let store: ObjectStore;
  let once: ObjectStore;
  beforeAll(async () => {
    uri = await azurite.container();
    const { account, accountKey } = azurite.server;
    const options = { accountKey, endpoint: `${proxy.endpoint}/${account}`, transport };
    store = await openStore(uri, { ...options, retries: 3 });
    once = await openStore(uri, { ...options, retries: 0, timeouts: { idle: 400 } });
    await store.put("there", randomBytes(KIB));
  });
  afterAll(async () => {
    await store.close();
    await once.close();
  });

  describe.each(Object.entries(operations))("%s", (_, { write, run }) => {
    it("succeeds when a busy server, a broken one and a dropped connection are met first", async () => {
      proxy.inject({ times: 1, answer: BUSY });
      proxy.inject({ times: 1, answer: BROKEN });
      proxy.inject({ times: 1, before: "reset" });
      await run(store);
      expect(proxy.requests.filter(({ faulty }) => faulty)).toHaveLength(3);
    });

    it("tells a busy server as Throttled, retryable, and not committed", async () => {
      proxy.inject({ answer: BUSY });
      const error = await failureOf(run(once));
      expect(error).toMatchObject({ code: "Throttled", retryable: true, status: 503 });
      if (write !== undefined) expect(error.committed).toBe(false);
    });

    it("tells a connection that is dropped as Unavailable, a silent one as Timeout", async () => {
      proxy.inject({ before: "reset" });
      const dropped = await failureOf(run(once));
      expect(dropped).toMatchObject({ code: "Unavailable", retryable: true });
      if (write !== undefined) expect(dropped.committed).toBe(write);
      proxy.clear();
      proxy.inject({ silent: true });
      expect(await failureOf(run(once))).toMatchObject({ code: "Timeout", retryable: true });
    });
  });

  it("a lost answer leaves a write's outcome unknown, and a conditional one is not sent again", async () => {
    proxy.inject({ times: 1, loseAnswer: true });
    const error = await failureOf(store.put("lost", "1", { ifNoneMatch: "*" }));
    expect(error).toMatchObject({ committed: "unknown" });
    expect(proxy.requests).toHaveLength(1);
    expect((await store.get("lost")).text()).toBe("1");
    proxy.clear();
    proxy.inject({ times: 1, loseAnswer: true });
    await store.put("lost", "2");
    expect(proxy.requests).toHaveLength(2);
  });

  it("a commit whose answer is lost is not sent again; the object is there, whole", async () => {
    proxy.inject({ when: ({ url = "" }) => url.includes("comp=blocklist") && url.includes("/lost-commit"), times: 0 });
    proxy.inject({
      when: ({ url = "", method }) => method === "PUT" && url.includes("comp=blocklist"),
      times: 1,
      loseAnswer: true,
    });
    const bytes = randomBytes(3 * KIB);
    const error = await failureOf(store.put("lost-commit", bytes, { partSize: KIB, multipartThreshold: KIB }));
    expect(error).toMatchObject({ committed: "unknown" });
    expect(Buffer.compare((await store.get("lost-commit")).bytes, bytes)).toBe(0);
  });

  it("a body that breaks off is read again, whole, never short", async () => {
    const bytes = randomBytes(64 * KIB);
    await store.put("cut", bytes);
    proxy.inject({ times: 1, resetResponseAfter: 10 * KIB });
    proxy.inject({ times: 1, closeResponseAfter: 20 * KIB });
    expect(Buffer.compare((await store.get("cut")).bytes, bytes)).toBe(0);
    proxy.inject({ when: ({ method }) => method === "GET", times: 1, resetResponseAfter: 10 * KIB });
    await using opened = await store.getStream("cut");
    expect(Buffer.compare(Buffer.from(await new Response(opened.stream).arrayBuffer()), bytes)).toBe(0);
    proxy.inject({ when: ({ method }) => method === "GET", closeResponseAfter: 10 * KIB });
    expect(await failureOf(once.get("cut"))).toMatchObject({ code: "Unavailable" });
  });

  it("a stream that breaks off and has changed meanwhile is PreconditionFailed, not a splice", async () => {
    await store.put("changing", randomBytes(64 * KIB));
    proxy.inject({ when: ({ method }) => method === "GET", times: 1, resetResponseAfter: 10 * KIB });
    await using opened = await store.getStream("changing");
    const reader = opened.stream.getReader();
    await reader.read();
    await using direct = await openStore(uri, azurite.options);
    await direct.put("changing", randomBytes(64 * KIB));
    const drained = (async () => {
      for (;;) if ((await reader.read()).done) return;
    })();
    expect(await failureOf(drained)).toMatchObject({ code: "PreconditionFailed" });
  });

  it("a part that fails is sent again; one that keeps failing leaves no object and no open upload", async () => {
    const bytes = randomBytes(4 * KIB);
    const isPart = ({ url = "" }: { url?: string | undefined }): boolean =>
      url.includes("comp=block&") || url.endsWith("comp=block");
    proxy.inject({ when: isPart, times: 2, answer: BROKEN });
    await store.put("stubborn", bytes, { partSize: KIB, multipartThreshold: KIB });
    expect(Buffer.compare((await store.get("stubborn")).bytes, bytes)).toBe(0);
    let parts = 0;
    proxy.inject({ when: (request) => isPart(request) && ++parts === 3, times: 1, answer: BROKEN });
    const error = await failureOf(once.put("never", bytes, { partSize: KIB, multipartThreshold: KIB, concurrency: 1 }));
    expect(error).toMatchObject({ code: "Unavailable" });
    expect(await store.exists("never")).toBe(false);
    for await (const { key } of store.listUploads({ prefix: "never" })) expect.unreachable(key);
  });

  it("an abort ends the request, frees its connection, and gives the reason itself", async () => {
    const before = proxy.openSockets();
    const reason = new Error("enough");
    for (const { run } of Object.values(operations)) {
      proxy.inject({ silent: true });
      const controller = new AbortController();
      const aborted = abortable(once, controller.signal);
      setImmediate(() => controller.abort(reason));
      await expect(run(aborted)).rejects.toBe(reason);
      proxy.clear();
    }
    await expect.poll(() => proxy.openSockets()).toBeLessThanOrEqual(Math.max(before, 1));
  });

  it("an error body that is no XML, or none, does not hide the status", async () => {
    proxy.inject({ times: 1, answer: { status: 403, body: "<html>no entry</html>" } });
    expect(await failureOf(once.get("there"))).toMatchObject({ code: "PermissionDenied", status: 403 });
    proxy.inject({ times: 1, answer: { status: 429, headers: { "retry-after": "7" } } });
    expect(await failureOf(once.put("x", "1"))).toMatchObject({
      code: "Throttled",
      retryAfterMs: 7000,
      committed: false,
    });
  });

  it("a listing that cannot be read is Unavailable, never an empty one", async () => {
    proxy.inject({
      answer: {
        status: 200,
        headers: { "content-type": "application/xml" },
        body: "<EnumerationResults><Blobs><Blob>",
      },
    });
    expect(await failureOf(once.list().toArray())).toMatchObject({ code: "Unavailable" });
  });
});

/** The store with a signal in every call's options. */
function abortable(store: ObjectStore, signal: AbortSignal): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        const last = given.at(-1);
        const plain = typeof last === "object" && last !== null && !Array.isArray(last) && !ArrayBuffer.isView(last);
        const options = { ...(plain ? last : {}), signal };
        return Reflect.apply(member, target, [...(plain ? given.slice(0, -1) : given), options]);
      };
    },
  });
}
