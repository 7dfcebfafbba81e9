import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { bytesOf, failure, scriptedStore, settled } from "../../test/support/scripted-store.js";
import type { Body, Progress } from "../index.js";

const text = "hello, wörld";
const encoded = new TextEncoder().encode(text);
const whole = bytesOf(100);
const parts = { partSize: 8, multipartThreshold: 16, concurrency: 3 };

async function* pieces(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size);
}

function* syncPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 7) yield bytes.slice(at, at + 7);
}

/** A source that counts how often it was ended before its end. */
function watched(bytes: Uint8Array, fail?: unknown): { readonly body: AsyncIterable<Uint8Array>; ended: number } {
  const watch = { ended: 0, body: { [Symbol.asyncIterator]: iterate } };
  async function* iterate(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces(bytes);
      if (fail !== undefined) throw fail;
    } finally {
      watch.ended += 1;
    }
  }
  return watch;
}

const kinds: [string, (bytes: Uint8Array<ArrayBuffer>) => Body][] = [
  ["a Uint8Array", (bytes) => bytes],
  [
    "a Buffer in a pool",
    (bytes) => Buffer.concat([Buffer.from("xx"), bytes, Buffer.from("yy")]).subarray(2, 2 + bytes.byteLength),
  ],
  ["an ArrayBuffer", (bytes) => bytes.buffer.slice(0)],
  ["a DataView over a middle", (bytes) => new DataView(new Uint8Array([9, ...bytes, 9]).buffer, 1, bytes.byteLength)],
  ["a Blob", (bytes) => new Blob([bytes])],
  ["an iterable", (bytes) => syncPieces(bytes)],
  ["an array of chunks", (bytes) => [...syncPieces(bytes)]],
  ["an async iterable", (bytes) => pieces(bytes)],
  ["a ReadableStream", (bytes) => new Blob([bytes]).stream()],
  ["a Node Readable", (bytes) => Readable.from(syncPieces(bytes))],
];

