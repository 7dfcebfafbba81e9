import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mayHaveSidecar, setTime, stamp, stampCoarsely } from "./clock.js";
import { factsOf } from "./facts.js";
import type { FileFacts } from "./facts.js";

let directory: string;
let fd: number;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(tmpdir(), "stowage-clock-"));
  fd = fs.openSync(path.join(directory, "file"), "w");
});

afterEach(() => {
  fs.closeSync(fd);
  fs.rmSync(directory, { recursive: true });
});

const facts = (): FileFacts => factsOf(fs.fstatSync(fd, { bigint: true }));

describe("times of change", () => {
  it("move on with every write, however fast they follow each other, and are near the real time", () => {
    let last = 0n;
    for (let count = 0; count < 5000; count++) {
      stamp(fd, undefined, count % 3 === 0);
      expect(facts().mtimeNs).toBeGreaterThan(last);
      last = facts().mtimeNs;
    }
    expect(Math.abs(Number(last / 1_000_000n) - Date.now())).toBeLessThan(1000);
  });

  it("are later than that of the file replaced, also of one from the future, which moves no other time", () => {
    const future = BigInt(Date.now() + 1e9) * 1_000_000n + 123n;
    stamp(fd, future, true);
    expect(facts().mtimeNs).toBeGreaterThan(future);
    expect(mayHaveSidecar(facts())).toBe(true);
    stamp(fd, undefined, false);
    expect(facts().mtimeNs).toBeLessThan(future);
  });

  it("tell whether a sidecar is there to look for", () => {
    for (let count = 0; count < 200; count++) {
      const marked = count % 2 === 0;
      stamp(fd, undefined, marked);
      expect(mayHaveSidecar(facts())).toBe(marked);
    }
  });

  it("of other programs: nanoseconds mean none, whole seconds mean to look", () => {
    expect(mayHaveSidecar({ ...facts(), mtimeNs: 1_700_000_000_123_456_789n })).toBe(false);
    expect(mayHaveSidecar({ ...facts(), mtimeNs: 1_700_000_000_000_000_000n })).toBe(true);
    stampCoarsely(fd, facts());
    expect(mayHaveSidecar(facts())).toBe(true);
  });

  it("are exact to the microsecond", () => {
    for (const microseconds of [0n, 1n, 999_999n, 1_000_001n, 1_792_345_678_901_235n, 4_102_444_799_999_999n]) {
      setTime(fd, microseconds);
      expect(facts().mtimeNs / 1000n).toBe(microseconds);
    }
  });

  it("say the same to every Node version, whether it keeps what follows the microsecond or cuts it off", () => {
    for (let count = 0n; count < 200n; count++) {
      const microseconds = 1_792_345_678_901_235n + count * 977n;
      setTime(fd, microseconds);
      const { mtimeNs } = facts();
      for (const kept of [mtimeNs, microseconds * 1000n]) {
        expect(mayHaveSidecar({ ...facts(), mtimeNs: kept })).toBe(microseconds % 2n === 1n);
      }
    }
    // What libuv 1.52 (Node 24 and 26) keeps of this microsecond, and what it never would.
    expect(mayHaveSidecar({ ...facts(), mtimeNs: 1_792_345_678_901_235_580n })).toBe(true);
    expect(mayHaveSidecar({ ...facts(), mtimeNs: 1_792_345_678_901_235_581n })).toBe(false);
  });
});
