import { createHash, randomBytes } from "node:crypto";
import type { ObjectStore } from "@stowage/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Azurite } from "./azurite.js";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(async () => {
  await azurite[Symbol.asyncDispose]();
});

const collect = async <Entry>(entries: AsyncIterable<Entry>): Promise<Entry[]> => {
  const all: Entry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
};

describe.each(["direct", "sdk"] as const)("a store on Azurite, transport %s", (transport) => {
  let store: ObjectStore;
  beforeAll(async () => {
    store = await azurite.store({ transport });
  });
  afterAll(async () => {
    await store.close();
  });

  it("says which transport and credential are in force", () => {
    expect(store.capabilities.notes).toMatchObject({ transport, credential: "sharedKey" });
  });

  it("keeps bytes and attributes, the same in put, stat, get and list", async () => {
    const written = await store.put("dir/a b+ü?#%.txt", "hello", {
      contentType: "text/plain; charset=utf-8",
      cacheControl: "no-store",
      contentDisposition: 'attachment; filename="ü.txt"',
      contentEncoding: "gzip",
      contentLanguage: "de",
      metadata: { "build-number": "17", under_score: "ä, 😀", "1st": "", "a.b": "=?x?=", __proto__x: " two  spaces " },
    });
    const stat = await store.stat("dir/a b+ü?#%.txt");
    expect(stat).toMatchObject({
      size: 5,
      etag: written.etag,
      contentType: "text/plain; charset=utf-8",
      cacheControl: "no-store",
      contentDisposition: 'attachment; filename="ü.txt"',
      contentEncoding: "gzip",
      contentLanguage: "de",
      metadata: { "build-number": "17", under_score: "ä, 😀", "1st": "", "a.b": "=?x?=", __proto__x: " two  spaces " },
    });
    const got = await store.get("dir/a b+ü?#%.txt");
    expect(got.text()).toBe("hello");
    expect(got.info).toEqual(stat);
    const [entry] = await collect(store.list({ prefix: "dir/" }));
    expect(entry).toMatchObject({ kind: "object", key: "dir/a b+ü?#%.txt", size: 5, etag: written.etag });
  });

  it("reads empty objects, ranges and suffixes", async () => {
    await store.put("empty", "");
    expect((await store.get("empty")).bytes).toHaveLength(0);
    expect(await store.getInto("empty", new Uint8Array(4))).toMatchObject({ bytesRead: 0 });
    expect((await store.get("empty", { range: { suffix: 3 } })).bytes).toHaveLength(0);
    await store.put("ten", "0123456789");
    expect((await store.get("ten", { range: { offset: 3, length: 4 } })).text()).toBe("3456");
    expect((await store.get("ten", { range: { offset: 8, length: 40 } })).text()).toBe("89");
    expect((await store.get("ten", { range: { suffix: 3 } })).text()).toBe("789");
    expect((await store.get("ten", { range: { suffix: 30 } })).text()).toBe("0123456789");
    await expect(store.get("ten", { range: { offset: 10 } })).rejects.toMatchObject({ code: "InvalidRange" });
    await expect(store.get("ten", { range: { offset: 11 } })).rejects.toMatchObject({ code: "InvalidRange" });
    await using opened = await store.getStream("ten", { range: { offset: 2 } });
    expect(await new Response(opened.stream).text()).toBe("23456789");
  });

  it("holds every legal key exactly, refuses what Azure would alter", async () => {
    const keys = [
      "a+b",
      "a%20b",
      "%41",
      "a?b#c",
      "a&b=c;d",
      'I\'m a < & "path"',
      "a&amp;b",
      "日本/語",
      "😀",
      "\uFF61",
      "a//b",
      "trailing/",
      ".hidden",
      "dot.",
      "a\rb\nc",
      "a&#xD;b",
    ];
    for (const key of keys) {
      await store.put(`keys/${key}`, key);
      expect((await store.get(`keys/${key}`)).text()).toBe(key);
    }
    const listed = await collect(store.list({ prefix: "keys/" }));
    expect(listed.map((entry) => (entry.kind === "object" ? entry.key.slice(5) : "?"))).toEqual([...keys].sort());
    await expect(store.put("a\\b", "x")).rejects.toMatchObject({ code: "InvalidKey", committed: false });
  });

  it("tells a missing object from a missing container", async () => {
    await expect(store.get("nothing")).rejects.toMatchObject({ code: "NotFound", status: 404 });
    await expect(store.stat("nothing", { ifMatch: "x" })).rejects.toMatchObject({ code: "NotFound" });
    expect(await store.exists("nothing")).toBe(false);
    const { openStore } = await import("@stowage/core");
    await using elsewhere = await openStore(`az://${azurite.server.account}/not-there`, {
      ...azurite.options,
      transport,
    });
    await expect(elsewhere.get("x")).rejects.toMatchObject({ code: "ContainerNotFound" });
    await expect(elsewhere.stat("x")).rejects.toMatchObject({ code: "ContainerNotFound" });
    await expect(elsewhere.put("x", "1")).rejects.toMatchObject({ code: "ContainerNotFound", committed: false });
    await expect(collect(elsewhere.list())).rejects.toMatchObject({ code: "ContainerNotFound" });
    await expect(elsewhere.beginUpload("x")).rejects.toMatchObject({ code: "ContainerNotFound" });
    expect(await elsewhere.containerExists()).toBe(false);
    expect(await store.containerExists()).toBe(true);
  });

  it("creates only where nothing is, replaces only what it knows", async () => {
    const { etag } = await store.put("once", "1", { ifNoneMatch: "*" });
    await expect(store.put("once", "2", { ifNoneMatch: "*" })).rejects.toMatchObject({
      code: "AlreadyExists",
      committed: false,
    });
    await expect(store.put("once", "2", { ifMatch: "0x0" })).rejects.toMatchObject({ code: "PreconditionFailed" });
    await expect(store.put("never", "2", { ifMatch: etag })).rejects.toMatchObject({ code: "PreconditionFailed" });
    await store.put("once", "3", { ifMatch: etag });
    await expect(store.get("once", { ifMatch: etag })).rejects.toMatchObject({ code: "PreconditionFailed" });
    const { info } = await store.get("once");
    await expect(store.get("once", { ifNoneMatch: info.etag })).rejects.toMatchObject({ code: "NotModified" });
    await expect(store.delete("once", { ifMatch: etag })).rejects.toMatchObject({ code: "PreconditionFailed" });
    await store.delete("once", { ifMatch: info.etag });
    await store.delete("once");
  });

  it("writes large objects in blocks and reads them back in ranges", async () => {
    const bytes = randomBytes(5 * 1024 * 1024 + 17);
    const options = { partSize: 1024 * 1024, multipartThreshold: 1024 * 1024, metadata: { kind: "large" } };
    const { size, etag } = await store.put("large", bytes, options);
    expect(size).toBe(bytes.length);
    const got = await store.get("large", { partSize: 1024 * 1024, rangeThreshold: 1024 * 1024 });
    expect(createHash("sha1").update(got.bytes).digest("hex")).toBe(createHash("sha1").update(bytes).digest("hex"));
    expect(got.info).toMatchObject({ etag, metadata: { kind: "large" } });
  });

  it("lists by page, with tokens that another process can use, and by delimiter", async () => {
    for (const key of ["p/a", "p/b/1", "p/b/2", "p/c", "p/d/1", "p/<&>\"'"]) await store.put(key, key);
    const first = (await store.list({ prefix: "p/" }).pages({ pageSize: 2 })[Symbol.asyncIterator]().next()).value;
    expect(first?.entries).toHaveLength(2);
    const rest = await collect(store.list({ prefix: "p/" }).pages({ pageSize: 2, token: String(first?.token) }));
    expect([...(first?.entries ?? []), ...rest.flatMap(({ entries }) => entries)]).toHaveLength(6);
    const grouped = await collect(store.list({ prefix: "p/", delimiter: "/" }));
    expect(grouped.map((entry) => (entry.kind === "prefix" ? entry.prefix : entry.key)).sort()).toEqual(
      ["p/<&>\"'", "p/a", "p/b/", "p/c", "p/d/"].sort(),
    );
    const after = await collect(store.list({ prefix: "p/", delimiter: "/", startAfter: "p/b/1" }));
    expect(after.map((entry) => (entry.kind === "prefix" ? entry.prefix : entry.key))).toEqual(["p/b/", "p/c", "p/d/"]);
    await expect(collect(store.list({ prefix: "x" }).pages({ token: String(first?.token) }))).rejects.toMatchObject({
      code: "InvalidArgument",
    });
  });

  it("deletes many keys in one request each 256, missing ones too, and tells which failed", async () => {
    const keys = Array.from({ length: 300 }, (_, index) => `many/${index} ü`);
    for (const key of keys.slice(0, 260)) await store.put(key, "x");
    const outcomes = await store.deleteMany([...keys, "bad\\key"]);
    expect(outcomes.filter(({ ok }) => ok).map(({ key }) => key)).toEqual(keys);
    expect(outcomes.at(-1)).toMatchObject({ ok: false, error: { code: "InvalidKey" } });
    expect(await collect(store.list({ prefix: "many/" }))).toEqual([]);
  });

  it("copies within the service, attributes included", async () => {
    const bytes = randomBytes(100_000);
    await store.put("from", bytes, { contentType: "text/x-test", metadata: { a: "ü" } });
    const { etag } = await store.copy("from", "to");
    const got = await store.get("to");
    expect(Buffer.compare(got.bytes, bytes)).toBe(0);
    expect(got.info).toMatchObject({ etag, contentType: "text/x-test", metadata: { a: "ü" } });
    await expect(store.copy("from", "to", { ifNoneMatch: "*" })).rejects.toMatchObject({ code: "AlreadyExists" });
    await expect(store.copy("missing", "to")).rejects.toMatchObject({ code: "NotFound" });
    await store.copy("from", "from", { attributes: { metadata: { b: "1" } } });
    expect((await store.stat("from")).metadata).toEqual({ b: "1" });
  });

  it("signs URLs for reading, writing and deleting", async () => {
    const put = await store.presign("signed", { method: "PUT", contentType: "text/plain" });
    expect((await fetch(put.url, { method: put.method, headers: put.headers, body: "by url" })).status).toBe(201);
    const get = await store.presign("signed", { responseContentDisposition: "attachment" });
    const answer = await fetch(get.url);
    expect(await answer.text()).toBe("by url");
    expect(answer.headers.get("content-disposition")).toBe("attachment");
    expect((await store.stat("signed")).contentType).toBe("text/plain");
    const head = await store.presign("signed", { method: "HEAD" });
    expect((await fetch(head.url, { method: "HEAD" })).headers.get("content-length")).toBe("6");
    const create = await store.presign("signed", { method: "PUT", ifNoneMatch: "*" });
    expect((await fetch(create.url, { method: "PUT", headers: create.headers, body: "again" })).status).toBeGreaterThan(
      400,
    );
    const remove = await store.presign("signed", { method: "DELETE" });
    expect((await fetch(remove.url, { method: "DELETE" })).status).toBe(202);
    expect(await store.exists("signed")).toBe(false);
  });
});
