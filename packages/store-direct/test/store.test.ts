import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyPrefix, isStoreError, openStore } from "@stowage/core";
import type { ObjectStore, StoreErrorCode } from "@stowage/core";
import { file } from "@stowage/store-file";
import { array, assert, asyncProperty, constantFrom, nat } from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedEngine } from "../src/binding/shared-engine.js";
import { createArena, direct } from "../src/index.js";

const MIB = 1024 * 1024;
const DURABILITIES = ["none", "file", "full"] as const;

function cachedPages(path: string): number {
  return Number(execFileSync("fincore", ["--noheadings", "--output", "PAGES", path], { encoding: "utf8" }));
}

async function codeOf(action: Promise<unknown>): Promise<StoreErrorCode | "none"> {
  return action.then(
    () => "none" as const,
    (error: unknown) => {
      if (!isStoreError(error)) throw error;
      return error.code;
    },
  );
}

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < bytes.byteLength; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

describe.runIf(process.platform === "linux")("direct://", () => {
  let directory = "";
  let store: ObjectStore;
  let buffered: ObjectStore;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "stowage-direct-"));
    store = direct({ directory, fallback: "error" });
    buffered = file({ directory });
  });
  afterAll(async () => {
    await store.close();
    await buffered.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test("a copy into its own source is refused, by whichever scheme, link or missing directory it goes", async () => {
    const root = mkdtempSync(join(tmpdir(), "stowage-apart-"));
    try {
      mkdirSync(join(root, "a"));
      writeFileSync(join(root, "a/x"), "x");
      symlinkSync(join(root, "a"), join(root, "link"));
      const from = `file://${root}/a/`;
      for (const to of [`direct://${root}/a/new/`, `direct://${root}/link/`, `file://${root}/link/new/deeper/`]) {
        await expect(copyPrefix(from, to)).rejects.toMatchObject({ code: "InvalidArgument", operation: "copyPrefix" });
      }
      expect(readdirSync(join(root, "a"))).toEqual(["x"]);
      mkdirSync(join(root, "ab"));
      expect(await copyPrefix(from, `direct://${root}/ab/`)).toMatchObject({ objects: 1, failed: [] });
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test("says what is in force, and how that is known", () => {
    expect(store.capabilities.notes).toMatchObject({ io: "direct", reason: "the kernel reports the alignment" });
    expect(store.capabilities.notes["offsetAlignment"]).toBeGreaterThan(0);
    expect(store.capabilities.getRanges).toBe("native");
  });

  test("is byte for byte and attribute for attribute the same as file:// on the same directory", async () => {
    const attributes = {
      contentType: "text/x-odd",
      cacheControl: "no-store",
      metadata: { author: "Ärzte", "b.c": "2" },
    };
    for (const [writer, reader] of [
      [store, buffered],
      [buffered, store],
    ] as const) {
      for (const size of [0, 1, 511, 4096, 4097, 300_001]) {
        for (const options of [{}, attributes]) {
          const bytes = randomBytes(size);
          const put = await writer.put(`same/${size}.txt`, bytes, options);
          const got = await reader.get(`same/${size}.txt`);
          expect(Buffer.from(got.bytes).equals(bytes)).toBe(true);
          expect(got.info).toEqual((await writer.get(`same/${size}.txt`)).info);
          expect(got.info.etag).toBe(put.etag);
          expect(await reader.stat(`same/${size}.txt`)).toEqual(await writer.stat(`same/${size}.txt`));
          expect(got.info).toMatchObject(options);
        }
      }
      expect(await store.list({ prefix: "same/" }).toArray()).toEqual(
        await buffered.list({ prefix: "same/" }).toArray(),
      );
    }
    expect(readdirSync(join(directory, "same")).filter((name) => name.startsWith(".stowage-t"))).toEqual([]);
  });

  test("keeps nothing in the page cache: durable puts, streams, uploads, reads of any range", async () => {
    const durable = direct({ directory, fallback: "error", durability: "full" });
    const bytes = randomBytes(5 * MIB + 777);
    await durable.put("cold/whole", bytes);
    await store.put("cold/stream", inPieces(bytes, [100_001, 65_536, 3 * MIB, 17]));
    const upload = await store.beginUpload("cold/upload", { partSize: MIB + 1 });
    await Promise.all(
      [5, 3, 6, 1, 2, 4].map((part) =>
        upload.uploadPart(part, bytes.subarray((part - 1) * (MIB + 1), part * (MIB + 1))),
      ),
    );
    await upload.complete();
    for (const key of ["cold/whole", "cold/stream", "cold/upload"]) {
      expect(cachedPages(join(directory, key))).toBe(0);
      expect(Buffer.from((await store.get(key)).bytes).equals(bytes)).toBe(true);
      const odd = await store.get(key, { range: { offset: 4099, length: MIB + 5 } });
      expect(Buffer.from(odd.bytes).equals(bytes.subarray(4099, 4099 + MIB + 5))).toBe(true);
      expect(cachedPages(join(directory, key))).toBe(0);
    }
    await durable.close();
  });

  test("a small put without durability goes through the page cache, as documented", async () => {
    await store.put("small", randomBytes(1000));
    expect(cachedPages(join(directory, "small"))).toBe(1);
  });

  test("streams in pieces of any size, and uploads with parts of any size, arrive exactly", async () => {
    const bytes = randomBytes(200_000);
    const sizes = array(
      nat(70_000).map((size) => size + 1),
      { minLength: 1, maxLength: 5 },
    );
    await assert(
      asyncProperty(nat(200_000), sizes, constantFrom(...DURABILITIES), async (size, pieces, durability) => {
        const opened = direct({ directory, fallback: "error", durability });
        const expected = bytes.subarray(0, size);
        await opened.put("pieces", inPieces(expected, pieces));
        expect(readFileSync(join(directory, "pieces")).equals(expected)).toBe(true);
        const partSize = Math.max(pieces[0] ?? 1, 5000);
        const upload = await opened.beginUpload("parts", { partSize });
        const count = Math.ceil(size / partSize);
        const parts = Array.from({ length: count }, (_, index) => index + 1).toReversed();
        await Promise.all(
          parts.map((part) => upload.uploadPart(part, expected.subarray((part - 1) * partSize, part * partSize))),
        );
        await upload.complete();
        expect(readFileSync(join(directory, "parts")).equals(expected)).toBe(true);
        await opened.close();
      }),
      { numRuns: 25 },
    );
  });

  test("copies of any size are exact, also those made in chunks", async () => {
    for (const size of [0, 5000, 65 * MIB + 777]) {
      const bytes = Buffer.alloc(size, 5);
      for (let at = 0; at < size; at += 4093) bytes[at] = at % 251;
      await store.put("copied/from", bytes);
      await store.copy("copied/from", "copied/to");
      expect(readFileSync(join(directory, "copied/to")).equals(bytes)).toBe(true);
    }
  });

  test("any range is exact, by get, getInto, getRanges and as a stream", async () => {
    const size = 70_000;
    const bytes = randomBytes(size);
    await store.put("ranged", bytes);
    await assert(
      asyncProperty(nat(size - 1), nat(size), async (offset, extra) => {
        const length = extra + 1;
        const expected = bytes.subarray(offset, offset + length);
        const range = { offset, length };
        const got = await store.get("ranged", { range });
        expect(Buffer.from(got.bytes).equals(expected)).toBe(true);
        expect(got.bytes.buffer.byteLength).toBe(expected.byteLength);
        const target = new Uint8Array(length);
        const into = await store.getInto("ranged", target, { range });
        expect(Buffer.from(target.subarray(0, into.bytesRead)).equals(expected)).toBe(true);
        const suffix = await store.get("ranged", { range: { suffix: length } });
        expect(Buffer.from(suffix.bytes).equals(bytes.subarray(-length))).toBe(true);
        const several = await store.getRanges("ranged", [range, { offset: 0, length: 1 }]);
        expect(Buffer.from(several.ranges[0] ?? []).equals(expected)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("a released lease gives its memory back at once and leaves nothing readable; results of get are not touched", async () => {
    const engine = sharedEngine();
    const sizes = [0, 1, 4096, 100 * 1024, MIB + 1];
    for (const size of sizes) await store.put(`leased/${size}`, randomBytes(size));
    for (const size of sizes) {
      const { bytes: kept } = await store.get(`leased/${size}`);
      const copy = Buffer.from(kept);
      const lease = await store.getLease(`leased/${size}`);
      const { bytes } = lease;
      const view = bytes.subarray(0, 10);
      expect(copy.equals(bytes)).toBe(true);
      expect(bytes.buffer.byteLength).toBe(size);
      lease.release();
      lease.release();
      expect([lease.bytes.length, bytes.length, view.length, lease.text()]).toEqual([0, 0, 0, ""]);
      expect(copy.equals(kept)).toBe(true);
    }
    const before = engine?.stats().poolBlocks ?? 0;
    for (let round = 0; round < 200; round++) {
      using lease = await store.getLease(`leased/${MIB + 1}`);
      expect(lease.bytes.length).toBe(MIB + 1);
    }
    // The memory of the last few is on its way back by an event of the loop.
    await expect.poll(() => (engine?.stats().poolBlocks ?? 0) - before).toBeLessThan(8);
  });

  test("arenas are filled in place by getInto and getMany", async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `many/${index}`);
    const bodies = keys.map((_, index) => randomBytes(100 + index * 3001));
    await Promise.all(keys.map((key, index) => store.put(key, bodies[index] ?? "")));
    const arena = createArena(8 * MIB);
    const outcomes = await store.getMany(keys, { arena });
    for (const [index, outcome] of outcomes.entries()) {
      if (!outcome.ok) throw outcome.error;
      expect(outcome.value.bytes.buffer).toBe(arena.buffer);
      expect(Buffer.from(outcome.value.bytes).equals(bodies[index] ?? Buffer.alloc(0))).toBe(true);
    }
    const into = await store.getInto("many/39", arena);
    expect(Buffer.from(arena.subarray(0, into.bytesRead)).equals(bodies[39] ?? Buffer.alloc(0))).toBe(true);
    expect(await codeOf(Promise.resolve().then(() => createArena(0)))).toBe("InvalidArgument");
  });

  test("10,000 concurrent operations stay within the limit of open files and leave nothing", async () => {
    const bytes = randomBytes(600);
    const keys = Array.from({ length: 500 }, (_, index) => `busy/${index}`);
    await store.put("busy/0", bytes);
    await Promise.all(
      Array.from({ length: 10_000 }, async (_, index) => {
        const key = keys[index % keys.length] ?? "";
        if (index < keys.length) await store.put(key, bytes);
        else if (index % 3 === 0) await store.get("busy/0");
        else if (index % 3 === 1) await store.get("busy/0", { range: { offset: 3, length: 100 } });
        else await store.stat("busy/0");
      }),
    );
    expect(sharedEngine()?.stats().inFlight).toBe(0);
    expect(readdirSync(join(directory, "busy"))).toHaveLength(500);
  });

  test("follows links inside the container, refuses those that leave it, and may itself be reached through one", async () => {
    const outside = mkdtempSync(join(tmpdir(), "stowage-outside-"));
    writeFileSync(join(outside, "secret"), "secret");
    mkdirSync(join(directory, "links"));
    await store.put("links/real", "real");
    symlinkSync("real", join(directory, "links", "inside"));
    symlinkSync(join(outside, "secret"), join(directory, "links", "outside"));
    symlinkSync(outside, join(directory, "links", "way-out"));
    expect((await store.get("links/inside")).text()).toBe("real");
    const large = randomBytes(MIB + 1);
    await store.put("links/large", large);
    symlinkSync("large", join(directory, "links", "to-large"));
    expect(Buffer.from((await store.get("links/to-large")).bytes).equals(large)).toBe(true);
    expect(await codeOf(store.get("links/outside"))).toBe("PermissionDenied");
    expect(await codeOf(store.get("links/way-out/secret"))).toBe("PermissionDenied");
    expect(await codeOf(store.put("links/way-out/new", "x"))).toBe("PermissionDenied");
    expect(readdirSync(outside)).toEqual(["secret"]);
    symlinkSync(directory, join(outside, "alias"));
    const alias = direct({ directory: join(outside, "alias"), fallback: "error" });
    expect((await alias.get("links/real")).text()).toBe("real");
    await alias.put("links/through-alias", "written");
    expect((await store.get("links/through-alias")).text()).toBe("written");
    expect(await codeOf(alias.get("links/outside"))).toBe("PermissionDenied");
    await alias.close();
    rmSync(outside, { recursive: true });
  });

  test("the options: refused when they are wrong, honoured when they are right", async () => {
    const wrong = { durability: "some", fallback: "maybe", ioUring: "yes" };
    for (const [name, value] of Object.entries(wrong)) {
      const opened = openStore(`direct://${directory}/`, { [name]: value });
      expect(await codeOf(opened)).toBe("InvalidArgument");
    }
    const threads = await openStore(`direct://${directory}/`, { ioUring: false });
    await threads.put("by-threads", "x");
    expect((await threads.get("by-threads")).text()).toBe("x");
    await threads.close();
  });

  test("a container that is made after the store was opened works, and is judged then", async () => {
    const later = join(directory, "later");
    const early = direct({ directory: later, fallback: "error" });
    expect(early.capabilities.notes).toMatchObject({ io: "unknown", reason: "the directory does not exist yet" });
    expect(await codeOf(early.get("a"))).toBe("ContainerNotFound");
    expect(await codeOf(early.put("a", "x"))).toBe("ContainerNotFound");
    mkdirSync(later);
    await early.put("a", "x");
    expect((await early.get("a")).text()).toBe("x");
    await early.close();
  });
});
