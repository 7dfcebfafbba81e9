import type { ObjectStore, StoreError } from "@stowage/core";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf, faultRunOfThisFile, KIB } from "./fault-run.js";
import type { FaultyStores } from "./fault-run.js";

const run = faultRunOfThisFile();

describe.each(["direct", "sdk"] as const)("faults of reads, transport %s", (transport) => {
  let stores: FaultyStores;
  let store: ObjectStore;
  let once: ObjectStore;
  beforeAll(async () => {
    stores = await run.stores(transport);
    ({ store, once } = stores);
  });
  afterAll(async () => {
    await stores.close();
  });

  it("a body that breaks off is read again, whole, never short", async () => {
    const bytes = randomBytes(64 * KIB);
    await store.put("cut", bytes);
    run.proxy.inject({ times: 1, resetResponseAfter: 10 * KIB });
    run.proxy.inject({ times: 1, closeResponseAfter: 20 * KIB });
    expect(Buffer.compare((await store.get("cut")).bytes, bytes)).toBe(0);
    run.proxy.inject({ when: ({ method }) => method === "GET", times: 1, resetResponseAfter: 10 * KIB });
    await using opened = await store.getStream("cut");
    expect(Buffer.compare(Buffer.from(await new Response(opened.stream).arrayBuffer()), bytes)).toBe(0);
    run.proxy.inject({ when: ({ method }) => method === "GET", closeResponseAfter: 10 * KIB });
    expect(await failureOf(once.get("cut"))).toMatchObject({ code: "Unavailable" });
  });

  it("a stream that breaks off and has changed meanwhile is PreconditionFailed, not a splice", async () => {
    await store.put("changing", randomBytes(64 * KIB));
    run.proxy.inject({ when: ({ method }) => method === "GET", times: 1, resetResponseAfter: 10 * KIB });
    await using opened = await store.getStream("changing");
    const reader = opened.stream.getReader();
    await reader.read();
    await stores.direct.put("changing", randomBytes(64 * KIB));
    const drained = (async () => {
      for (;;) if ((await reader.read()).done) return;
    })();
    expect(await failureOf(drained)).toMatchObject({ code: "PreconditionFailed" });
  });

  it("an error body that is no XML, or none, does not hide the status", async () => {
    run.proxy.inject({ times: 1, answer: { status: 403, body: "<html>no entry</html>" } });
    expect(await failureOf(once.get("there"))).toMatchObject({ code: "PermissionDenied", status: 403 });
    run.proxy.inject({ times: 1, answer: { status: 429, headers: { "retry-after": "7" } } });
    expect(await failureOf(once.put("x", "1"))).toMatchObject({
      code: "Throttled",
      retryAfterMs: 7000,
      committed: false,
    });
  });

  it("a listing that cannot be read is Unavailable, never an empty one", async () => {
    run.proxy.inject({
      answer: {
        status: 200,
        headers: { "content-type": "application/xml" },
        body: "<EnumerationResults><Blobs><Blob>",
      },
    });
    expect(await failureOf(once.list().toArray())).toMatchObject({ code: "Unavailable" });
  });

  it("a listing, or a list of parts, with an altered byte in its XML is read whole or Unavailable, never short", async () => {
    await store.put("listed", "1");
    const upload = await store.beginUpload("listed", { partSize: KIB });
    await upload.uploadPart(1, randomBytes(KIB));
    const before = await store.list().toArray();
    const outcomes = new Set<string>();
    // Up to where names begin: that a name was another one cannot be seen.
    for (let corruptByteAt = 0; corruptByteAt < 100; corruptByteAt += 3) {
      run.proxy.clear();
      run.proxy.inject({ corruptByteAt });
      for (const [read, whole] of [
        [() => once.list().toArray(), before.length],
        [() => once.resumeUpload(upload.token).listParts(), 1],
      ] as const) {
        outcomes.add(
          await Promise.resolve<Promise<readonly unknown[]>>(read()).then(
            ({ length }) => (length === whole ? "whole" : `short at ${corruptByteAt}`),
            ({ code, message }: StoreError) =>
              code === "Unavailable" ? code : `${code} at ${corruptByteAt} ${message}`,
          ),
        );
      }
    }
    expect([...outcomes].sort()).toEqual(["Unavailable", "whole"]);
    run.proxy.clear();
    await upload.abort();
  });

  it("an altered byte of a body is not noticed, as documented: its length and its etag are the object's", async () => {
    const bytes = randomBytes(KIB);
    const { etag } = await store.put("altered", bytes);
    const altered = Buffer.from(bytes);
    altered.writeUInt8(altered.readUInt8(100) ^ 0xff, 100);
    run.proxy.inject({ corruptByteAt: 100 });
    const got = await once.get("altered");
    expect(got.info.etag).toBe(etag);
    expect(Buffer.compare(got.bytes, altered)).toBe(0);
    const target = new Uint8Array(KIB);
    await once.getInto("altered", target);
    expect(Buffer.compare(target, altered)).toBe(0);
  });

  it("a range that is not the one asked for is refused, never taken for it", async () => {
    await store.put("ranged", randomBytes(KIB));
    const responseHeaders = (headers: object): Record<string, string> => ({
      ...headers,
      "content-range": `bytes 0-99/${KIB}`,
    });
    run.proxy.inject({ when: ({ method }) => method === "GET", responseHeaders });
    expect(await failureOf(once.get("ranged", { range: { offset: 100, length: 100 } }))).toMatchObject({
      code: "IntegrityMismatch",
    });
  });

  it("what is slow but keeps moving succeeds, however long it takes", async () => {
    const bytes = randomBytes(384 * KIB);
    await store.put("slow", bytes);
    // More than a second of body, in bursts of at most 64 KiB, on an idle limit of 400 ms.
    run.proxy.inject({ delayMs: 100, bytesPerSecond: 320 * KIB });
    expect(Buffer.compare((await once.get("slow")).bytes, bytes)).toBe(0);
    const target = new Uint8Array(bytes.byteLength);
    await once.getInto("slow", target);
    expect(Buffer.compare(target, bytes)).toBe(0);
    const { stream } = await once.getStream("slow");
    expect(Buffer.compare(Buffer.from(await new Response(stream).arrayBuffer()), bytes)).toBe(0);
  });
});
