import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdtemp, open, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { constants as system, tmpdir } from "node:os";
import { join } from "node:path";
import { assert, asyncProperty, boolean, constantFrom, nat } from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Completion } from "./completion.js";
import type { DirectEngine, EngineRead, EngineWrite } from "./engine.js";
import { FLAG, PHASE } from "./native.js";
import { sharedEngine } from "./shared-engine.js";

const MIB = 1024 * 1024;
const { O_DIRECT } = constants;

/** Pages of the file that the page cache holds, by util-linux's fincore. */
function cachedPages(path: string): number {
  return Number(execFileSync("fincore", ["--noheadings", "--output", "PAGES", path], { encoding: "utf8" }));
}

const FILE = { descriptor: -1, rootLength: 0, defaultAlignment: 4096, signal: undefined };
const READ = {
  ...FILE,
  flags: FLAG.direct,
  offset: 0,
  length: Number.MAX_SAFE_INTEGER,
  destination: undefined,
  place: undefined,
};
const WRITE = {
  ...FILE,
  flags: FLAG.direct | FLAG.last | FLAG.stamp,
  phases: PHASE.transfer | PHASE.seal | PHASE.commit,
  offset: 0,
  modifiedUs: 1_700_000_000_123_456,
  data: undefined,
};

describe.runIf(process.platform === "linux")("the native engine", () => {
  let directory = "";
  let native: DirectEngine;
  beforeAll(async () => {
    const engine = sharedEngine();
    if (engine === undefined) throw new Error("the binding of this platform does not load");
    native = engine;
    directory = await mkdtemp(join(tmpdir(), "stowage-engine-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const read = (path: string, options: Partial<EngineRead> = {}): Promise<Completion> =>
    native.read({ ...READ, path, ...options });
  const write = (target: string, options: Partial<EngineWrite> = {}): Promise<Completion> =>
    native.write({
      ...WRITE,
      path: directory,
      temp: `.temp-${target}`,
      target,
      size: options.data?.byteLength ?? 0,
      ...options,
    });
  const bytesOf = (completion: Completion): Buffer => {
    if (!(completion.value instanceof ArrayBuffer))
      throw new Error(`no bytes: ${completion.error} at ${completion.step}`);
    return Buffer.from(completion.value);
  };

  test("reads a whole file, exactly, with its facts", async () => {
    for (const size of [0, 1, 511, 512, 513, 4095, 4096, 4097, 100 * 1024, MIB, MIB + 1, 9 * MIB + 3]) {
      const path = join(directory, `whole-${size}`);
      const bytes = randomBytes(size);
      await writeFile(path, bytes);
      const facts = await stat(path, { bigint: true });
      for (const flags of [FLAG.direct, FLAG.direct | FLAG.noRing, 0]) {
        const completion = await read(path, { flags });
        expect(completion.error).toBe(0);
        expect(bytesOf(completion).equals(bytes)).toBe(true);
        expect(completion.size).toBe(size);
        expect(completion.inode).toBe(facts.ino);
        expect(completion.modifiedNs).toBe(facts.mtimeNs);
        expect(completion.direct).toBe(flags !== 0);
      }
    }
  });

  test("reads any range, into its own memory and into the caller's, and touches nothing beside it", async () => {
    const size = 3 * 4096 + 700;
    const path = join(directory, "ranges");
    const bytes = randomBytes(size);
    await writeFile(path, bytes);
    const flags = constantFrom(FLAG.direct, FLAG.direct | FLAG.noRing, 0);
    await assert(
      asyncProperty(nat(size + 600), nat(size + 600), nat(9000), flags, async (offset, length, shift, flag) => {
        const expected = bytes.subarray(offset, offset + length);
        const own = await read(path, { offset, length, flags: flag });
        expect(bytesOf(own).equals(expected)).toBe(true);
        const room = Buffer.alloc(shift + length + 64, 0x5a);
        const into = await read(path, {
          offset,
          length,
          flags: flag,
          destination: room.subarray(shift, shift + length),
        });
        expect(into.bytes).toBe(expected.length);
        expect(room.subarray(shift, shift + expected.length).equals(expected)).toBe(true);
        expect(room.subarray(0, shift).every((byte) => byte === 0x5a)).toBe(true);
        expect(room.subarray(shift + expected.length).every((byte) => byte === 0x5a)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test("brings the bytes into memory that is chosen once their number is known", async () => {
    const path = join(directory, "placed");
    const bytes = randomBytes(200_001);
    await writeFile(path, bytes);
    const arena = new Uint8Array(300_000);
    const completion = await read(path, { offset: 1, place: (size) => arena.subarray(7, 7 + size) });
    expect(completion.value).toBeInstanceOf(Uint8Array);
    expect(Buffer.from(arena.subarray(7, 200_007)).equals(bytes.subarray(1))).toBe(true);
    expect(arena[200_007]).toBe(0);
    const refusal = read(path, {
      place: () => {
        throw new Error("no room");
      },
    });
    await expect(refusal).rejects.toThrow("no room");
    await expect(read(path, { place: () => arena.subarray(0, 3) })).rejects.toThrow("another size");
    expect(native.stats().inFlight).toBe(0);
  });

  test("reads a suffix, shorter and longer than the file", async () => {
    const path = join(directory, "suffix");
    const bytes = randomBytes(5000);
    await writeFile(path, bytes);
    const last = await read(path, { flags: FLAG.direct | FLAG.suffix, length: 700 });
    expect(bytesOf(last).equals(bytes.subarray(4300))).toBe(true);
    const whole = await read(path, { flags: FLAG.direct | FLAG.suffix, length: 7000 });
    expect(bytesOf(whole).equals(bytes)).toBe(true);
  });

  test("reads many ranges in one submission, in the order asked", async () => {
    const path = join(directory, "many-ranges");
    const bytes = randomBytes(MIB + 77);
    await writeFile(path, bytes);
    const ranges = [
      { offset: MIB, length: 500 },
      { offset: 3, length: 300_001 },
      { offset: MIB + 77, length: 5 },
      { offset: 513, length: 1 },
      { offset: 0, length: 4096 },
    ];
    const completion = await native.readRanges({ ...FILE, path, flags: FLAG.direct }, ranges);
    expect(completion.error).toBe(0);
    const buffers = completion.value;
    if (!Array.isArray(buffers)) throw new Error("no list");
    for (const [index, { offset, length }] of ranges.entries()) {
      expect(Buffer.from(buffers[index] ?? new ArrayBuffer(0)).equals(bytes.subarray(offset, offset + length))).toBe(
        true,
      );
    }
  });

  test("writes any bytes in one call, exactly, from any address", async () => {
    await assert(
      asyncProperty(nat(3 * 4096), nat(600), boolean(), boolean(), async (size, shift, direct, durable) => {
        const data = randomBytes(shift + size).subarray(shift);
        const flags = (direct ? FLAG.direct : 0) | FLAG.last | FLAG.stamp | (durable ? FLAG.syncFile : 0);
        const completion = await write("any", { data, flags });
        expect(completion.error).toBe(0);
        const facts = await stat(join(directory, "any"), { bigint: true });
        expect(facts.size).toBe(BigInt(size));
        expect(facts.mtimeNs).toBe(completion.modifiedNs);
        expect(facts.ino).toBe(completion.inode);
        expect((await readFile(join(directory, "any"))).equals(data)).toBe(true);
      }),
      { numRuns: 100 },
    );
    for (const size of [MIB, MIB + 1, 9 * MIB + 513]) {
      const data = randomBytes(size);
      expect((await write("large", { data, flags: FLAG.direct | FLAG.last | FLAG.syncFile })).error).toBe(0);
      expect(cachedPages(join(directory, "large"))).toBe(0);
      expect((await readFile(join(directory, "large"))).equals(data)).toBe(true);
    }
    expect((await readdir(directory)).filter((name) => name.startsWith(".temp"))).toEqual([]);
  });

  test("writes parts at any offset of one file, concurrently, and leaves nothing of it in the page cache", async () => {
    const partSize = 5001;
    const bytes = randomBytes(7 * partSize + 123);
    const path = join(directory, "from-parts");
    const file = await open(path, constants.O_CREAT | constants.O_RDWR | O_DIRECT);
    const offsets = Array.from({ length: 8 }, (_, index) => index * partSize).toReversed();
    const onFile = { descriptor: file.fd, path: "" };
    await Promise.all(
      offsets.map(async (offset) => {
        const data = bytes.subarray(offset, offset + partSize);
        const completion = await write("", { ...onFile, phases: PHASE.transfer, flags: 0, offset, data });
        expect(completion.error).toBe(0);
        expect(completion.direct).toBe(true);
        expect(completion.edges).toBe(true);
      }),
    );
    const sealed = await write("", { ...onFile, phases: PHASE.seal, flags: FLAG.dropCache, size: bytes.length });
    expect([sealed.error, sealed.size]).toEqual([0, bytes.length]);
    expect(cachedPages(path)).toBe(0);
    const whole = await read("", { descriptor: file.fd });
    expect(bytesOf(whole).equals(bytes)).toBe(true);
    await file.close();
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  test("a direct write and a direct read leave nothing in the page cache", async () => {
    for (const size of [1, 4096, MIB + 1, 9 * MIB]) {
      const path = join(directory, `uncached-${size}`);
      const data = randomBytes(size);
      expect((await write(`uncached-${size}`, { data })).direct).toBe(true);
      expect(cachedPages(path)).toBe(0);
      expect(bytesOf(await read(path)).equals(data)).toBe(true);
      expect((await read(path, { offset: 1, length: 1 })).error).toBe(0);
      expect(cachedPages(path)).toBe(0);
    }
  });

  test("create-only fails on an existing target and leaves it alone; replacing takes a new inode and a later time", async () => {
    const first = await write("once", {
      data: Buffer.from("first"),
      flags: FLAG.direct | FLAG.last | FLAG.createOnly | FLAG.stamp,
    });
    expect(first.error).toBe(0);
    const second = await write("once", {
      data: Buffer.from("second"),
      flags: FLAG.direct | FLAG.last | FLAG.createOnly,
    });
    expect(second.error).toBe(system.errno.EEXIST);
    expect(second.committed).toBe(false);
    expect(await readFile(join(directory, "once"), "utf8")).toBe("first");
    const third = await write("once", { data: Buffer.from("third") });
    expect(third.modifiedNs).toBeGreaterThan(first.modifiedNs);
    expect(third.modifiedNs % 2000n).toBe(0n);
    expect(third.inode).not.toBe(first.inode);
    expect(await readFile(join(directory, "once"), "utf8")).toBe("third");
  });

  test("of 50 racing creators exactly one wins", async () => {
    const flags = FLAG.direct | FLAG.last | FLAG.createOnly;
    const races = Array.from({ length: 50 }, (_, index) =>
      write("raced", { temp: `.temp-${index}`, data: Buffer.from(`${index}`), flags }),
    );
    const errors = (await Promise.all(races)).map((completion) => completion.error);
    expect(errors.filter((error) => error === 0)).toHaveLength(1);
    expect(errors.filter((error) => error === system.errno.EEXIST)).toHaveLength(49);
  });

  test("says what failed: missing, directory, symbolic link, FIFO-like types", async () => {
    const missing = await read(join(directory, "missing"));
    expect([missing.error, missing.step]).toEqual([system.errno.ENOENT, "open"]);
    const isDirectory = await read(directory);
    expect([isDirectory.error, isDirectory.step]).toEqual([21 /* EISDIR */, "type"]);
    await writeFile(join(directory, "aim"), "x");
    await symlink("aim", join(directory, "link"));
    const link = await read(join(directory, "link"));
    expect(link.error).toBe(system.errno.ELOOP);
    expect((await read(join(directory, "link"), { flags: FLAG.direct | FLAG.follow })).error).toBe(0);
    await symlink(directory, join(directory, "root-link"));
    const rootLength = join(directory, "root-link").length;
    expect((await read(join(directory, "root-link", "aim"), { rootLength })).error).toBe(0);
    expect((await read(join(directory, "root-link", "link"), { rootLength })).error).toBe(system.errno.ELOOP);
    expect((await read(join(directory, "root-link", "aim"))).error).toBe(system.errno.ELOOP);
    const through = await write("written", { path: join(directory, "root-link"), rootLength, data: Buffer.from("x") });
    expect(through.error).toBe(0);
    const parent = await write("x", { path: join(directory, "no-such"), data: Buffer.from("x") });
    expect([parent.error, parent.step]).toEqual([system.errno.ENOENT, "open parent"]);
    expect((await read("/dev/null")).error).not.toBe(0);
  });

  test("a cancelled read rejects at once with the reason, and a cancelled write leaves nothing", async () => {
    const path = join(directory, "cancelled");
    await writeFile(path, randomBytes(32 * MIB));
    const reading = new AbortController();
    const pending = read(path, { signal: reading.signal });
    reading.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
    const writing = new AbortController();
    const written = write("never", { data: Buffer.alloc(64 * MIB, 1), signal: writing.signal });
    writing.abort(new Error("stop"));
    await expect(written).rejects.toThrow("stop");
    const names = await readdir(directory);
    expect(names).not.toContain("never");
    expect(names).not.toContain(".temp-never");
  });

  test("a file that is cut while it is read is an error, never short bytes", async () => {
    const path = join(directory, "cut");
    const file = await open(path, "w");
    await file.truncate(64 * MIB);
    await file.close();
    const reading = Promise.all(Array.from({ length: 8 }, () => read(path)));
    await truncate(path, 1000);
    for (const completion of await reading) {
      if (completion.error === 0) expect(bytesOf(completion).byteLength).toBe(completion.size);
      else expect(completion.step).toBe("changed");
    }
  });

  test("10,000 concurrent operations finish, within the engine's bounds of files and threads", async () => {
    const path = join(directory, "popular");
    await writeFile(path, randomBytes(5000));
    const results = await Promise.all(Array.from({ length: 10_000 }, () => read(path)));
    expect(results.every((completion) => completion.error === 0 && completion.bytes === 5000)).toBe(true);
    expect(native.stats().inFlight).toBe(0);
    expect(native.stats().threads).toBeLessThanOrEqual(8);
  });

  test("memory comes back: results that are dropped free their blocks, and idle memory can be returned", async () => {
    const path = join(directory, "memory");
    await writeFile(path, randomBytes(MIB));
    for (let round = 0; round < 200; round++) await read(path);
    expect(native.stats().poolBytes).toBeLessThan(1024 * MIB);
    const arena = native.allocate(8 * MIB);
    expect(arena.every((byte) => byte === 0)).toBe(true);
    const into = await read(path, { destination: arena.subarray(0, MIB), length: MIB });
    expect(into.bytes).toBe(MIB);
    native.trim();
    expect(native.stats().poolIdleBytes).toBe(0);
  });

  test("probing tells the truth about the directory", async () => {
    const onDisk = native.probe(directory, ".probe");
    expect(onDisk.error).toBe(0);
    expect(await readdir(directory)).not.toContain(".probe");
    const inMemory = native.probe("/dev/shm", ".probe");
    expect(inMemory.direct).toBe(false);
  });
});
