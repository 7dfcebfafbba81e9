import { describe, expect, it } from "vitest";
import { contentOf, lines, memoryWith, stowage } from "./command.js";

describe("stowage put", () => {
  it("stores stdin, with the attributes given and no others", async () => {
    const { uri, store } = await memoryWith({});
    const { status, stderr } = await stowage(
      ["put", "-", `${uri}a.txt`, "--content-language", "de", "--metadata", "owner=me"],
      { stdin: "hello" },
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(/^stored 1 object, 5 bytes in .*\n$/);
    expect(await store.stat("a.txt")).toMatchObject({
      size: 5,
      contentType: "text/plain",
      contentLanguage: "de",
      metadata: { owner: "me" },
    });
  });

  it("with --create-only leaves what exists and says AlreadyExists", async () => {
    const { uri, store } = await memoryWith({ a: "old" });
    const { status, stderr } = await stowage(["put", "--create-only", "-", `${uri}a`], { stdin: "new" });
    expect(status).toBe(1);
    expect(stderr).toContain("AlreadyExists");
    expect(await contentOf(store)).toEqual({ a: "old" });
  });

  it("with --if-match replaces only what has that etag", async () => {
    const { uri, store } = await memoryWith({ a: "old" });
    const { etag } = await store.stat("a");
    expect((await stowage(["put", "--if-match", "other", "-", `${uri}a`], { stdin: "x" })).stderr).toContain(
      "PreconditionFailed",
    );
    expect((await stowage(["put", "--if-match", etag, "-", `${uri}a`], { stdin: "new" })).status).toBe(0);
    expect(await contentOf(store)).toEqual({ a: "new" });
  });

  it("refuses stdin for a destination without a name", async () => {
    const { uri } = await memoryWith({});
    expect(await stowage(["put", "-", uri], { stdin: "x" })).toMatchObject({ status: 2 });
  });
});

describe("stowage cp", () => {
  it("copies one object, below a destination that ends in a slash under its own name", async () => {
    const a = await memoryWith({ "d/x": "1" });
    const b = await memoryWith({});
    expect((await stowage(["cp", `${a.uri}d/x`, `${b.uri}e/`])).stderr).toMatch(/^copied 1 object, 1 byte in /);
    await stowage(["cp", `${a.uri}d/x`, `${b.uri}y`]);
    expect(await contentOf(b.store)).toEqual({ "e/x": "1", y: "1" });
  });

  it("copies several objects below one destination", async () => {
    const a = await memoryWith({ x: "1", y: "2" });
    const b = await memoryWith({});
    expect((await stowage(["cp", `${a.uri}x`, `${a.uri}y`, `${b.uri}d`])).status).toBe(0);
    expect(await contentOf(b.store)).toEqual({ "d/x": "1", "d/y": "2" });
  });

  it("sums several up in one line, and goes on after one that fails, with exit status 1", async () => {
    const a = await memoryWith({ x: "1", y: "22" });
    const b = await memoryWith({});
    const { status, stderr } = await stowage(["cp", "--verify", `${a.uri}x`, `${a.uri}nosuch`, `${a.uri}y`, b.uri]);
    expect(status).toBe(1);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/nosuch.*NotFound/),
      expect.stringMatching(/^copied 2 objects, 3 bytes in .*, 1 failed$/),
      "verified 2 files, 3 bytes, 0 differences",
    ]);
  });

  it("with -r takes a pattern that matches nothing for nothing to do", async () => {
    const [a, b] = [await memoryWith({ "d/x": "1" }), await memoryWith({})];
    const { status, stderr } = await stowage(["cp", "-r", "--include", "*.no", `${a.uri}d`, b.uri]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^copied 0 objects, 0 bytes/);
  });

  it.each([
    ["", ""],
    ["/", ""],
    ["", "/"],
    ["/", "/"],
  ])("with -r copies the contents, source given as d%s and destination as e%s, a second time too", async (from, to) => {
    const a = await memoryWith({ "d/x": "1", "d/s/y": "2", other: "3" });
    const b = await memoryWith({});
    for (let time = 0; time < 2; time++) {
      const { status, stderr } = await stowage(["cp", "-r", `${a.uri}d${from}`, `${b.uri}e${to}`]);
      expect(stderr).toMatch(/^copied 2 objects, 2 bytes in [\d.]+ s \(.*\/s\)\n$/);
      expect(status).toBe(0);
      expect(await contentOf(b.store)).toEqual({ "e/x": "1", "e/s/y": "2" });
    }
  });

  it("copies by pattern, and with --no-clobber leaves what exists alone and counts it", async () => {
    const a = await memoryWith({ "x.json": "1", "s/y.json": "2", "z.txt": "3" });
    const b = await memoryWith({ "x.json": "old" });
    const { status, stderr } = await stowage(["cp", "-r", "-n", "--include", "*.json", a.uri, b.uri]);
    expect(stderr).toMatch(/^copied 1 object, 1 byte .*, 1 left alone \(it exists\)\n$/);
    expect(status).toBe(0);
    expect(await contentOf(b.store)).toEqual({ "x.json": "old", "s/y.json": "2" });
  });

  it("with --dry-run names what would be copied and touches nothing", async () => {
    const a = await memoryWith({ x: "1", "s/y": "2" });
    const b = await memoryWith({});
    const { stdout, stderr } = await stowage(["cp", "-r", "--dry-run", a.uri, b.uri]);
    expect(lines(stdout)).toEqual([`would copy ${a.uri}s/y to ${b.uri}s/y`, `would copy ${a.uri}x to ${b.uri}x`]);
    expect(stderr).toBe("would copy 2 objects, 2 bytes\n");
    expect(await contentOf(b.store)).toEqual({});
  });

  it("keeps attributes between stores that are not local, and drops them when asked", async () => {
    const a = await memoryWith({});
    await a.store.put("x.txt", "1", { contentType: "text/html", metadata: { k: "v" } });
    const b = await memoryWith({});
    await stowage(["cp", "-r", a.uri, `${b.uri}kept`]);
    await stowage(["cp", "-r", "--attributes", "drop", a.uri, `${b.uri}dropped`]);
    expect(await b.store.stat("kept/x.txt")).toMatchObject({ contentType: "text/html", metadata: { k: "v" } });
    expect(await b.store.stat("dropped/x.txt")).toMatchObject({ contentType: "text/plain", metadata: {} });
    expect(await stowage(["cp", "-r", "--attributes", "some", a.uri, b.uri])).toMatchObject({ status: 2 });
  });

  it("refuses a destination inside its source before anything is copied", async () => {
    const a = await memoryWith({ "d/x": "1" });
    for (const destination of ["d/", "d/e/", "d/e"]) {
      const { status, stderr } = await stowage(["cp", "-r", `${a.uri}d`, a.uri + destination]);
      expect(status).toBe(2);
      expect(stderr).toMatch(/InvalidArgument/);
    }
    expect(await contentOf(a.store)).toEqual({ "d/x": "1" });
  });

  it("lifts a tree out of its directory, but refuses where an object would land in the source itself", async () => {
    const a = await memoryWith({ "d/e/x": "1" });
    expect((await stowage(["cp", "-r", `${a.uri}d`, a.uri])).status).toBe(0);
    expect(await contentOf(a.store)).toEqual({ "d/e/x": "1", "e/x": "1" });
    const b = await memoryWith({ "d/d/x": "1" });
    expect((await stowage(["cp", "-r", `${b.uri}d`, b.uri])).stderr).toContain("InvalidArgument");
    expect(await contentOf(b.store)).toEqual({ "d/d/x": "1" });
  });

  it("copies through another store with --via, which must be empty", async () => {
    const [a, b, stage] = [await memoryWith({ x: "1" }), await memoryWith({}), await memoryWith({})];
    const { status, stderr } = await stowage(["cp", "-r", "--verify", "--via", stage.uri, a.uri, b.uri]);
    expect(status).toBe(0);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/^staged in memory:.* 1 object, 1 byte in /),
      expect.stringMatching(/^copied 1 object, 1 byte in /),
      "verified 1 file, 1 byte, 0 differences",
    ]);
    expect(await contentOf(b.store)).toEqual({ x: "1" });
    expect(await stowage(["cp", "-r", "--via", stage.uri, a.uri, b.uri])).toMatchObject({ status: 2 });
  });

  it("exits 1 for a source that is not there and 2 for what cannot be meant", async () => {
    const a = await memoryWith({ x: "1" });
    expect(await stowage(["cp", `${a.uri}nosuch`, `${a.uri}y`])).toMatchObject({ status: 1 });
    expect(await stowage(["cp", "-r", `${a.uri}nosuch`, `${a.uri}y`])).toMatchObject({ status: 1 });
    expect(await stowage(["cp", "-r", `${a.uri}x`, `${a.uri}x`, `${a.uri}y`])).toMatchObject({ status: 2 });
    expect(await stowage(["cp", "--include", "*", `${a.uri}x`, `${a.uri}y`])).toMatchObject({ status: 2 });
    expect(await stowage(["cp", "nosuch://x", "y"])).toMatchObject({ status: 2 });
  });

  it("gives options to the sides that know them, and lists them for one that neither knows", async () => {
    const [a, b] = [await memoryWith({ x: "1" }), await memoryWith({})];
    expect((await stowage(["cp", "-o", "partSize=1MiB", "--src-o", "retries=1", `${a.uri}x`, b.uri])).status).toBe(0);
    const { status, stderr } = await stowage(["cp", "--dst-o", "regoin=x", `${a.uri}x`, b.uri]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/"regoin" \(--dst-o\); its options are .*partSize/);
  });
});

