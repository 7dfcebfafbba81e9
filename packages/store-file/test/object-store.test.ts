/** The store as its users hold it: what a directory of files has to give that the conformance suite does not look at. */
import * as fs from "node:fs";
import * as fsp from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { createContainer, deleteContainer, LOCAL_COPY_CALL_MAX, openObject, openStore } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { file } from "../src/index.js";

let root: string;
let store: ObjectStore;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(tmpdir(), "stowage-file-"));
  store = file({ directory: root });
});

afterEach(async () => {
  await store.close();
  fs.rmSync(root, { recursive: true, force: true });
});

/** Every path below the container's directory, sorted. */
function tree(): string[] {
  return fs.readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
}

async function keys(options: Parameters<ObjectStore["list"]>[0] = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of store.list(options)) found.push(entry.kind === "object" ? entry.key : entry.prefix);
  return found;
}

describe("files and objects are the same", () => {
  it("a put is a file of the key's name, with nothing beside it", async () => {
    await store.put("a/b/report.json", '{"x":1}');
    expect(tree()).toEqual(["a", "a/b", "a/b/report.json"]);
    expect(fs.readFileSync(path.join(root, "a/b/report.json"), "utf8")).toBe('{"x":1}');
  });

  it("a file that another program wrote is an object, its content type told by its name", async () => {
    fs.writeFileSync(path.join(root, "page.html"), "<p>");
    const { bytes, info } = await store.get("page.html");
    expect(Buffer.from(bytes).toString()).toBe("<p>");
    expect(info).toMatchObject({ key: "page.html", size: 3, contentType: "text/html", metadata: {} });
    // To the millisecond, cut off: never in the future.
    expect(info.lastModified).toEqual(new Date(Math.floor(fs.statSync(path.join(root, "page.html")).mtimeMs)));
  });

  it("put, stat, get and list tell the same size, etag and time", async () => {
    const put = await store.put("x.bin", new Uint8Array(1000), { metadata: { a: "1" } });
    const stat = await store.stat("x.bin");
    const { info } = await store.get("x.bin");
    const [entry] = await store.list().toArray();
    for (const other of [stat, info, entry]) {
      expect(other).toMatchObject({ size: put.size, etag: put.etag, lastModified: put.lastModified });
    }
  });

  it("opens by URI: a directory as a store, a file as an object", async () => {
    const opened = await openStore(`file://${root}/`);
    await opened.put("ä #?%41/😀.txt", "text");
    const { store: below, key } = await openObject(opened.uriOf("ä #?%41/😀.txt"));
    expect(key).toBe("😀.txt");
    expect((await below.get(key)).text()).toBe("text");
    await below.close();
    await opened.close();
  });
});

describe("attributes", () => {
  const attributes = {
    contentType: "application/x-thing",
    cacheControl: "no-store",
    contentDisposition: 'attachment; filename="ü.bin"',
    contentEncoding: "gzip",
    contentLanguage: "de",
    metadata: { owner: "me", __proto__: "plain", "a.b-c_d": "ü 😀" },
  };

  it("round-trip, and lie in one hidden file beside the body", async () => {
    await store.put("dir/x", "body", attributes);
    const { info } = await store.get("dir/x");
    expect(info).toMatchObject(attributes);
    expect(tree().filter((name) => name.includes(".stowage-"))).toHaveLength(1);
    expect(await keys()).toEqual(["dir/x"]);
  });

  it("go with an overwrite that has none, and their file too", async () => {
    await store.put("x", "body", attributes);
    await store.put("x", "other");
    expect((await store.stat("x")).metadata).toEqual({});
    expect(tree()).toEqual(["x"]);
  });

  it("go with the object", async () => {
    await store.put("x", "body", attributes);
    await store.delete("x");
    expect(tree()).toEqual([]);
  });

  it("move with a rename, also where only the name told the content type", async () => {
    await store.put("a.txt", "body", { metadata: { k: "v" } });
    await store.rename("a.txt", "deep/b.bin");
    expect(await store.stat("deep/b.bin")).toMatchObject({ contentType: "text/plain", metadata: { k: "v" } });
    await store.put("c.txt", "plain");
    const renamed = await store.rename("c.txt", "c.bin");
    expect(await store.stat("c.bin")).toMatchObject({ contentType: "text/plain", etag: renamed.etag });
    expect(await keys()).toEqual(["c.bin", "deep/b.bin"]);
    expect(tree().filter((name) => name.includes(".stowage-"))).toHaveLength(2);
  });

  it("two names of one file end as one; one name that two keys lead to is refused and stays", async () => {
    await store.put("real/x", "body");
    fs.linkSync(path.join(root, "real/x"), path.join(root, "real/y"));
    await store.rename("real/x", "real/y");
    fs.symlinkSync("real", path.join(root, "alias"));
    await expect(store.rename("real/y", "alias/y")).rejects.toMatchObject({
      code: "InvalidArgument",
      committed: false,
    });
    expect(fs.readdirSync(path.join(root, "real"))).toEqual(["y"]);
    expect((await store.get("real/y")).text()).toBe("body");
  });

  it("are never inherited by what another program writes over the body", async () => {
    await store.put("x", "body", attributes);
    fs.writeFileSync(path.join(root, "x"), "BODY");
    expect((await store.stat("x")).metadata).toEqual({});
    await store.put("y", "body", attributes);
    await fsp.writeFile(path.join(root, "z"), "body");
    await fsp.rename(path.join(root, "z"), path.join(root, "y"));
    expect((await store.stat("y")).metadata).toEqual({});
  });

  it("stay with the file when its directory is moved as a whole", async () => {
    await store.put("one/x", "body", attributes);
    fs.renameSync(path.join(root, "one"), path.join(root, "two"));
    expect((await store.stat("two/x")).metadata).toEqual(attributes.metadata);
  });

  it("are found however far up the store was opened", async () => {
    await store.put("one/two/x", "body", attributes);
    const below = file({ directory: path.join(root, "one/two") });
    expect((await below.stat("x")).contentType).toBe("application/x-thing");
  });

  it("copy, keep or replace", async () => {
    await store.put("a.txt", "body", { metadata: { k: "v" } });
    await store.copy("a.txt", "b.bin");
    expect(await store.stat("b.bin")).toMatchObject({ contentType: "text/plain", metadata: { k: "v" } });
    await store.copy("a.txt", "a.txt", { attributes: { contentType: "text/html" } });
    expect(await store.stat("a.txt")).toMatchObject({ contentType: "text/html", metadata: {} });
  });
});

