import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { contentOf, lines, memoryWith, stowage } from "./command.js";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "stowage-cli-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function tree(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = join(root, name);
  await mkdir(directory, { recursive: true });
  for (const [path, body] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), body);
  }
  return directory;
}

/** Relative paths of all files, the store's own included, and their contents. */
async function filesOf(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory()) found[path.slice(directory.length + 1)] = await readFile(path, "utf8");
  }
  return found;
}

const hostile = {
  "sp ace": "1",
  "%41": "2",
  "#": "3",
  "?": "4",
  "\u00E9": "5",
  "e\u0301": "6",
  "😀": "7",
  "\uFF61": "8",
  "a-b": "9",
  "a/b": "10",
  a0: "11",
  "back\\slash": "12",
  "new\nline": "13",
  "quote\"'": "14",
  "~": "15",
  "-r": "16",
  ["x".repeat(255)]: "17",
  [`${"é".repeat(127)}/deep`]: "18",
  "index.html": "19",
  ".hidden": "20",
};

describe("stowage cp -r between local directories", () => {
  it("copies a tree with hostile names exactly, with no file beside, and a second time the same", async () => {
    const from = await tree("from", hostile);
    for (let time = 0; time < 2; time++) {
      const { status, stderr } = await stowage(["cp", "-r", "--verify", from, `${pathToFileURL(root).href}/made/to/`]);
      expect(lines(stderr)).toEqual([
        expect.stringMatching(/^copied 20 objects, /),
        expect.stringMatching(/^verified 20 files, .*, 0 differences$/),
      ]);
      expect(status).toBe(0);
      expect(await filesOf(join(root, "made/to"))).toEqual(hostile);
    }
  });

  it("lists them in UTF-8 byte order with URIs that name them again", async () => {
    const from = await tree("from", hostile);
    const entries = lines((await stowage(["ls", "-r", "--json", from])).stdout).map(
      (line): { uri: string; key: string } => JSON.parse(line),
    );
    const sorted = Object.keys(hostile).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(entries.map(({ key }) => key)).toEqual(sorted);
    for (const { uri, key } of entries) {
      expect((await stowage(["cat", uri])).stdout).toBe(hostile[key as keyof typeof hostile]);
    }
  });

  it("takes plain paths relative to the current directory, with and without a final slash", async () => {
    await tree("from", { "s/x": "1" });
    for (const [source, destination] of [
      ["from", "a"],
      ["from/", "b/"],
      ["./from", "../" + root.slice(root.lastIndexOf("/") + 1) + "/c"],
    ] as const) {
      expect((await stowage(["cp", "-r", source, destination], { cwd: root })).status).toBe(0);
    }
    for (const name of ["a", "b", "c"]) expect(await filesOf(join(root, name))).toEqual({ "s/x": "1" });
  });

  it("follows symbolic links inside the root and reports those that lead out or nowhere, with exit status 1", async () => {
    const outside = await tree("outside", { secret: "no" });
    const from = await tree("from", { "d/x": "1", z: "2" });
    await symlink("d", join(from, "link-to-directory"));
    await symlink("d/x", join(from, "link-to-file"));
    await symlink(outside, join(from, "out"));
    await symlink("nosuch", join(from, "dangling"));
    const { status, stderr } = await stowage(["cp", "-r", from, join(root, "to")]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/\bout\b.*leads out/);
    expect(stderr).toMatch(/dangling.*leads nowhere/);
    expect(stderr).toMatch(/copied 4 objects/);
    expect(await filesOf(join(root, "to"))).toEqual({
      "d/x": "1",
      z: "2",
      "link-to-directory/x": "1",
      "link-to-file": "1",
    });
    expect((await lstat(join(root, "to/link-to-directory"))).isDirectory()).toBe(true);
  });

  it("reports special files, unless excluded, and counts empty directories without copying them", async () => {
    const from = await tree("from", { x: "1" });
    execFileSync("mkfifo", [join(from, "fifo")]);
    await mkdir(join(from, "empty/below"), { recursive: true });
    const { status, stderr } = await stowage(["cp", "-r", from, join(root, "to")]);
    expect(lines(stderr)).toEqual([
      `stowage cp: ${from}/fifo: not copied: it is a FIFO, not a file`,
      expect.stringMatching(/^copied 1 object, 1 byte in .*, 2 empty directories not copied$/),
    ]);
    expect(status).toBe(1);
    expect(await readdir(join(root, "to"))).toEqual(["x"]);
    expect((await stowage(["cp", "-r", "--exclude", "fifo", from, join(root, "to")])).status).toBe(0);
  });

  it("refuses a destination inside its source, symbolic links considered, before anything is made", async () => {
    const from = await tree("from", { x: "1" });
    await symlink(from, join(root, "alias"));
    for (const destination of ["from/to", "from", "alias/to", "from/deeper/still/"]) {
      const { status, stderr } = await stowage(["cp", "-r", "from", destination], { cwd: root });
      expect(status).toBe(2);
      expect(stderr).toContain("InvalidArgument");
    }
    expect(await filesOf(from)).toEqual({ x: "1" });
    expect(await readdir(from)).toEqual(["x"]);
  });

  it("makes no directory for a source that is not there", async () => {
    const { status, stderr } = await stowage(["cp", "-r", join(root, "nosuch"), join(root, "to")]);
    expect(status).toBe(1);
    expect(stderr).toContain("ContainerNotFound");
    expect(await readdir(root)).toEqual([]);
  });

  it("takes a file for what it is even with -r", async () => {
    const from = await tree("from", { x: "1" });
    expect((await stowage(["cp", "-r", `${from}/x`, join(root, "to/")])).status).toBe(0);
    expect(await filesOf(join(root, "to"))).toEqual({ x: "1" });
  });
});

