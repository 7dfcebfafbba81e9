/** Uploads in parts: what may be sent twice, late, or never completed. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { ObjectStore } from "@stowage/core";
import { beforeEach, describe, expect, it } from "vitest";
import { file } from "../src/index.js";
import { hidden, scratchDirectory, tree } from "./support/directories.js";

const partSize = 70_001;
let directory: string;
let store: ObjectStore;

beforeEach(() => {
  directory = scratchDirectory();
  store = file({ directory });
});

const part = (value: number, size = partSize): Uint8Array => new Uint8Array(size).fill(value);

/** A part's body that waits for `release` in its middle. */
function halting(value: number): {
  readonly body: AsyncIterable<Uint8Array>;
  release(): void;
  readonly begun: Promise<void>;
} {
  let release = (): void => undefined;
  let begin = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const begun = new Promise<void>((resolve) => (begin = resolve));
  async function* body(): AsyncGenerator<Uint8Array> {
    yield part(value, 40_000);
    begin();
    await released;
    yield part(value, partSize - 40_000);
  }
  return { body: body(), release: () => release(), begun };
}

describe("an upload", () => {
  it("is one hidden directory until complete, and nothing but the object after it", async () => {
    const upload = await store.beginUpload("dir/key", { partSize });
    await Promise.all([3, 1, 2].map((number) => upload.uploadPart(number, part(number, number === 3 ? 5 : partSize))));
    expect(tree(directory).every((name) => name.startsWith(".stowage-uploads"))).toBe(true);
    const written = await upload.complete();
    expect(tree(directory)).toEqual(["dir", "dir/key"]);
    const { bytes, info } = await store.get("dir/key");
    expect(info).toMatchObject({ size: 2 * partSize + 5, etag: written.etag });
    expect(Buffer.from(bytes).equals(Buffer.concat([part(1), part(2), part(3, 5)]))).toBe(true);
    await expect(upload.complete()).rejects.toMatchObject({ code: "NotFound" });
    await expect(upload.uploadPart(1, "x")).rejects.toMatchObject({ code: "NotFound" });
    await upload.abort();
  });

  it("takes the last sending of each part", async () => {
    const upload = await store.beginUpload("key", { partSize });
    for (const value of [1, 2, 3]) await upload.uploadPart(1, part(value));
    await upload.uploadPart(2, part(8, 10));
    await upload.uploadPart(2, part(9, 7));
    expect(await upload.listParts()).toMatchObject([{ size: partSize }, { size: 7 }]);
    await upload.complete();
    const { bytes } = await store.get("key");
    expect(Buffer.from(bytes).equals(Buffer.concat([part(3), part(9, 7)]))).toBe(true);
    expect(hidden(directory)).toEqual([]);
  });

  it("never mixes two sendings of one part, nor two uploads to one key", async () => {
    const uploads = await Promise.all([1, 2].map(() => store.beginUpload("key", { partSize })));
    const [first, second] = uploads;
    if (first === undefined || second === undefined) throw new Error("two uploads");
    await Promise.all(Array.from({ length: 12 }, (_, index) => first.uploadPart(1 + (index % 2), part(10 + index))));
    await Promise.all([1, 2].map((number) => second.uploadPart(number, part(50 + number))));
    await first.complete();
    const { bytes } = await store.get("key");
    for (const half of [bytes.subarray(0, partSize), bytes.subarray(partSize)]) {
      expect(half.every((byte) => byte === half[0])).toBe(true);
    }
    await second.complete();
    expect((await store.get("key")).bytes[0]).toBe(51);
    expect(tree(directory)).toEqual(["key"]);
  });

  it("completes whole while an earlier sending of a part is still under way, which then changes nothing", async () => {
    const upload = await store.beginUpload("key", { partSize });
    const { driver, token } = await driverOf(upload.token);
    const late = halting(1);
    const body = { size: undefined, bytes: undefined, chunks: () => late.body, replayable: false };
    const sending = driver.multipart.uploadPart(token, 1, body, call);
    await late.begun;
    await upload.uploadPart(1, part(2));
    await upload.complete();
    late.release();
    await expect(sending).rejects.toMatchObject({ code: "NotFound" });
    const { bytes } = await store.get("key");
    expect(bytes.byteLength).toBe(partSize);
    expect(bytes.every((byte) => byte === 2)).toBe(true);
    expect(tree(directory)).toEqual(["key"]);
  });

  it("stays as it was when completing it fails on a condition", async () => {
    await store.put("key", "old");
    const upload = await store.beginUpload("key", { partSize });
    await upload.uploadPart(1, "new");
    await expect(upload.complete({ ifNoneMatch: "*" })).rejects.toMatchObject({ code: "AlreadyExists" });
    expect((await store.get("key")).text()).toBe("old");
    expect(await upload.listParts()).toHaveLength(1);
    await upload.complete();
    expect((await store.get("key")).text()).toBe("new");
  });

  it("that was abandoned can be found and aborted, which frees its space at once", async () => {
    await store.beginUpload("b/key", { partSize, metadata: { who: "me" } });
    const upload = await store.beginUpload("a/key", { partSize });
    await upload.uploadPart(1, part(1));
    const found: { key: string; token: string }[] = [];
    for await (const { key, token } of store.listUploads()) found.push({ key, token });
    expect(found.map(({ key }) => key)).toEqual(["a/key", "b/key"]);
    for (const { token } of found) await store.abortUpload(token);
    expect(tree(directory)).toEqual([]);
    await expect(upload.listParts()).rejects.toMatchObject({ code: "NotFound" });
  });

  it("of a process that died while completing it can be completed by another", async () => {
    const upload = await store.beginUpload("key", { partSize, metadata: { k: "v" } });
    await upload.uploadPart(1, part(1));
    const uploads = path.join(directory, ".stowage-uploads");
    const [id = ""] = fs.readdirSync(uploads);
    // A name as a process of this machine leaves it, with a start time that no running process has.
    const [machine = "", pid = ""] = id.split("-");
    fs.renameSync(path.join(uploads, id), path.join(uploads, `${id}.stowage-t-${machine}-${pid}-1-${"0".repeat(18)}`));
    expect(await upload.listParts()).toHaveLength(1);
    await upload.complete();
    expect(await store.stat("key")).toMatchObject({ size: partSize, metadata: { k: "v" } });
  });

  it("with a token of something else is NotFound, and reaches no other directory", async () => {
    const upload = await store.beginUpload("key", { partSize });
    const { driver, token } = await driverOf(upload.token);
    for (const odd of [{ id: "../.." }, { id: "" }, { id: `${token.id}/..` }, { key: "other" }]) {
      await expect(driver.multipart.listParts?.({ ...token, ...odd }, call)).rejects.toMatchObject({
        code: "NotFound",
      });
    }
    await driver.multipart.abort({ key: "key", id: "../.." }, call);
    expect(await upload.listParts()).toEqual([]);
    await upload.abort();
  });
});

const call = { signal: undefined, timeouts: { connect: undefined, idle: undefined }, native: undefined };

/** The driver below the store, and what an upload's token says to it. */
async function driverOf(token: string) {
  const { openFileDriver } = await import("../src/plugin.js");
  const driver = openFileDriver(directory, {});
  if (driver.multipart === undefined) throw new Error("uploads are native");
  const uploads = driver.multipart.listUploads?.({ ...call, prefix: "" });
  const found = await uploads?.[Symbol.asyncIterator]().next();
  if (found?.done !== false) throw new Error(`no upload for ${token}`);
  const { key, id } = found.value;
  return {
    driver: { ...driver, multipart: driver.multipart },
    token: { key, id, partSize, attributes: { metadata: {} } },
  };
}