describe("large copies", () => {
  // Memory-backed file systems share no blocks: a copy there moves every byte.
  it.skipIf(!fs.existsSync("/dev/shm"))("tell their bytes as they go, where the file system cannot clone", async () => {
    const directory = fs.mkdtempSync("/dev/shm/stowage-file-");
    try {
      const size = LOCAL_COPY_CALL_MAX + 1;
      fs.writeFileSync(path.join(directory, "a"), "");
      fs.truncateSync(path.join(directory, "a"), size);
      const seen: number[] = [];
      await file({ directory }).copy("a", "b", { onProgress: ({ bytes }) => seen.push(bytes) });
      expect(seen.length).toBeGreaterThan(2);
      expect(seen).toEqual(seen.toSorted((x, y) => x - y));
      expect(seen.at(-1)).toBe(size);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
});

describe("containers", () => {
  it("are directories: made with those above, deleted when no object is left", async () => {
    const uri = `file://${root}/new/container/`;
    expect(await createContainer(uri)).toMatchObject({ created: true });
    expect(await createContainer(uri)).toMatchObject({ created: false });
    const made = await openStore(uri);
    await made.put("a/b", "x");
    await expect(deleteContainer(uri)).rejects.toMatchObject({ code: "ContainerNotEmpty" });
    await made.delete("a/b");
    await deleteContainer(uri);
    expect(await made.containerExists()).toBe(false);
    await expect(made.put("a", "x")).rejects.toMatchObject({ code: "ContainerNotFound" });
    await expect(made.get("a")).rejects.toMatchObject({ code: "ContainerNotFound" });
    await expect(made.list().toArray()).rejects.toMatchObject({ code: "ContainerNotFound" });
    await expect(made.delete("a")).rejects.toMatchObject({ code: "ContainerNotFound" });
    expect(tree()).toEqual(["new"]);
  });

  it("refuse the root of the file system", async () => {
    await expect(createContainer("file:///")).rejects.toMatchObject({ code: "PermissionDenied" });
    await expect(deleteContainer("file:///", {}, { force: true })).rejects.toMatchObject({ code: "PermissionDenied" });
    const top = await openStore("file:///");
    await expect(top.deletePrefix("tmp/stowage-none/")).rejects.toMatchObject({ code: "PermissionDenied" });
  });
});

describe("listing", () => {
  it("comes in UTF-8 byte order over the whole tree, lazily and resumable", async () => {
    const all = ["a-b", "a/b", "a/c/d", "a0", "b", "😀", "\uff61", "é", "e\u0301"];
    for (const key of all) await store.put(key, key);
    const expected = all.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect(await keys()).toEqual(expected);
    for (const [index, key] of expected.entries()) {
      expect(await keys({ startAfter: key })).toEqual(expected.slice(index + 1));
    }
    const paged: string[] = [];
    let token: string | undefined;
    do {
      for await (const page of store.list().pages({ pageSize: 2, ...(token === undefined ? {} : { token }) })) {
        paged.push(...page.entries.map(({ key }) => key));
        token = page.token;
        break;
      }
    } while (token !== undefined);
    expect(paged).toEqual(expected);
  });
});
