import { openStore } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import "../src/index.js";
import { HierarchicalAccount } from "./hierarchical-account.js";

describe.each(["direct", "sdk"] as const)("an account with a hierarchical namespace, transport %s", (transport) => {
  let account: HierarchicalAccount;
  let store: ObjectStore;

  beforeEach(async () => {
    account = await HierarchicalAccount.start();
    const accountKey = Buffer.from("key").toString("base64");
    store = await openStore("az://account/container", { endpoint: account.endpoint, accountKey, transport });
    for (const key of ["a", "a/b", "a/b/c", "a/z", "other"]) account.blobs.set(key, undefined);
    for (const key of ["a/1", "a/b/2", "a/b/c/3", "a/z/4", "other/5"]) account.blobs.set(key, Buffer.from(key));
  });

  afterEach(async () => {
    await store.close();
    await account[Symbol.asyncDispose]();
  });

  it("lists directories as such and tells them from objects of no size", async () => {
    account.blobs.set("a/empty", Buffer.alloc(0));
    const directories: string[] = [];
    const objects: string[] = [];
    for await (const entry of store.list({ prefix: "a" })) {
      if (entry.kind !== "object") expect.unreachable();
      else (entry.native?.["resourceType"] === "directory" ? directories : objects).push(entry.key);
    }
    expect(directories).toEqual(["a", "a/b", "a/b/c", "a/z"]);
    expect(objects).toEqual(["a/1", "a/b/2", "a/b/c/3", "a/empty", "a/z/4"]);
    expect((await store.stat("a/b")).native).toMatchObject({ resourceType: "directory" });
    expect((await store.stat("a/1")).native?.["resourceType"]).toBeUndefined();
  });

  it("deletePrefix removes directories too, the deepest first, when nothing is left in them", async () => {
    expect(await store.deletePrefix("a")).toMatchObject({ deleted: 8, failed: [] });
    expect([...account.blobs.keys()]).toEqual(["other", "other/5"]);
    const last = account.deleted.slice(-4);
    expect([last[0], new Set(last.slice(1, 3)), last[3]]).toEqual(["a/b/c", new Set(["a/b", "a/z"]), "a"]);
  });

  it("a directory that is not empty is a Conflict", async () => {
    await expect(store.delete("a")).rejects.toMatchObject({ code: "Conflict", committed: false });
    const [outcome] = await store.deleteMany(["a/b"]);
    expect(outcome).toMatchObject({ ok: false, error: { code: "Conflict" } });
    expect(account.deleted).toEqual([]);
  });
});
