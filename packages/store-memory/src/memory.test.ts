import { copyAll, createContainer, createRegistry, deleteContainer, isStoreError, openStore } from "@stowage/core";
import { expect, test } from "vitest";
import { memory, plugin } from "./index.js";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test("an object comes back as it was put, attributes included", async () => {
  await using store = memory();
  const written = await store.put("a/b.txt", "hello", { metadata: { Owner: "ada" }, cacheControl: "no-store" });
  const { bytes, info, range } = await store.get("a/b.txt");
  expect(bytes).toEqual(bytesOf("hello"));
  expect(range).toEqual({ offset: 0, length: 5 });
  expect(info).toMatchObject({
    key: "a/b.txt",
    size: 5,
    etag: written.etag,
    contentType: "text/plain",
    cacheControl: "no-store",
    metadata: { owner: "ada" },
  });
});

test("a store of its own is not seen by another of the same name", async () => {
  await using one = memory({ name: "same" });
  await using other = memory({ name: "same" });
  await one.put("k", "1");
  expect(await other.exists("k")).toBe(false);
});

test("stores opened by URI share their container until it is deleted", async () => {
  await using registry = createRegistry({ plugins: [plugin] });
  await createContainer("memory://shared-by-uri", undefined, { registry });
  await using one = await registry.openStore("memory://shared-by-uri/");
  await using other = await registry.openStore("memory://shared-by-uri/deep");
  await other.put("k", "1");
  expect(await one.list().toArray()).toMatchObject([{ key: "deep/k", size: 1 }]);
  await expect(deleteContainer("memory://shared-by-uri", undefined, { registry })).rejects.toMatchObject({
    code: "ContainerNotEmpty",
  });
  await deleteContainer("memory://shared-by-uri", undefined, { registry, force: true });
  await expect(one.get("deep/k")).rejects.toMatchObject({ code: "ContainerNotFound" });
});

test("a feature that is switched off is refused by name", async () => {
  await using store = memory({ disable: ["createOnly"] });
  await expect(store.put("k", "1", { ifNoneMatch: "*" })).rejects.toMatchObject({
    code: "Unsupported",
    capability: "createOnly",
  });
  expect(await store.exists("k")).toBe(false);
  await expect(openStore("memory://x", { disable: ["nonsense"] as never })).rejects.toSatisfy(isStoreError);
  for (const options of [{ disable: ["nonsense"] }, { disable: 5 }, { nonsense: 1 }, 5, null]) {
    expect(() => memory(options as never)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  }
});

test("a presigned URL allows its method alone, until it expires", async () => {
  await using store = memory();
  await store.put("k ü", "secret");
  const { url } = await store.presign("k ü", { expiresIn: 60 });
  expect(await (await fetch(url)).text()).toBe("secret");
  expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(403);
  expect((await fetch(url.replace(/signature=.*/, "signature=no"))).status).toBe(403);
  const put = await store.presign("new", { method: "PUT", contentType: "text/css" });
  expect((await fetch(put.url, { method: "PUT", body: "x", headers: { "content-type": "text/html" } })).status).toBe(
    403,
  );
  expect((await fetch(put.url, { method: "PUT", body: "x", headers: put.headers })).status).toBe(200);
  expect(await store.stat("new")).toMatchObject({ contentType: "text/css", size: 1 });
});

test("a listing page goes on from its token after the last key was deleted", async () => {
  await using store = memory();
  for (const key of ["a", "b/1", "b/2", "c"]) await store.put(key, key);
  const pages = [];
  let token: string | undefined;
  do {
    for await (const page of store.list({ delimiter: "/" }).pages({ pageSize: 1, token })) {
      pages.push(...page.entries.map((entry) => (entry.kind === "object" ? entry.key : entry.prefix)));
      token = page.token;
      break;
    }
    if (pages.length === 1) await store.delete("a");
  } while (token !== undefined);
  expect(pages).toEqual(["a", "b/", "c"]);
});

test("a listing under way shows nothing twice and nothing that was deleted", async () => {
  await using store = memory();
  for (const key of ["a", "b", "c", "d"]) await store.put(key, key);
  const seen = [];
  for await (const page of store.list().pages({ pageSize: 1 })) {
    seen.push(...page.entries.map((entry) => (entry.kind === "object" ? entry.key : "")));
    if (seen.length === 1) await store.deleteMany(["a", "b"]);
  }
  expect(seen).toEqual(["a", "c", "d"]);
});

test("memory() refuses options that it does not have, and values that they cannot take", () => {
  const wrong = [{ bogus: 1 }, { access: "some" }, { retries: "3" }];
  for (const options of wrong) {
    expect(() => Reflect.apply(memory, undefined, [options]), JSON.stringify(options)).toThrow(
      expect.objectContaining({ code: "InvalidArgument" }),
    );
  }
});

test("two stores of memory() are two places, though their URIs are alike", async () => {
  await using one = memory();
  await using two = memory();
  await one.put("a", "1");
  expect(await copyAll(one, two)).toMatchObject({ objects: 1, failed: [] });
  await two.copyFrom(one, "a", "a");
  expect((await two.get("a")).text()).toBe("1");
  await expect(copyAll(one, one.withPrefix("b"))).rejects.toMatchObject({ code: "InvalidArgument" });
});
