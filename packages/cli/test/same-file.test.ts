/** One object under two names: nothing that is asked of one of them may cost the other. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contentOf, memoryWith, stowage } from "./command.js";

let root: string;

/** `real/a.txt`, and `alias`, a symbolic link to `real`. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "stowage-cli-"));
  await mkdir(join(root, "real"));
  await writeFile(join(root, "real/a.txt"), "A");
  await symlink("real", join(root, "alias"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function expectUntouched(): Promise<void> {
  expect(await readdir(join(root, "real"))).toEqual(["a.txt"]);
  expect(await readFile(join(root, "real/a.txt"), "utf8")).toBe("A");
}

describe("mv", () => {
  it.each([
    ["by the same path", () => "real/a.txt"],
    ["through a link to its directory", () => "alias/a.txt"],
    ["through a directory that is that link", () => "alias/"],
    ["by another scheme", () => pathToFileURL(join(root, "real/a.txt")).href.replace("file:", "direct:")],
  ])("refuses a file onto itself %s, and the file stays", async (_way, to) => {
    expect(await stowage(["mv", "real/a.txt", to()], { cwd: root })).toMatchObject({ status: 2 });
    await expectUntouched();
  });

  it("refuses an object onto itself also where each side has other sizes or concurrency", async () => {
    const { store, uri } = await memoryWith({ a: "A" });
    expect(await stowage(["mv", "--src-o", "concurrency=2", `${uri}a`, `${uri}a`])).toMatchObject({ status: 2 });
    expect(await stowage(["mv", "-r", "--src-o", "concurrency=2", uri, `${uri}below/`])).toMatchObject({ status: 2 });
    expect(await contentOf(store)).toEqual({ a: "A" });
  });

  it("-r refuses a link to a directory: what is in there is not the link's", async () => {
    const refused = await stowage(["mv", "-r", "alias", "out"], { cwd: root });
    expect(refused).toMatchObject({ status: 2 });
    expect(refused.stderr).toContain("symbolic link");
    await expectUntouched();
  });
});

describe("rm -r", () => {
  it("refuses a link to a directory, unless a final slash says that its contents are meant", async () => {
    const refused = await stowage(["rm", "-r", "--yes", "alias"], { cwd: root });
    expect(refused).toMatchObject({ status: 2 });
    expect(refused.stderr).toContain("symbolic link");
    await expectUntouched();
    const meant = await stowage(["rm", "-r", "--dry-run", "alias/"], { cwd: root });
    expect(meant.status).toBe(0);
    expect(meant.stdout).toContain("alias/a.txt");
  });
});