describe("stowage verify", () => {
  it("says so when all is the same, and exits 0", async () => {
    const [a, b] = [await memoryWith({ x: "12", "s/y": "3" }), await memoryWith({ x: "12", "s/y": "3", more: "" })];
    expect(await stowage(["verify", a.uri, b.uri])).toEqual({
      status: 0,
      stdout: "",
      stderr: "verified 2 files, 3 bytes, 0 differences\n",
    });
  });

  it("names a flipped byte with its offset, and what is missing, and exits 1", async () => {
    const a = await memoryWith({ flipped: "0123456789", missing: "1", same: "2" });
    const b = await memoryWith({ flipped: "0123X56789", same: "2" });
    const { status, stderr } = await stowage(["verify", a.uri, b.uri]);
    expect(status).toBe(1);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/flipped: differs .* at byte 4$/),
      expect.stringMatching(/missing.*NotFound/),
      "verified 3 files, 12 bytes, 2 differences",
    ]);
  });

  it("compares large objects as streams", async () => {
    const body = "x".repeat(3_000_000);
    const a = await memoryWith({ big: body });
    const b = await memoryWith({ big: `${body.slice(0, 2_999_999)}y` });
    expect((await stowage(["verify", `${a.uri}big`, `${b.uri}big`])).stderr).toContain("at byte 2999999");
    expect((await stowage(["verify", `${a.uri}big`, `${a.uri}big`])).status).toBe(0);
  });
});