describe("--attributes auto towards a local directory", () => {
  it("drops content types that say nothing, so that plain files come back plain, and keeps the rest", async () => {
    const { store, uri } = await memoryWith({});
    await store.put("named.txt", "1");
    await store.put("default.txt", "2", { contentType: "binary/octet-stream" });
    await store.put("octets.txt", "3", { contentType: "application/octet-stream" });
    expect((await stowage(["cp", "-r", uri, join(root, "plain")])).status).toBe(0);
    expect(await filesOf(join(root, "plain"))).toEqual({ "named.txt": "1", "default.txt": "2", "octets.txt": "3" });

    await store.put("telling.txt", "4", { contentType: "text/html", metadata: { k: "v" } });
    expect((await stowage(["cp", "-r", uri, join(root, "kept")])).status).toBe(0);
    expect(Object.keys(await filesOf(join(root, "kept")))).toHaveLength(5);
    expect(JSON.parse((await stowage(["stat", "--json", join(root, "kept/telling.txt")])).stdout)).toMatchObject({
      contentType: "text/html",
      metadata: { k: "v" },
    });
    expect((await stowage(["cp", "-r", "--attributes", "drop", uri, join(root, "dropped")])).status).toBe(0);
    expect(Object.keys(await filesOf(join(root, "dropped")))).toHaveLength(4);
  });
});

describe("single files", () => {
  it("put makes the destination's directory, get that of its file", async () => {
    const from = await tree("from", { "a.txt": "hello" });
    expect((await stowage(["put", `${from}/a.txt`, join(root, "deep/er/")])).status).toBe(0);
    expect((await stowage(["get", `${root}/deep/er/a.txt`, join(root, "other/b.txt")])).status).toBe(0);
    expect(await filesOf(join(root, "other"))).toEqual({ "b.txt": "hello" });
  });

  it("get writes to the current directory under the object's name, or to stdout", async () => {
    const { store, uri } = await memoryWith({});
    await store.put("d/a.txt", "hello");
    expect((await stowage(["get", `${uri}d/a.txt`], { cwd: root })).status).toBe(0);
    expect(await filesOf(root)).toEqual({ "a.txt": "hello" });
    expect(await stowage(["get", `${uri}d/a.txt`, "-"])).toEqual({ status: 0, stdout: "hello", stderr: "" });
  });

  it("never replaces what is no file, like a device", async () => {
    const { uri } = await memoryWith({ a: "1" });
    const { status, stderr } = await stowage(["get", `${uri}a`, "/dev/null"]);
    expect(status).toBe(2);
    expect(stderr).toContain("neither a file nor a directory");
    expect((await lstat("/dev/null")).isCharacterDevice()).toBe(true);
  });

  it("put takes a pipe by its path, and names a file that is not there", async () => {
    const { uri, store } = await memoryWith({});
    const fifo = join(root, "fifo");
    execFileSync("mkfifo", [fifo]);
    const [{ status }] = await Promise.all([stowage(["put", fifo, `${uri}a`]), writeFile(fifo, "through")]);
    expect(status).toBe(0);
    expect(await contentOf(store)).toEqual({ a: "through" });
    expect(await stowage(["put", join(root, "nosuch"), `${uri}a`])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("NotFound"),
    });
    expect(await stowage(["put", root, `${uri}a`])).toMatchObject({ status: 2 });
  });

  it("cp and get refuse a file onto itself", async () => {
    const from = await tree("from", { "x.txt": "1" });
    for (const verb of ["cp", "get"]) {
      expect(await stowage([verb, `${from}/x.txt`, from])).toMatchObject({ status: 2 });
    }
    expect(await filesOf(from)).toEqual({ "x.txt": "1" });
  });

  it("cp gives a file under another name the type of that name", async () => {
    const from = await tree("from", { "x.txt": "1" });
    expect((await stowage(["cp", `${from}/x.txt`, join(root, "to/y.html")])).status).toBe(0);
    expect(await filesOf(join(root, "to"))).toEqual({ "y.html": "1" });
  });

  it("cp without -r refuses a directory", async () => {
    const from = await tree("from", { x: "1" });
    expect(await stowage(["cp", from, join(root, "to")])).toMatchObject({ status: 1 });
  });
});

