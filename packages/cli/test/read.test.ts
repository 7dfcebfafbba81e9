import { describe, expect, it } from "vitest";
import { lines, memoryWith, stowage } from "./command.js";

describe("stowage ls", () => {
  it("lists one level, prefixes with their slash", async () => {
    const { uri } = await memoryWith({ b: "1", "a/x": "2", "a/y/z": "3" });
    expect(await stowage(["ls", uri])).toEqual({ status: 0, stdout: "a/\nb\n", stderr: "" });
  });

  it("lists everything with -r, and from a prefix on with keys relative to it", async () => {
    const { uri } = await memoryWith({ b: "1", "a/x": "2", "a/y/z": "3" });
    expect(lines((await stowage(["ls", "-r", uri])).stdout)).toEqual(["a/x", "a/y/z", "b"]);
    expect(lines((await stowage(["ls", "-r", `${uri}a`])).stdout)).toEqual(["x", "y/z"]);
  });

  it("prints one JSON object a line with uri, key, size, lastModified, etag, in UTF-8 byte order of key", async () => {
    const keys = ["\uFF61", "😀", "a-b", "a/b", "a0", "é", "e\u0301", "sp ace", "%41", "#", "?", "new\nline"];
    const { uri, store } = await memoryWith(Object.fromEntries(keys.map((key) => [key, key])));
    const { stdout, status } = await stowage(["ls", "-r", "--json", uri]);
    const entries = lines(stdout).map((line): unknown => JSON.parse(line));
    const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const expected = await Promise.all(
      sorted.map(async (key) => {
        const { size, etag, lastModified } = await store.stat(key);
        return { uri: store.uriOf(key), key, size, lastModified: lastModified?.toISOString(), etag };
      }),
    );
    expect(entries).toEqual(expected);
    expect(status).toBe(0);
  });

  it("gives prefixes of one level as JSON too", async () => {
    const { uri } = await memoryWith({ "a/x": "" });
    expect(JSON.parse((await stowage(["ls", "--json", uri])).stdout)).toEqual({ uri: `${uri}a/`, prefix: "a/" });
  });

  it("shows size and time with -l, sizes for people with -h", async () => {
    const { uri } = await memoryWith({ big: "x".repeat(2048) });
    expect((await stowage(["ls", "-l", uri])).stdout).toMatch(
      /^ {10}2048 {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}big\n$/,
    );
    expect((await stowage(["ls", "-lh", uri])).stdout).toMatch(/^ {5}2 KiB {2}.* {2}big\n$/);
  });

  it("filters by glob", async () => {
    const { uri } = await memoryWith({ "a.json": "", "d/b.json": "", "d/c.txt": "", "node_modules/x.json": "" });
    const { stdout } = await stowage(["ls", "-r", "--include", "*.json", "--exclude", "node_modules", uri]);
    expect(lines(stdout)).toEqual(["a.json", "d/b.json"]);
  });

  it("escapes what could forge output, and gives keys exactly with --null", async () => {
    const { uri } = await memoryWith({ "a\nb\u001B[2J": "" });
    expect((await stowage(["ls", uri])).stdout).toBe("a\\nb\\u{1B}[2J\n");
    expect((await stowage(["ls", "-0", uri])).stdout).toBe("a\nb\u001B[2J\0");
  });

  it("shows an object that is named without a slash", async () => {
    const { uri } = await memoryWith({ "d/a": "12" });
    expect((await stowage(["ls", `${uri}d/a`])).stdout).toBe("a\n");
    expect(JSON.parse((await stowage(["ls", "--json", `${uri}d/a`])).stdout)).toMatchObject({
      uri: `${uri}d/a`,
      size: 2,
    });
  });

  it("says NotFound where there is neither object nor prefix, and nothing for an empty container", async () => {
    const { uri } = await memoryWith({ a: "" });
    const missing = await stowage(["ls", `${uri}nosuch`]);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain("NotFound");
    const { uri: empty } = await memoryWith({});
    expect(await stowage(["ls", empty])).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("lists several, going on after one that fails, with exit status 1", async () => {
    const [a, b] = [await memoryWith({ x: "" }), await memoryWith({ y: "" })];
    const { status, stdout, stderr } = await stowage(["ls", a.uri, `${a.uri}nosuch`, b.uri]);
    expect(stdout).toBe(`${a.uri}:\nx\n\n${a.uri}nosuch:\n\n${b.uri}:\ny\n`);
    expect(lines(stderr)).toHaveLength(1);
    expect(status).toBe(1);
  });
});

describe("stowage stat", () => {
  it("prints size, etag, times and attributes", async () => {
    const { store, uri } = await memoryWith({});
    await store.put("a.txt", "hello", { cacheControl: "no-store", metadata: { owner: "me" } });
    const { stdout } = await stowage(["stat", `${uri}a.txt`]);
    expect(lines(stdout)).toEqual(
      expect.arrayContaining([
        `uri: ${uri}a.txt`,
        "size: 5",
        "contentType: text/plain",
        "cacheControl: no-store",
        "metadata.owner: me",
      ]),
    );
    const facts: unknown = JSON.parse((await stowage(["stat", "--json", `${uri}a.txt`])).stdout);
    const { etag } = await store.stat("a.txt");
    expect(facts).toMatchObject({ key: "a.txt", size: 5, etag, metadata: { owner: "me" } });
  });

  it("tells of a missing object by NotFound, and of a container that it is there", async () => {
    const { uri } = await memoryWith({});
    expect(await stowage(["stat", `${uri}a`])).toMatchObject({ status: 1, stdout: "" });
    expect(JSON.parse((await stowage(["stat", "--json", "--verbose", uri])).stdout)).toMatchObject({
      kind: "container",
      notes: {},
    });
  });
});

describe("stowage cat", () => {
  const body = "0123456789";

  it.each([
    [[], body],
    [["--range", "2-4"], "234"],
    [["--range", "7-"], "789"],
    [["--range", "-3"], "789"],
    [["--offset", "2", "--length", "3"], "234"],
    [["--suffix", "4"], "6789"],
    [["--length", "0"], ""],
  ])("with %j writes exactly those bytes", async (flags, expected) => {
    const { uri } = await memoryWith({ a: body });
    expect(await stowage(["cat", ...flags, `${uri}a`])).toEqual({ status: 0, stdout: expected, stderr: "" });
  });

  it("writes several in order", async () => {
    const { uri } = await memoryWith({ a: "1", b: "2" });
    expect((await stowage(["cat", `${uri}b`, `${uri}a`])).stdout).toBe("21");
  });

  it("names a missing object on one line and exits 1", async () => {
    const { uri } = await memoryWith({});
    const { status, stderr, stdout } = await stowage(["cat", `${uri}a`]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^stowage cat: [^\n]*memory:\/\/[^\n]*\[NotFound\]\n$/);
  });

  it("refuses a range that begins beyond the end", async () => {
    const { uri } = await memoryWith({ a: body });
    expect(await stowage(["cat", "--offset", "10", `${uri}a`])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("InvalidRange"),
    });
  });
});

describe("stowage du", () => {
  it("sums up bytes and objects, by prefix where asked", async () => {
    const { uri } = await memoryWith({ "a/x": "12", "a/b/y": "345", z: "6" });
    expect((await stowage(["du", uri])).stdout).toBe(`6\t3\t${uri}\n`);
    expect((await stowage(["du", "-d", "1", uri])).stdout).toBe(`5\t2\t${uri}a/\n6\t3\t${uri}\n`);
    expect((await stowage(["du", "-d", "2", uri])).stdout).toBe(`5\t2\t${uri}a/\n3\t1\t${uri}a/b/\n6\t3\t${uri}\n`);
    expect((await stowage(["du", "--include", "y", "--json", uri])).stdout).toBe(
      `{"uri":"${uri}","bytes":3,"objects":1}\n`,
    );
  });
});