describe("put", () => {
  it.each(kinds)("takes %s, small or large, of known size or not", async (_, body) => {
    for (const driver of [{}, { native: ["putStream", "multipart"] }, { native: ["multipart"] }] as const) {
      for (const bytes of [new Uint8Array(0), bytesOf(1), bytesOf(15), bytesOf(16), bytesOf(17), whole]) {
        for (const size of [undefined, bytes.byteLength]) {
          const { store, script } = scriptedStore(parts, driver);
          const result = await store.put("k", body(bytes), { size });
          expect(result).toMatchObject({ key: "k", size: bytes.byteLength, etag: script.objects.get("k")?.etag });
          expect(script.objects.get("k")?.bytes).toEqual(bytes);
          expect(script.uploads.size).toBe(0);
        }
      }
    }
  });

  it("takes strings as UTF-8", async () => {
    const { store, script } = scriptedStore();
    await store.put("k", text);
    expect(script.objects.get("k")?.bytes).toEqual(encoded);
    await store.put("k", ["hello, ", "wörld"]);
    expect(script.objects.get("k")?.bytes).toEqual(encoded);
  });

  it("of a small body is one write, of a large one parts of the size asked for", async () => {
    const { store, script } = scriptedStore(parts);
    await store.put("k", bytesOf(15));
    expect(script.calls.map(({ method }) => method)).toEqual(["write"]);
    await store.put("k", whole, { partSize: 30 });
    expect([script.count("uploadPart"), script.count("complete")]).toEqual([4, 1]);
    await store.put("k", whole, { multipartThreshold: 1000 });
    expect(script.count("write")).toBe(2);
  });

  it("raises the part size to what the service takes", async () => {
    const { store, script } = scriptedStore(parts, { limits: { partBytesMin: 20, parts: 4 } });
    await store.put("k", whole);
    expect(script.count("uploadPart")).toBe(1);
    expect(script.objects.get("k")?.bytes).toEqual(whole);
  });

  it("of unknown size fails where it needs more parts than the service takes", async () => {
    const equal = { concurrent: "independent", abortReclaims: true, unequalParts: false } as const;
    const { store, script } = scriptedStore(parts, { limits: { parts: 4 }, multipart: equal });
    await expect(store.put("k", pieces(whole))).rejects.toMatchObject({ code: "InvalidArgument", committed: false });
    expect([script.uploads.size, script.objects.size]).toEqual([0, 0]);
  });

  it("of a size that the body does not keep fails and leaves nothing", async () => {
    for (const options of [{}, parts]) {
      for (const driver of [{}, { native: ["putStream"] }] as const) {
        for (const [size, count] of [
          [99, 100],
          [101, 100],
          [0, 5],
          [5, 0],
        ] as const) {
          const { store, script } = scriptedStore(options, driver);
          const source = watched(bytesOf(count));
          await expect(store.put("k", source.body, { size })).rejects.toMatchObject({
            code: "InvalidArgument",
            operation: "put",
            uri: "test://box/k",
            committed: false,
          });
          expect([script.objects.size, script.uploads.size, source.ended]).toEqual([0, 0, 1]);
        }
      }
    }
    const { store } = scriptedStore();
    await expect(store.put("k", "abc", { size: 4 })).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(store.put("k", "abc", { size: -1 })).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  it("of a body that fails is InvalidArgument with the body's own error as its cause, whatever the driver makes of it", async () => {
    const fail = new Error("disk gone");
    for (const driver of [{}, { native: ["putStream", "multipart"] }] as const) {
      for (const options of [{}, parts]) {
        const { store, script } = scriptedStore(options, driver);
        await expect(store.put("k", watched(whole, fail).body)).rejects.toMatchObject({
          code: "InvalidArgument",
          cause: fail,
          committed: false,
        });
        const readable = new Readable({ read: () => undefined });
        setImmediate(() => readable.destroy(fail));
        await expect(store.put("k", readable)).rejects.toMatchObject({ code: "InvalidArgument", cause: fail });
        const sync = (function* () {
          yield "x";
          throw fail;
        })();
        await expect(store.put("k", sync)).rejects.toMatchObject({ code: "InvalidArgument", cause: fail });
        expect([script.objects.size, script.uploads.size]).toEqual([0, 0]);
      }
    }
    const wrapping = scriptedStore({}, { native: ["putStream"] });
    const { write } = wrapping.script.driver;
    wrapping.script.driver.write = (...given) => write(...given).catch(() => Promise.reject(failure("Unavailable")));
    await expect(wrapping.store.put("k", watched(whole, fail).body)).rejects.toMatchObject({
      code: "InvalidArgument",
      cause: fail,
    });
  });

  it("that fails aborts its upload and frees the body; nothing was visible, nothing is left", async () => {
    for (const method of ["begin", "uploadPart", "complete"] as const) {
      for (const size of [undefined, 100]) {
        const { store, script } = scriptedStore(parts);
        const source = watched(whole);
        script.fail(method, failure("PermissionDenied"));
        await expect(store.put("k", source.body, { size })).rejects.toMatchObject({
          code: "PermissionDenied",
          committed: false,
          operation: "put",
        });
        await settled();
        const begun = method !== "begin" || size === undefined;
        expect([method, script.uploads.size, script.objects.size, source.ended]).toEqual([method, 0, 0, begun ? 1 : 0]);
      }
    }
  });

  it("that fails before its complete has not taken effect; one that fails in it may have", async () => {
    const { store, script } = scriptedStore({ ...parts, retries: 0 });
    script.fail("uploadPart", failure("Unavailable"));
    await expect(store.put("k", whole)).rejects.toMatchObject({ code: "Unavailable", committed: false });
    script.fail("complete", failure("Unavailable"));
    await expect(store.put("k", whole)).rejects.toMatchObject({ code: "Unavailable", committed: "unknown" });
    expect(script.uploads.size).toBe(0);
  });

  it("tries the abort of a failed upload again, too", async () => {
    const { store, script } = scriptedStore(parts);
    script.fail("uploadPart", failure("PermissionDenied"));
    script.fail("abort", failure("Unavailable"));
    await expect(store.put("k", whole)).rejects.toMatchObject({ code: "PermissionDenied" });
    expect([script.count("abort"), script.uploads.size]).toEqual([2, 0]);
  });

  it("rejects when a part has failed although the source says nothing more", async () => {
    const { store, script } = scriptedStore(parts);
    script.fail("uploadPart", failure("NoSpace"));
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytesOf(40)),
      cancel: () => void (cancelled = true),
    });
    await expect(store.put("k", body)).rejects.toMatchObject({ code: "NoSpace" });
    expect(cancelled).toBe(true);
    expect(script.uploads.size).toBe(0);
  });

  it("frees a body that was refused before it was looked at", async () => {
    const { store } = scriptedStore();
    for (const [key, options] of [
      ["/bad", {}],
      ["k", { sizee: 1 }],
      ["k", { signal: AbortSignal.abort() }],
      ["k", { contentType: "bad" }],
    ] as const) {
      const readable = Readable.from(["x"]);
      await expect(store.put(key, readable, Object(options))).rejects.toBeDefined();
      expect(readable.destroyed).toBe(true);
    }
    for (const body of [5, null, undefined, {}, new Date(), Symbol("x")]) {
      await expect(store.put("k", body as never)).rejects.toMatchObject({ code: "InvalidArgument", operation: "put" });
    }
    const locked = new ReadableStream();
    locked.getReader();
    await expect(store.put("k", locked)).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  it("does not see what a producer writes into its chunk after handing it over", async () => {
    const { store, script } = scriptedStore(parts);
    async function* reusing(): AsyncGenerator<Uint8Array> {
      const chunk = new Uint8Array(10);
      for (let value = 0; value < 10; value++) yield chunk.fill(value);
    }
    await store.put("k", reusing());
    expect(script.objects.get("k")?.bytes).toEqual(
      Uint8Array.from({ length: 100 }, (_, index) => Math.floor(index / 10)),
    );
  });

  it("reports progress that never goes back, retries included, and ends with the object", async () => {
    for (const body of [whole, new Blob([whole]), pieces(whole)]) {
      for (const options of [{}, parts]) {
        const { store, script } = scriptedStore(options);
        script.fail("write", failure("Unavailable"));
        script.fail("uploadPart", failure("Unavailable"));
        const seen: Progress[] = [];
        const copy = body instanceof Uint8Array || body instanceof Blob ? body : pieces(whole);
        await store.put("k", copy, { onProgress: (progress) => seen.push(progress) });
        const bytes = seen.map((each) => each.bytes);
        expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
        expect(seen.at(-1)).toMatchObject({ bytes: 100, objects: 1, totalObjects: 1, key: "k" });
      }
    }
  });

  it("stores attributes, and clears them when there are none", async () => {
    const { store, script } = scriptedStore();
    await store.put("a.txt", "x", { metadata: { A: "1" }, cacheControl: "no-store" });
    expect(script.objects.get("a.txt")?.attributes).toEqual({
      contentType: "text/plain",
      cacheControl: "no-store",
      metadata: { a: "1" },
    });
    await store.put("a.txt", "x");
    expect(script.objects.get("a.txt")?.attributes).toEqual({ contentType: "text/plain", metadata: {} });
  });

  it("creates only, or replaces only, when asked to", async () => {
    for (const body of ["x", whole]) {
      const { store, script } = scriptedStore(parts);
      const { etag } = await store.put("k", body, { ifNoneMatch: "*" });
      await expect(store.put("k", body, { ifNoneMatch: "*" })).rejects.toMatchObject({
        code: "AlreadyExists",
        committed: false,
      });
      await expect(store.put("k", body, { ifMatch: "other" })).rejects.toMatchObject({ code: "PreconditionFailed" });
      await store.put("k", body, { ifMatch: `"${etag}"` });
      expect(script.uploads.size).toBe(0);
      for (const bad of [
        { ifNoneMatch: "etag" },
        { ifMatch: "*" },
        { ifMatch: "a", ifNoneMatch: "*" },
        { ifMatch: "" },
      ]) {
        await expect(store.put("k", body, Object(bad))).rejects.toMatchObject({ code: "InvalidArgument" });
      }
    }
  });

  it("is refused by name, before anything is touched, where the store lacks what was asked for", async () => {
    const { store, script } = scriptedStore(
      {},
      { native: [], methods: [], limits: { writeBytes: 10, objectBytes: 20 } },
    );
    const refusals = [
      [store.put("k", "x", { ifNoneMatch: "*" }), "createOnly"],
      [store.put("k", "x", { ifMatch: "e" }), "replaceIf"],
      [store.put("k", "x", { metadata: { a: "b" } }), "attributes"],
      [store.put("k", pieces(whole)), "putStream"],
      [store.beginUpload("k"), "multipart"],
    ] as const;
    for (const [call, capability] of refusals)
      await expect(call).rejects.toMatchObject({ code: "Unsupported", capability });
    await expect(store.put("k", bytesOf(11))).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(store.put("k", bytesOf(21))).rejects.toMatchObject({ code: "InvalidArgument" });
    expect(script.calls).toEqual([]);
  });

  it("is IntegrityMismatch when the store reports another size than was sent", async () => {
    const { store, script } = scriptedStore();
    script.driver.write = async () => ({ size: 3, etag: "e" });
    await expect(store.put("k", "four")).rejects.toMatchObject({ code: "IntegrityMismatch", committed: "unknown" });
  });
});