describe("stowage mv", () => {
  it("renames within a store and moves between stores, attributes with it", async () => {
    const [a, b] = [await memoryWith({}), await memoryWith({})];
    await a.store.put("x", "1", { metadata: { k: "v" } });
    expect((await stowage(["mv", `${a.uri}x`, `${a.uri}y`])).stderr).toMatch(/^moved 1 object, 1 byte in /);
    expect(await contentOf(a.store)).toEqual({ y: "1" });
    expect((await stowage(["mv", `${a.uri}y`, b.uri])).status).toBe(0);
    expect(await contentOf(a.store)).toEqual({});
    expect(await b.store.stat("y")).toMatchObject({ metadata: { k: "v" } });
  });

  it("moves a tree, within a store and between stores", async () => {
    const [a, b] = [await memoryWith({ "d/x": "1", "d/s/y": "2", z: "3" }), await memoryWith({})];
    expect((await stowage(["mv", "-r", `${a.uri}d`, `${a.uri}e`])).stderr).toMatch(/^moved 2 objects, 2 bytes in /);
    expect(await contentOf(a.store)).toEqual({ "e/x": "1", "e/s/y": "2", z: "3" });
    expect((await stowage(["mv", "-r", `${a.uri}e/`, b.uri])).stderr).toMatch(/^moved 2 objects, 2 bytes in /);
    expect([await contentOf(a.store), await contentOf(b.store)]).toEqual([{ z: "3" }, { x: "1", "s/y": "2" }]);
  });

  it("with --no-clobber leaves source and destination where something exists", async () => {
    const a = await memoryWith({ x: "1", y: "old", "d/y": "2" });
    expect(await stowage(["mv", "-n", `${a.uri}x`, `${a.uri}y`])).toMatchObject({ status: 0 });
    expect(await stowage(["mv", "-r", "-n", `${a.uri}d`, a.uri])).toMatchObject({ status: 0 });
    expect(await contentOf(a.store)).toEqual({ x: "1", y: "old", "d/y": "2" });
  });

  it("with --dry-run moves nothing", async () => {
    const a = await memoryWith({ "d/x": "1" });
    expect((await stowage(["mv", "-r", "--dry-run", `${a.uri}d`, `${a.uri}e`])).stdout).toBe(
      `would move ${a.uri}d/x to ${a.uri}e/x\n`,
    );
    expect((await stowage(["mv", "--dry-run", `${a.uri}d/x`, `${a.uri}e`])).stdout).toBe(
      `would move ${a.uri}d/x to ${a.uri}e\n`,
    );
    expect(await contentOf(a.store)).toEqual({ "d/x": "1" });
  });
});

