import { isStoreError } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { errorBody } from "./capture.js";
import { pattern } from "./pattern.js";
import { faultyStore, startMiniflare } from "./servers.js";
import type { FaultProxy, TestServer } from "./servers.js";

const MIB = 1024 * 1024;
/** The least that S3 takes as a part: a small second one makes an upload of two. */
const lane = { partSize: 5 * MIB, multipartThreshold: 5 * MIB, concurrency: 1 } as const;
const large = pattern(lane.partSize + 1000);

const busy = { status: 503, headers: { "retry-after": "0" }, body: errorBody("SlowDown") };
const broken = { status: 500, body: errorBody("InternalError") };

interface Operation {
  /** What must be there before. */
  readonly before?: (store: ObjectStore) => Promise<unknown>;
  readonly run: (store: ObjectStore) => Promise<unknown>;
  /** What must hold afterwards. */
  readonly after?: (store: ObjectStore, outcome: unknown) => Promise<void>;
}

const a = (store: ObjectStore): Promise<unknown> => store.put("a", "hello");
const text = async (store: ObjectStore, key: string): Promise<string> => (await store.get(key)).text();
const holds =
  (key: string, content: string) =>
  async (store: ObjectStore): Promise<void> =>
    expect(await text(store, key)).toBe(content);
const says =
  (expected: unknown) =>
  async (_: ObjectStore, outcome: unknown): Promise<void> =>
    expect(outcome).toEqual(expected);
const isWhole = async (store: ObjectStore): Promise<void> => {
  expect(Buffer.compare((await store.get("c")).bytes, large)).toBe(0);
};

const operations: Readonly<Record<string, Operation>> = {
  put: { run: a, after: holds("a", "hello") },
  stat: { before: a, run: async (store) => (await store.stat("a")).size, after: says(5) },
  exists: { before: a, run: (store) => store.exists("a"), after: says(true) },
  get: { before: a, run: (store) => text(store, "a"), after: says("hello") },
  range: {
    before: a,
    run: async (store) => (await store.get("a", { range: { offset: 1, length: 2 } })).text(),
    after: says("el"),
  },
  ranges: {
    before: a,
    async run(store) {
      const { ranges } = await store.getRanges("a", [
        { offset: 0, length: 1 },
        { offset: 4, length: 1 },
      ]);
      return ranges.map((bytes) => Buffer.from(bytes).toString());
    },
    after: says(["h", "o"]),
  },
  into: {
    before: a,
    async run(store) {
      const into = new Uint8Array(5);
      await store.getInto("a", into);
      return Buffer.from(into).toString();
    },
    after: says("hello"),
  },
  many: {
    before: a,
    run: async (store) => (await store.getMany(["a", "a"])).map((one) => one.ok && one.value.text()),
    after: says(["hello", "hello"]),
  },
  stream: {
    before: a,
    run: async (store) => await new Response((await store.getStream("a")).stream).text(),
    after: says("hello"),
  },
  list: {
    before: a,
    async run(store) {
      const keys: string[] = [];
      for await (const { key } of store.list({ prefix: "a" })) keys.push(key);
      return keys;
    },
    after: says(["a"]),
  },
  copy: { before: a, run: (store) => store.copy("a", "b"), after: holds("b", "hello") },
  rename: { before: a, run: (store) => store.rename("a", "r"), after: holds("r", "hello") },
  "put in parts": { run: (store) => store.put("c", large, lane), after: isWhole },
  "an upload by hand": {
    async run(store) {
      const upload = await store.beginUpload("c", { partSize: lane.partSize });
      await upload.uploadPart(1, large.subarray(0, lane.partSize));
      await upload.uploadPart(2, large.subarray(lane.partSize));
      await upload.complete();
    },
    after: isWhole,
  },
  abort: {
    async run(store) {
      const upload = await store.beginUpload("never");
      await upload.abort();
    },
    after: async (store) => expect(await store.exists("never")).toBe(false),
  },
  deleteMany: {
    before: a,
    run: async (store) => (await store.deleteMany(["a", "b"])).every(({ ok }) => ok),
    after: says(true),
  },
  deletePrefix: {
    before: (store) => store.put("p/1", "x"),
    run: async (store) => (await store.deletePrefix("p/")).failed,
    after: says([]),
  },
  delete: {
    before: a,
    run: (store) => store.delete("a"),
    after: async (store) => expect(await store.exists("a")).toBe(false),
  },
};

/** A complete that happened cannot be made again: what it made is there all the same. */
function unlessUnknown(error: unknown): void {
  if (!isStoreError(error) || error.committed !== "unknown") throw error;
}

/** Runs the operation once for each of its requests, with the fault on that request. How many there were. */
async function withFaultOnEach(
  { store, proxy }: { readonly store: ObjectStore; readonly proxy: FaultProxy },
  { before, run, after }: Operation,
  fault: Parameters<FaultProxy["inject"]>[0],
): Promise<number> {
  for (let nth = 1; ; nth += 1) {
    proxy.clear();
    await before?.(store);
    let seen = 0;
    proxy.inject({ ...fault, times: 1, when: () => (seen += 1) === nth });
    const outcome = await run(store);
    const hit = proxy.requests.some(({ faulty }) => faulty);
    proxy.clear();
    if (!hit) return nth - 1;
    await after?.(store, outcome);
  }
}

/** Every operation, once for each of its requests with a fault on that request. */
export function faultsEverywhere(transport: "direct" | "sdk"): void {
  let target: TestServer;
  beforeAll(async () => {
    target = await startMiniflare();
  });
  afterAll(async () => {
    await target[Symbol.asyncDispose]();
  });
  const prefix = `everywhere-${transport}`;

  it.each([
    ["503 SlowDown", { answer: busy }],
    ["500 InternalError", { answer: broken }],
    ["a reset before the answer", { before: "reset" as const }],
    ["an orderly close before the answer", { before: "close" as const }],
    ["a slow answer", { delayMs: 20, bytesPerSecond: 50_000_000 }],
  ])("survives %s", { timeout: 300_000 }, async (_, fault) => {
    await using faulty = await faultyStore(target, { transport, prefix });
    for (const [name, operation] of Object.entries(operations)) {
      const requests = await withFaultOnEach(faulty, operation, fault);
      expect(requests, name).toBeGreaterThanOrEqual(1);
    }
  });

  it(
    "whose answer is lost is made again where that is safe, or says that nobody knows",
    { timeout: 300_000 },
    async () => {
      await using faulty = await faultyStore(target, { transport, prefix });
      for (const [name, operation] of Object.entries(operations)) {
        const run = (store: ObjectStore): Promise<unknown> => operation.run(store).catch(unlessUnknown);
        const requests = await withFaultOnEach(faulty, { ...operation, run }, { loseAnswer: true });
        expect(requests, name).toBeGreaterThanOrEqual(1);
      }
    },
  );

  it("that stalls longer than the idle timeout is a Timeout", async () => {
    await using faulty = await faultyStore(target, { transport, prefix, retries: 0, timeouts: { idle: 100 } });
    const { store, proxy } = faulty;
    proxy.inject({ delayMs: 2000 });
    await expect(store.get("a")).rejects.toMatchObject({ code: "Timeout" });
    await expect(store.put("a", "x")).rejects.toMatchObject({ code: "Timeout", committed: "unknown" });
  });
}
