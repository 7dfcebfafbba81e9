// Symbolic links on the command line: a path that someone typed means what it leads to; a store's key never leaves its directory.
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contentOf, lines, memoryWith, stowage } from "./command.js";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "stowage-cli-links-"));
  await mkdir(join(root, "in"));
  await writeFile(join(root, "outside.txt"), "outside");
  await writeFile(join(root, "in/inside.txt"), "inside");
  await symlink("../outside.txt", join(root, "in/leaves"));
  await symlink("inside.txt", join(root, "in/stays"));
  await symlink("nowhere", join(root, "in/dangling"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const at = (...argv: string[]): ReturnType<typeof stowage> => stowage(argv, { cwd: root });

describe("a plain path that is a symbolic link to a file", () => {
  it("is read as that file, wherever it is", async () => {
    expect((await at("cat", "in/leaves", "in/stays")).stdout).toBe("outsideinside");
    expect((await at("stat", "in/leaves")).stdout).toContain(`uri: ${pathToFileURL(join(root, "outside.txt")).href}\n`);
    expect(await at("verify", "in/leaves", "outside.txt")).toMatchObject({ status: 0 });
    expect(await at("verify", "outside.txt", "in/leaves")).toMatchObject({ status: 0 });
  });

  it("keeps its own name, in listings and where it is copied to", async () => {
    expect((await at("ls", "in/leaves")).stdout).toBe("leaves\n");
    const { store, uri } = await memoryWith({});
    await at("cp", "in/leaves", uri);
    await at("cp", "-r", "in/stays", uri);
    expect(await contentOf(store)).toEqual({ leaves: "outside", stays: "inside" });
    await at("get", "in/leaves");
    expect(await readFile(join(root, "leaves"), "utf8")).toBe("outside");
  });

  it("is refused as a URI, and reported below a directory, where a store confines its keys", async () => {
    const uri = pathToFileURL(join(root, "in/leaves")).href;
    expect(await stowage(["cat", uri])).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/PermissionDenied/),
    });
    expect(await at("ls", "in")).toMatchObject({
      status: 1,
      stdout: "inside.txt\nstays\n",
      stderr: expect.stringMatching(/"leaves"/),
    });
  });

  it("is removed itself by rm, as is one that leads nowhere; what it leads to stays", async () => {
    expect(await at("rm", "in/leaves", "in/stays", "in/dangling")).toMatchObject({ status: 0 });
    expect(await readdir(join(root, "in"))).toEqual(["inside.txt"]);
    expect(await readFile(join(root, "outside.txt"), "utf8")).toBe("outside");
  });

  it("is replaced, never written through", async () => {
    expect(await at("cp", "in/inside.txt", "in/leaves")).toMatchObject({ status: 0 });
    expect((await lstat(join(root, "in/leaves"))).isFile()).toBe(true);
    expect(await readFile(join(root, "outside.txt"), "utf8")).toBe("outside");
  });

  it("is no file where it leads nowhere: NotFound, exit status 1", async () => {
    expect(await at("cat", "in/dangling")).toMatchObject({ status: 1, stderr: expect.stringMatching(/NotFound/) });
  });
});

describe("a tree of which not all can be listed", () => {
  it("is summed up by du as far as it is, and the rest named, with exit status 1", async () => {
    const { status, stdout, stderr } = await at("du", "in");
    expect({ status, stdout }).toEqual({ status: 1, stdout: `12\t2\t${pathToFileURL(join(root, "in")).href}/\n` });
    expect(stderr).toContain('"leaves"');
  });

  it("is compared by verify as far as it is listed, and the rest named, with exit status 1", async () => {
    await at("cp", "-r", "in", "copy");
    const { status, stderr } = await at("verify", "in", "copy");
    expect(status).toBe(1);
    expect(lines(stderr).at(-1)).toBe("verified 2 files, 12 bytes, 0 differences");
    expect(stderr).toContain('"leaves"');
  });
});
