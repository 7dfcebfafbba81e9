import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { needs } from "../machine/needs.mjs";
import { install } from "./install.mjs";
import { countLine, summarize } from "./results.mjs";
import { systemPackages } from "./system-packages.mjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stowage-run-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = 0;
});

describe("install", () => {
  const writeLockfile = (version: string): void => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "a", version }));
    const lock = { name: "a", version, lockfileVersion: 3, requires: true, packages: { "": { name: "a", version } } };
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
  };

  it("installs once for a lockfile, and again when it changed", async () => {
    writeLockfile("1.0.0");
    expect(await install(folder)).toBe(true);
    expect(await install(folder)).toBe(false);
    writeLockfile("1.0.1");
    expect(await install(folder)).toBe(true);
  });

  it("is done by one of several that ask at once", async () => {
    writeLockfile("1.0.0");
    const installed = await Promise.all([install(folder), install(folder), install(folder)]);
    expect(installed.filter(Boolean)).toHaveLength(1);
  });

  it("takes over from a process that died while it installed", async () => {
    writeLockfile("1.0.0");
    writeFileSync(join(folder, ".install-lock"), "999999999");
    expect(await install(folder)).toBe(true);
  });

  it("says what npm said when it fails, and tries again the next time", async () => {
    writeLockfile("1.0.0");
    const good = readFileSync(join(folder, "package-lock.json"));
    writeFileSync(join(folder, "package-lock.json"), "{");
    await expect(install(folder)).rejects.toThrow(/npm ci failed .*\n.*npm/);
    writeFileSync(join(folder, "package-lock.json"), good);
    expect(await install(folder)).toBe(true);
  });
});

describe("the summary", () => {
  it("counts skips only when there are some", () => {
    expect(countLine([{ name: "a", state: "passed" }])).toBe("1 passed, 0 failed");
    expect(countLine([{ name: "a", state: "skipped", detail: "needs x" }])).toBe("0 passed, 0 failed, 1 skipped");
  });

  it("names failures and what the machine lacks, ends with the counts, and fails the run", () => {
    const said: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
    summarize([
      { name: "good", state: "passed" },
      { name: "bad", state: "failed", detail: "because" },
      { name: "left out", state: "skipped", detail: "needs fio" },
    ]);
    const output = said.join("\n");
    expect(output).toMatch(/bad\n\s+because/);
    expect(output).toMatch(/needs fio: 1\n\s+left out/);
    expect(output.split("\n").at(-1)).toBe("1 passed, 1 failed, 1 skipped");
    expect(process.exitCode).toBe(1);
  });

  it("fails a run that ran nothing", () => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    summarize([]);
    expect(process.exitCode).toBe(1);
  });
});

describe("needs", () => {
  const skip = vi.fn();
  beforeEach(() => {
    skip.mockClear();
    vi.stubEnv("STOWAGE_REQUIRE_PROGRAMS", "");
  });

  it("lets a test run on a machine that has everything", () => {
    needs({ skip }, "sh", { "a working clock": () => true });
    expect(skip).not.toHaveBeenCalled();
  });

  it("skips it by the names of what is missing", () => {
    needs({ skip }, "sh", "no-such-program", { "a second moon": () => false });
    expect(skip).toHaveBeenCalledExactlyOnceWith("needs no-such-program, a second moon");
  });

  it("fails it where every program has been installed, but still skips what no package brings", () => {
    vi.stubEnv("STOWAGE_REQUIRE_PROGRAMS", "1");
    expect(() => needs({ skip }, "no-such-program")).toThrow(/system-packages\.txt/);
    needs({ skip }, { "a second moon": () => false });
    expect(skip).toHaveBeenCalledExactlyOnceWith("needs a second moon");
  });
});

describe("system packages", () => {
  it("are collected from where tests name them, once each, without comments", () => {
    mkdirSync(join(folder, "packages/a/test"), { recursive: true });
    mkdirSync(join(folder, "tools/servers/b"), { recursive: true });
    writeFileSync(join(folder, "packages/a/test/system-packages.txt"), "# why\nfio\n\nxfsprogs # for loop mounts\n");
    writeFileSync(join(folder, "tools/servers/b/system-packages.txt"), "fio\nradosgw\n");
    expect(systemPackages(folder)).toEqual(["fio", "radosgw", "xfsprogs"]);
  });
});