describe("stowage mv and rm on local directories", () => {
  it("mv -r leaves no empty directory behind, and renames rather than copies", async () => {
    const from = await tree("from", { "s/x": "1", y: "2" });
    const { ino } = await lstat(join(from, "s/x"));
    expect((await stowage(["mv", "-r", from, join(root, "to")])).stderr).toMatch(/^moved 2 objects, 2 bytes/);
    expect(await filesOf(join(root, "to"))).toEqual({ "s/x": "1", y: "2" });
    expect((await lstat(join(root, "to/s/x"))).ino).toBe(ino);
    expect(await readdir(root)).toEqual(["to"]);
  });

  it("mv moves a file to another directory, which it makes", async () => {
    const from = await tree("from", { x: "1" });
    expect((await stowage(["mv", `${from}/x`, join(root, "new/y")])).status).toBe(0);
    expect(await filesOf(root)).toEqual({ "new/y": "1" });
  });

  it("rm -r removes a directory with all that is in it", async () => {
    const from = await tree("from", { "s/x": "1", y: "2" });
    await mkdir(join(from, "empty"));
    expect((await stowage(["rm", "-r", "--yes", from])).stderr).toMatch(/^removed 2 objects/);
    expect(await readdir(root)).toEqual([]);
  });

  it("rm -r removes symbolic links, not what they lead to outside, and says what it leaves", async () => {
    const outside = await tree("outside", { keep: "1" });
    const from = await tree("from", { "d/x": "1" });
    await symlink("d", join(from, "inside"));
    expect((await stowage(["rm", "-r", "--yes", from])).status).toBe(0);
    await mkdir(from);
    await symlink(outside, join(from, "out"));
    execFileSync("mkfifo", [join(from, "fifo")]);
    const { status, stderr } = await stowage(["rm", "-r", "--yes", from]);
    expect(status).toBe(1);
    expect(stderr).toContain("out");
    expect(await filesOf(outside)).toEqual({ keep: "1" });
    await rm(join(from, "out"));
    expect((await stowage(["rm", "-r", "--yes", from])).stderr).toContain("what is left there is no object");
  });

  it("rm -r and mv -r refuse the whole file system, also through a link and by pattern", async () => {
    await symlink("/", join(root, "slash"));
    for (const argv of [
      ["rm", "-r", "--yes", "--dry-run", "/"],
      ["rm", "-r", "--yes", "--dry-run", "--include", "nothing-has-this-name", "file:///"],
      ["rm", "-r", "--yes", "--dry-run", join(root, "slash")],
      ["mv", "-r", "--dry-run", "/", join(root, "to")],
    ]) {
      const { status, stderr } = await stowage(argv);
      expect(status).toBe(2);
      expect(stderr).toContain("whole file system");
    }
  });

  it("rm -r by pattern leaves everything else, empty directories too", async () => {
    const from = await tree("from", { "s/x.tmp": "1", y: "2" });
    await mkdir(join(from, "empty"));
    expect((await stowage(["rm", "-r", "--yes", "--include", "*.tmp", from])).status).toBe(0);
    expect(await filesOf(from)).toEqual({ y: "2" });
    expect(await readdir(from)).toContain("empty");
  });

  it("mb makes directories and rb removes them", async () => {
    expect((await stowage(["mb", join(root, "a/b/")])).status).toBe(0);
    await writeFile(join(root, "a/b/x"), "1");
    expect(await stowage(["rb", join(root, "a/b")])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("ContainerNotEmpty"),
    });
    expect((await stowage(["rb", "--force", join(root, "a/b")])).status).toBe(0);
    expect(await readdir(join(root, "a"))).toEqual([]);
  });
});

describe("stowage ls -r", () => {
  it("prints its first line after reading one directory a level, and reads the rest as it goes", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `d${String(index).padStart(2, "0")}`);
    const from = await tree(
      "from",
      Object.fromEntries(names.flatMap((name) => Array.from({ length: 80 }, (_, file) => [`${name}/f${file}`, ""]))),
    );
    const opened = vi.spyOn(fs, "opendir");
    syncBuiltinESMExports();
    try {
      const controller = new AbortController();
      const { Writable } = await import("node:stream");
      const { run } = await import("../src/run.js");
      let openedAtFirstLine = Number.NaN;
      const stdout = new Writable({
        write(_chunk, _encoding, done) {
          if (Number.isNaN(openedAtFirstLine)) openedAtFirstLine = opened.mock.calls.length;
          done();
        },
      });
      const { stdin, stderr } = process;
      expect(await run({ argv: ["ls", "-r", from], stdin, stdout, stderr, cwd: root, signal: controller.signal })).toBe(
        0,
      );
      expect(openedAtFirstLine).toBeLessThanOrEqual(2);
      expect(opened.mock.calls).toHaveLength(21);
    } finally {
      opened.mockRestore();
      syncBuiltinESMExports();
    }
  });
});