describe("stowage rm", () => {
  it("removes objects, naming one that is not there, which -f forgives", async () => {
    const a = await memoryWith({ x: "1", y: "2" });
    const { status, stderr } = await stowage(["rm", `${a.uri}x`, `${a.uri}nosuch`]);
    expect(status).toBe(1);
    expect(lines(stderr)).toEqual([
      expect.stringContaining("NotFound"),
      expect.stringMatching(/^removed 1 object in /),
    ]);
    expect(await stowage(["rm", "-f", `${a.uri}nosuch`])).toMatchObject({ status: 0 });
    expect(await contentOf(a.store)).toEqual({ y: "2" });
  });

  it("removes everything below with -r --yes, or what matches", async () => {
    const a = await memoryWith({ "d/x.tmp": "1", "d/y": "2", "d/s/z.tmp": "3", de: "4" });
    expect((await stowage(["rm", "-r", "--yes", "--include", "*.tmp", `${a.uri}d`])).stderr).toMatch(
      /^removed 2 objects in /,
    );
    expect(await contentOf(a.store)).toEqual({ "d/y": "2", de: "4" });
    expect((await stowage(["rm", "-r", "-y", `${a.uri}d`])).stderr).toMatch(/^removed 1 object in /);
    expect(await contentOf(a.store)).toEqual({ de: "4" });
  });

  it("asks on a terminal and does nothing without a yes", async () => {
    const a = await memoryWith({ x: "1" });
    const given = await stowage(["rm", "-r", a.uri], { typed: "" });
    expect([given.status, lines(given.stderr)]).toEqual([1, expect.arrayContaining([expect.stringContaining("left")])]);
    const refused = await stowage(["rm", "-r", a.uri], { typed: "n\n" });
    expect(refused.stderr).toContain(`Remove everything below ${a.uri}? [y/N]`);
    expect(refused.status).toBe(1);
    expect(await contentOf(a.store)).toEqual({ x: "1" });
    expect((await stowage(["rm", "-r", a.uri], { typed: "y\n" })).status).toBe(0);
    expect(await contentOf(a.store)).toEqual({});
  });

  it("without a terminal wants --yes, exit status 2", async () => {
    const a = await memoryWith({ x: "1" });
    expect(await stowage(["rm", "-r", a.uri])).toMatchObject({ status: 2, stderr: expect.stringContaining("--yes") });
    expect(await contentOf(a.store)).toEqual({ x: "1" });
  });

  it("refuses a prefix without -r, and with --dry-run names what would go", async () => {
    const a = await memoryWith({ "d/x": "1" });
    expect(await stowage(["rm", `${a.uri}d/`])).toMatchObject({ status: 2 });
    expect(await stowage(["rm", "-r", "--dry-run", a.uri])).toMatchObject({ status: 0, stdout: `${a.uri}d/x\n` });
    expect(await contentOf(a.store)).toEqual({ "d/x": "1" });
  });
});

describe("stowage mb and rb", () => {
  it("make and remove a container; one that holds objects needs --force", async () => {
    const a = await memoryWith({ x: "1" });
    expect((await stowage(["mb", a.uri])).stderr).toBe(`${a.uri} is there already\n`);
    expect(await stowage(["rb", a.uri])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("ContainerNotEmpty"),
    });
    expect(await contentOf(a.store)).toEqual({ x: "1" });
    expect((await stowage(["rb", "--force", a.uri])).stderr).toBe(`removed ${a.uri}\n`);
    expect(await a.store.containerExists()).toBe(false);
    expect((await stowage(["mb", a.uri])).stderr).toBe(`made ${a.uri}\n`);
  });
});
