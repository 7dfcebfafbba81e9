// Callers without types, and values that the types do not tell apart: whatever is given, wherever, is answered by a StoreError.
import { afterEach, describe, expect, it, vi } from "vitest";
import { scriptedStore } from "../../test/support/scripted-store.js";
import {
  copyAll,
  createBudget,
  createRegistry,
  formatUri,
  isStoreError,
  openStore,
  parseRawUri,
  runLanes,
} from "../index.js";
import type { ObjectStore } from "../index.js";

const detached = new Uint8Array(8);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

const throwing = (): never => {
  throw new Error("thrown by the caller's own value");
};

const wrong: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["true", true],
  ["zero", 0],
  ["a negative number", -1],
  ["a fraction", 1.5],
  ["NaN", Number.NaN],
  ["an unsafe integer", 2 ** 53],
  ["a bigint", 1n],
  ["a symbol", Symbol("s")],
  ["an empty string", ""],
  ["a key with NUL", "a\0b"],
  ["a lone surrogate", "\uD800"],
  ["a long string", "x".repeat(5_000)],
  ["an array of anything", [1, null, {}]],
  [
    "a sparse array",
    Array.from({ length: 1 })
      .concat(...[[]])
      .fill(undefined),
  ],
  ["an object without a prototype", Object.create(null)],
  ["an object that has no text", { toString: throwing, [Symbol.toPrimitive]: throwing }],
  ["an unknown option", { nosuch: 1 }],
  ["a function", () => 1],
  ["an invalid date", new Date(Number.NaN)],
  ["bytes", new Uint8Array(3)],
  ["detached bytes", detached],
  ["an iterable that fails", { [Symbol.iterator]: throwing }],
  ["an iterable that is none", { [Symbol.iterator]: 5 }],
  ["an async iterable without an iterator", { [Symbol.asyncIterator]: () => ({}) }],
  ["a signal that is none", { signal: { aborted: false } }],
  ["a URL", new URL("https://example.com/k")],
];

/** Rejects or throws: with a StoreError that names no driver's fault, and that can be told about. Or does it: fine too. */
async function expectAnswered(what: string, act: () => unknown): Promise<void> {
  try {
    const value = await act();
    if (typeof value === "object" && value !== null && Symbol.asyncIterator in value) {
      for await (const _ of value as AsyncIterable<unknown>) break;
    }
  } catch (error) {
    expect(isStoreError(error), `${what}: ${String(error)}`).toBe(true);
    expect([what, isStoreError(error) && error.code]).not.toEqual([what, "Internal"]);
    expect(() => structuredClone(error)).not.toThrow();
  }
}

type Call = readonly [
  name: string,
  right: readonly unknown[],
  call: (...given: never[]) => unknown,
  options?: string[],
];

const shared = ["signal", "retries", "timeouts", "native"];
const reading = ["ifMatch", "ifNoneMatch", "ifModifiedSince", "ifUnmodifiedSince", "versionId"];
const writing = ["contentType", "metadata", "ifMatch", "ifNoneMatch", "size", "partSize", "multipartThreshold"];

