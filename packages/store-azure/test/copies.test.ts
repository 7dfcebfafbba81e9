import { createContainer, openStore } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Azurite } from "./azurite.js";

const accounts = [
  { name: "here", key: Buffer.alloc(64, "h").toString("base64") },
  { name: "there", key: Buffer.alloc(64, "t").toString("base64") },
];
const attributes = { metadata: { colour: "red" }, contentType: "text/x-test", cacheControl: "no-store" };

let azurite: Azurite;
beforeAll(async () => {
  azurite = await Azurite.start({ accounts });
});
afterAll(async () => {
  await azurite[Symbol.asyncDispose]();
});

/** A store on a container of its own in an account of the server. */
async function storeOf(server: Azurite, account: (typeof accounts)[number]): Promise<ObjectStore> {
  const uri = `az://${account.name}/copies-${crypto.randomUUID()}`;
  const options = { accountKey: account.key, endpoint: `${server.server.origin}/${account.name}` };
  await createContainer(uri, options);
  return openStore(uri, options);
}

describe("a copy", () => {
  it("between two accounts arrives with its attributes, by the service or through this process", async () => {
    const [one, other] = accounts;
    if (one === undefined || other === undefined) throw new Error("two accounts");
    await using source = await storeOf(azurite, one);
    await using target = await storeOf(azurite, other);
    await source.put("a", "content", attributes);
    expect((await target.copyFrom(source, "a", "b")).size).toBe(7);
    const { info, bytes } = await target.get("b");
    expect(Buffer.from(bytes).toString()).toBe("content");
    expect({ ...info, metadata: { ...info.metadata } }).toMatchObject(attributes);
  });

  it("from another server streams through this process, also where the service says that there is no such source", async () => {
    const [account] = accounts;
    if (account === undefined) throw new Error("an account");
    await using server = await Azurite.start({ accounts });
    await using source = await storeOf(server, account);
    await using target = await storeOf(azurite, account);
    await source.put("a", "content", attributes);
    await target.copyFrom(source, "a", "b");
    const info = await target.stat("b");
    expect({ ...info, metadata: { ...info.metadata } }).toMatchObject({ size: 7, ...attributes });
    await expect(target.copyFrom(source, "missing", "c")).rejects.toMatchObject({ code: "NotFound", key: "missing" });
    await expect(target.copyFrom(source, "a", "b", { ifNoneMatch: "*" })).rejects.toMatchObject({
      code: "AlreadyExists",
    });
  });
});
