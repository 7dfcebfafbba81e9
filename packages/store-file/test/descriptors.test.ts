/** Aborted and abandoned work leaves no descriptor, no temporary file, no listener. */
import * as fs from "node:fs";
import * as path from "node:path";
import { LOCAL_OPEN_FILES_MAX } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { beforeEach, describe, expect, it } from "vitest";
import { needs } from "../../../tools/machine/needs.mjs";
import { file } from "../src/index.js";
import { hidden, openBelow, scratchDirectory, tree } from "./support/directories.js";

let directory: string;
let store: ObjectStore;
const large = new Uint8Array(24_000_000).fill(7);

beforeEach((context) => {
  needs(context, "linux");
  directory = scratchDirectory();
  store = file({ directory });
});

const reason = new Error("enough");

describe("abort", () => {
  it("in the middle of writes of any kind leaves the old object and nothing else", async () => {
    await store.put("key", "old", { metadata: { old: "yes" } });
    await store.put("source", large);
    const { etag } = await store.stat("key");
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield large.subarray(0, 100_000);
    }
    const kinds: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
      bytes: (signal) => store.put("key", large, { signal }),
      stream: (signal) => store.put("key", endless(), { signal }),
      copy: (signal) => store.copy("source", "key", { signal }),
    };
    for (const [kind, write] of Object.entries(kinds)) {
      for (const turns of [0, 1, 3, 10]) {
        const controller = new AbortController();
        const writing = write(controller.signal);
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        controller.abort(reason);
        const outcome: unknown = await writing.then(
          () => "written",
          (error: unknown) => error,
        );
        expect(openBelow(directory), kind).toEqual([]);
        // An abort that came after the commit point is late, not half.
        if (outcome === "written") await store.put("key", "old", { metadata: { old: "yes" } });
        else expect(outcome).toBe(reason);
        expect((await store.get("key")).text()).toBe("old");
        expect(hidden(directory), kind).toHaveLength(1);
      }
    }
    expect((await store.stat("key")).etag.length).toBe(etag.length);
  });

  it("in the middle of reads closes the file", async () => {
    await store.put("key", large);
    const target = new Uint8Array(large.byteLength);
    for (const read of [
      (signal: AbortSignal) => store.getInto("key", target, { signal }),
      (signal: AbortSignal) => store.get("key", { signal }),
    ]) {
      const controller = new AbortController();
      const reading = read(controller.signal);
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort(reason);
      await expect(reading).rejects.toBe(reason);
      await settled();
      expect(openBelow(directory)).toEqual([]);
    }
    const controller = new AbortController();
    const { stream } = await store.getStream("key", { signal: controller.signal });
    const reader = stream.getReader();
    await reader.read();
    controller.abort(reason);
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toBe(reason);
    await settled();
    expect(openBelow(directory)).toEqual([]);
  });

  it("in the middle of an upload's part leaves the upload usable", async () => {
    const upload = await store.beginUpload("key", { partSize: large.byteLength });
    const controller = new AbortController();
    const sending = upload.uploadPart(1, large, { signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    await sending.catch(() => undefined);
    await settled();
    expect(openBelow(directory)).toEqual([]);
    await upload.uploadPart(1, "short");
    await upload.complete();
    expect((await store.get("key")).text()).toBe("short");
    expect(tree(directory)).toEqual(["key"]);
  });
});

describe("streams", () => {
  it("cancelled, disposed or never read close their file", async () => {
    await store.put("key", large);
    const cancelled = await store.getStream("key");
    await cancelled.stream.cancel();
    const partly = await store.getStream("key");
    for await (const _ of partly.stream) break;
    const never = await store.getStream("key");
    await never[Symbol.asyncDispose]();
    await settled();
    expect(openBelow(directory)).toEqual([]);
  });

  it("of a file that is replaced meanwhile give the old object whole", async () => {
    await store.put("key", large);
    const { stream } = await store.getStream("key");
    await store.put("key", new Uint8Array(large.byteLength));
    let size = 0;
    for await (const chunk of stream) {
      expect(chunk.every((byte) => byte === 7)).toBe(true);
      size += chunk.byteLength;
    }
    expect(size).toBe(large.byteLength);
  });

  it("of a file that is changed in place end with an error, not with a mixture", async () => {
    await store.put("key", large);
    const { stream } = await store.getStream("key");
    fs.writeFileSync(path.join(directory, "key"), new Uint8Array(large.byteLength));
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(Unavailable|PreconditionFailed)$/) });
    await settled();
    expect(openBelow(directory)).toEqual([]);
  });
});

describe("many operations at once", () => {
  it("do not run out of descriptors, whatever their number", async () => {
    await Promise.all(
      Array.from({ length: 1500 }, (_, index) => store.put(`d${index % 10}/${index}`, "x", { metadata: { a: "b" } })),
    );
    const got = await Promise.all(Array.from({ length: 1500 }, (_, index) => store.get(`d${index % 10}/${index}`)));
    expect(got.every(({ bytes, info }) => bytes[0] === 120 && info.metadata["a"] === "b")).toBe(true);
    await store.deleteMany(Array.from({ length: 1500 }, (_, index) => `d${index % 10}/${index}`));
    expect(openBelow(directory)).toEqual([]);
    expect(hidden(directory)).toEqual([]);
  });

  it("nor when the files are large", async () => {
    await store.put("large", new Uint8Array(200_000).fill(7));
    const reads = Promise.all(Array.from({ length: 3000 }, () => store.get("large")));
    let most = 0;
    for (let turn = 0; turn < 20; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, openBelow(directory).length);
    }
    expect((await reads).every(({ bytes }) => bytes.byteLength === 200_000 && bytes[199_999] === 7)).toBe(true);
    expect(most).toBeLessThanOrEqual(LOCAL_OPEN_FILES_MAX + 1);
    expect(openBelow(directory)).toEqual([]);
  });
});

/** Until work that an abort left to finish by itself has done so. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 500 && openBelow(directory).length > 0; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