/** Every method, with arguments that are right and the names of its options. */
function calls(store: ObjectStore, token: string): readonly Call[] {
  const upload = store.resumeUpload(token);
  const whole = ["range", "partSize", "concurrency", "rangeThreshold", "onProgress"];
  const copies = ["attributes", "sourceIfMatch", "ifNoneMatch", "partSize", "concurrency", "onProgress"];
  const bytes = (): Uint8Array => new Uint8Array(10);
  return [
    ["get", ["k", {}], store.get.bind(store), [...reading, ...whole]],
    ["getInto", ["k", bytes(), {}], store.getInto.bind(store), [...reading, ...whole]],
    ["getMany", [["k"], {}], store.getMany.bind(store), ["arena", "concurrency"]],
    ["getStream", ["k", {}], store.getStream.bind(store), [...reading, "range"]],
    ["getRanges", ["k", [{ offset: 0 }], {}], store.getRanges.bind(store), [...reading, "coalesceGap", "concurrency"]],
    ["put", ["p", "x", {}], store.put.bind(store), [...writing, "onProgress"]],
    ["put of chunks", ["x"], (chunk: never) => store.put("p", [chunk, chunk])],
    ["put of a stream", ["x"], (chunk: never) => store.put("p", once<never>(chunk))],
    ["createWriter", ["w", {}], (...given: never) => written(store, given), writing],
    ["beginUpload", ["u", {}], store.beginUpload.bind(store), ["contentType", "metadata", "partSize"]],
    ["resumeUpload", [token], store.resumeUpload.bind(store)],
    ["listUploads", [{}], store.listUploads.bind(store), ["prefix"]],
    ["abortUpload", [token, {}], store.abortUpload.bind(store), []],
    ["uploadPart", [1, "x", {}], upload.uploadPart.bind(upload), []],
    ["listParts", [{}], upload.listParts.bind(upload), []],
    ["presignPart", [1, {}], upload.presignPart.bind(upload), ["expiresIn"]],
    ["stat", ["k", {}], store.stat.bind(store), reading],
    ["exists", ["k", {}], store.exists.bind(store), ["versionId"]],
    ["list", [{}], store.list.bind(store), ["prefix", "delimiter", "startAfter", "order"]],
    ["pages", [{}], (given: never) => store.list().pages(given), ["pageSize", "token"]],
    ["delete", ["gone", {}], store.delete.bind(store), ["ifMatch", "versionId"]],
    ["deleteMany", [["gone"], {}], store.deleteMany.bind(store), []],
    ["deletePrefix", ["gone/", {}], store.deletePrefix.bind(store), ["all", "onProgress"]],
    ["copy", ["k", "c", {}], store.copy.bind(store), copies],
    ["copyFrom", [store, "k", "c", {}], store.copyFrom.bind(store), copies],
    ["rename", ["c", "r", {}], store.rename.bind(store), ["ifNoneMatch"]],
    ["presign", ["k", {}], store.presign.bind(store), ["method", "expiresIn", "contentType", "contentLength"]],
    ["containerExists", [{}], store.containerExists.bind(store), []],
    ["cleanup", [{}], store.cleanup.bind(store), ["olderThan"]],
    ["withPrefix", ["below/"], store.withPrefix.bind(store)],
    ["uriOf", ["k"], store.uriOf.bind(store)],
    ["copyAll", [store.withPrefix("a/"), store.withPrefix("b/"), {}], copyAll, ["concurrency", "attributes", "filter"]],
    ["openStore", ["test://box", {}], openStore, ["partSize", "budget", "keyRules"]],
    ["createRegistry", [{}], createRegistry, ["plugins", "budget", "importPackage"]],
    ["createBudget", [5], createBudget],
    ["acquire", [5, undefined], createBudget(10).acquire],
    ["formatUri", [{}], formatUri, ["plugin", "container", "key"]],
    ["parseRawUri", ["test://box/k"], (uri: never) => parseRawUri("test", uri, "object")],
    ["runLanes", [1], (lanes: never) => runLanes([1, 2], lanes, undefined, ignore)],
  ];
}

async function ignore(): Promise<void> {}

async function* once<Chunk>(chunk: Chunk): AsyncGenerator<Chunk> {
  yield chunk;
}

async function written(store: ObjectStore, given: readonly unknown[]): Promise<unknown> {
  const writer = Reflect.apply(store.createWriter, store, given);
  await writer.write("x");
  return writer.close();
}

describe("wrong arguments", () => {
  afterEach(() => vi.restoreAllMocks());

  it("are answered with a StoreError, whichever value stands in whichever place of whichever function", async () => {
    const { store, script } = scriptedStore();
    script.put("k", "hello");
    const { token } = await store.beginUpload("k");
    for (const [name, right, call, options] of calls(store, token)) {
      const run = (given: readonly unknown[]): unknown => Reflect.apply(call, undefined, given);
      for (const [what, value] of wrong) {
        // What a callback of the caller throws is the caller's, and thrown apart.
        for (let at = 0; at < right.length; at++) {
          await expectAnswered(`${name}, argument ${at} ${what}`, () => run(right.with(at, value)));
        }
        for (const option of options === undefined ? [] : [...options, ...shared]) {
          await expectAnswered(`${name}, ${option} ${what}`, () => run([...right.slice(0, -1), { [option]: value }]));
        }
      }
    }
  });

  it("never spoil a budget for those who share it", async () => {
    const budget = createBudget(10);
    for (const [, value] of wrong) await budget.acquire(value as never).then((release) => release(), ignore);
    expect(budget.inUse).toBe(0);
    const release = await budget.acquire(10);
    expect(budget.inUse).toBe(10);
    release();
  });

  it("of bodies: memory that was transferred away is refused rather than stored as nothing", async () => {
    const { store, script } = scriptedStore();
    for (const body of [detached, detached.buffer, [detached], once(detached)]) {
      await expect(store.put("k", body as never)).rejects.toMatchObject({ code: "InvalidArgument", committed: false });
    }
    expect(script.objects.has("k")).toBe(false);
    await store.put("k", new Uint8Array(0));
    expect(script.objects.get("k")?.bytes).toEqual(new Uint8Array(0));
  });

  it("of timeouts: one beyond what Node's timers hold is a long one, not none at all", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const { store, script } = scriptedStore();
    script.put("k", "hello");
    await store.stat("k", { timeouts: { total: Number.MAX_SAFE_INTEGER } });
    const waits = timers.mock.calls.map(([, milliseconds]) => milliseconds);
    expect(waits).toContain(2 ** 31 - 1);
    expect(waits).not.toContain(Number.MAX_SAFE_INTEGER);
  });
});
