import { execFileSync, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

const bin = fileURLToPath(new URL("../bin/stowage.js", import.meta.url));
const repository = fileURLToPath(new URL("../../..", import.meta.url));

let root: string;

/** The command as it is installed, started by its bin. `npm test` has built it; alone, these cases bring the build up to date. */
beforeAll(() => {
  spawnSync("npx", ["tsc", "-b", "packages/cli"], { cwd: repository, stdio: "ignore" });
  expect(existsSync(fileURLToPath(new URL("../dist/main.js", import.meta.url)))).toBe(true);
}, 300_000);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "stowage-cli-process-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...argv: string[]): ChildProcess {
  return spawn(process.execPath, [bin, ...argv], { stdio: "pipe" });
}

async function ended(child: ChildProcess): Promise<Ended> {
  const text = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (text.stderr += chunk.toString()));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, ...text };
}

async function manyFiles(name: string, count: number, bytes: number): Promise<string> {
  const directory = join(root, name);
  await mkdir(directory);
  for (let index = 0; index < count; index++) await writeFile(join(directory, `f${index}`), Buffer.alloc(bytes, index));
  return directory;
}

describe("the stowage process", () => {
  it("ends quietly with status 0 when the reader of its output has gone", async () => {
    const from = await manyFiles("from", 100, 0);
    const child = start("ls", "-r", from);
    const done = ended(child);
    child.stdout?.destroy();
    expect(await done).toMatchObject({ status: 0, stderr: "" });
  });

  it("on Ctrl-C while storing stdin exits 130 and leaves neither object nor temporary file", async () => {
    const child = start("put", "-", join(root, "to/a"));
    const done = ended(child);
    child.stdin?.on("error", () => {});
    child.stdin?.write(Buffer.alloc(1_000_000));
    // The temporary file is there: the write is under way.
    await firstFileIn(root, "to");
    child.kill("SIGINT");
    expect(await done).toMatchObject({ status: 130, stderr: "stowage put: interrupted\n" });
    expect(await readdir(join(root, "to"))).toEqual([]);
  });

  it("on Ctrl-C while copying a tree exits 130; every file that is there is whole, and there is no other", async () => {
    const from = await manyFiles("from", 600, 40_000);
    const child = start("cp", "-r", from, join(root, "to"));
    const done = ended(child);
    await firstFileIn(root, "to");
    child.kill("SIGINT");
    const { status, stderr } = await done;
    expect(status).toBe(130);
    expect(stderr).toBe("stowage cp: interrupted\n");
    const copied = await readdir(join(root, "to"));
    expect(copied.filter((name) => name.startsWith("."))).toEqual([]);
    expect(copied.length).toBeLessThan(600);
    for (const name of copied) expect(await readFile(join(root, "to", name))).toEqual(await readFile(join(from, name)));
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("on %s cleans up in the same way and exits %i", async (signal, expected) => {
    const child = start("put", "-", join(root, "to/a"));
    const done = ended(child);
    child.stdin?.on("error", () => {});
    child.stdin?.write("x");
    await firstFileIn(root, "to");
    child.kill(signal);
    expect(await done).toMatchObject({ status: expected });
    expect(await readdir(join(root, "to"))).toEqual([]);
  });

  it("says so in a directory that is gone", async () => {
    const gone = join(root, "gone");
    await mkdir(gone);
    const script = `rmdir ${gone}; exec ${process.execPath} ${bin} ls`;
    const { status, stderr } = await ended(spawn("sh", ["-c", script], { cwd: gone, stdio: "pipe" }));
    expect(stderr).toBe("stowage: the current directory does not exist any more\n");
    expect(status).toBe(1);
  });

  it("prints a stray mistake of a plugin on one line, ends the work cleanly and exits 1", async () => {
    await writeFile(join(root, "late.mjs"), 'setTimeout(() => { throw new TypeError("late\\nmistake") }, 100)');
    const child = start("--plugin", join(root, "late.mjs"), "put", "-", join(root, "to/a"));
    const { status, stderr } = await ended(child);
    expect(stderr).toBe("stowage put: TypeError: late\\nmistake (--debug shows where)\n");
    expect(status).toBe(1);
    expect(await readdir(join(root, "to"))).toEqual([]);
  });

  it("does not wait for a stdin that it does not read", async () => {
    expect(await ended(start("ls", root))).toMatchObject({ status: 0 });
  });

  it("shows progress on a terminal and takes it away, and none where stderr is no terminal", async () => {
    const from = await manyFiles("from", 300, 100_000);
    const line = `${process.execPath} ${bin} cp -r ${from} ${root}/to`;
    const terminal = execFileSync("script", ["-qec", line, "/dev/null"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect(terminal).toMatch(/copying \d+(\/300)? objects {2}[\d.]+ (B|KiB|MiB)/);
    expect(terminal.split("\n").at(-2)).toMatch(/copied 300 objects, 30000000 bytes in .* s \(.*\/s\)/);
    const plain = await ended(start("cp", "-r", from, join(root, "again")));
    expect(plain.stderr).toMatch(/^copied 300 objects, [^\n]*\n$/);
    const silent = execFileSync("script", ["-qec", `${line}3 --quiet`, "/dev/null"], { encoding: "utf8" });
    expect(silent).toBe("");
  });
});

/** Resolves as soon as any file, a temporary one too, is in the directory `name` of `parent`. */
async function firstFileIn(parent: string, name: string): Promise<void> {
  const directory = join(parent, name);
  while ((await readdir(directory).catch(() => [])).length === 0) await turn();
}
