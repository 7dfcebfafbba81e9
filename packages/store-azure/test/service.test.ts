import { BlobServiceClient } from "@azure/storage-blob";
import type { ContainerClient } from "@azure/storage-blob";
import { createContainer, deleteContainer, listContainers, openStore } from "@stowage/core";
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

describe("containers", () => {
  it("are made once, listed, and deleted with force only", async () => {
    const uri = `az://${azurite.server.account}/made-here`;
    expect(await createContainer(uri, azurite.options)).toEqual({ created: true });
    expect(await createContainer(uri, azurite.options)).toEqual({ created: false });
    const listed = [];
    for await (const container of listContainers(`az://${azurite.server.account}`, azurite.options))
      listed.push(container);
    expect(listed).toContainEqual({ name: "made-here", uri: `${uri}/` });
    await expect(deleteContainer(uri, azurite.options)).rejects.toMatchObject({
      code: "Unsupported",
      message: expect.stringContaining("force"),
    });
    await deleteContainer(uri, azurite.options, { force: true });
    await expect(deleteContainer(uri, azurite.options, { force: true })).rejects.toMatchObject({
      code: "ContainerNotFound",
    });
  });

  it("with a name that Azure refuses are refused before anything is sent", async () => {
    await expect(createContainer(`az://${azurite.server.account}/Bad_Name`, azurite.options)).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("lower-case"),
    });
    await expect(openStore(`az://${azurite.server.account}/x`, azurite.options)).rejects.toMatchObject({
      code: "InvalidArgument",
    });
    await expect(openStore(`az://${azurite.server.account}`, azurite.options)).rejects.toMatchObject({
      code: "InvalidUri",
    });
  });
});

describe.each(["direct", "sdk"] as const)("what only Azure has, transport %s", (transport) => {
  let store: ObjectStore;
  let container: ContainerClient;
  beforeAll(async () => {
    store = await azurite.store({ transport });
    const client = BlobServiceClient.fromConnectionString(azurite.server.connectionString);
    container = client.getContainerClient(store.container.split("/")[1] ?? "");
  });
  afterAll(async () => {
    await store.close();
  });

  it("a leased object is a Conflict to whoever has not the lease", async () => {
    await store.put("leased", "1");
    const { leaseId = "" } = await container.getBlobClient("leased").getBlobLeaseClient().acquireLease(60);
    await expect(store.put("leased", "2")).rejects.toMatchObject({
      code: "Conflict",
      retryable: false,
      committed: false,
    });
    await expect(store.put("leased", "2", { ifNoneMatch: "*" })).rejects.toMatchObject({
      code: expect.stringMatching(/Conflict|AlreadyExists/),
    });
    await expect(store.delete("leased")).rejects.toMatchObject({ code: "Conflict" });
    const [outcome] = await store.deleteMany(["leased"]);
    expect(outcome).toMatchObject({ ok: false, error: { code: "Conflict" } });
    expect((await store.get("leased")).text()).toBe("1");
    expect((await store.stat("leased")).native).toMatchObject({ leaseState: "leased" });
    await store.put("leased", "2", { native: { az: { leaseId } } });
    await store.delete("leased", { native: { az: { leaseId } } });
  });

  it("an object with snapshots is not deleted", async () => {
    await store.put("snapped", "1");
    await container.getBlobClient("snapped").createSnapshot();
    await expect(store.delete("snapped")).rejects.toMatchObject({
      code: "Conflict",
      message: expect.stringContaining("snapshot"),
    });
    const [outcome] = await store.deleteMany(["snapped"]);
    expect(outcome).toMatchObject({ ok: false, error: { code: "Conflict" } });
    expect((await store.list({ prefix: "snapped" }).toArray()).map((entry) => entry.kind)).toEqual(["object"]);
  });

  it("an archived object is a Conflict to read", async () => {
    await store.put("cold", "1", { native: { az: { accessTier: "Archive" } } });
    expect((await store.stat("cold")).native).toMatchObject({ accessTier: "Archive" });
    await expect(store.get("cold")).rejects.toMatchObject({ code: "Conflict" });
  });

  it("the tier and tags of a write", async () => {
    await store.put("tagged", "1", { native: { az: { accessTier: "Cool", tags: { project: "a b", "x/y": "=" } } } });
    expect((await store.stat("tagged")).native).toMatchObject({ accessTier: "Cool" });
    expect((await container.getBlobClient("tagged").getTags()).tags).toEqual({ project: "a b", "x/y": "=" });
  });

  it("options of a call that Azure does not have are refused", async () => {
    await expect(store.put("x", "1", { native: { az: JSON.parse('{"tier":"Hot"}') } })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("accessTier"),
    });
    await expect(store.put("x", "1", { native: { az: { leaseId: "a\nb" } } })).rejects.toMatchObject({
      code: "InvalidArgument",
    });
    expect(await store.exists("x")).toBe(false);
  });

  it("an object that is no block blob is read, and not silently replaced", async () => {
    const append = container.getAppendBlobClient("log");
    await append.create();
    await append.appendBlock("line", 4);
    expect((await store.get("log")).text()).toBe("line");
    expect((await store.stat("log")).native).toMatchObject({ blobType: "AppendBlob" });
    await store.copy("log", "copy-of-log");
    expect((await store.get("copy-of-log")).text()).toBe("line");
  });

  it("metadata of other tools is read as it is", async () => {
    await container.getBlockBlobClient("foreign").upload("1", 1, { metadata: { Build_Number: "7", text: "pl=?ain" } });
    expect((await store.stat("foreign")).metadata).toEqual({ build_number: "7", text: "pl=?ain" });
  });
});

it("reads keys that the portable rules refuse, with keyRules: service", async () => {
  const uri = await azurite.container();
  const client = BlobServiceClient.fromConnectionString(azurite.server.connectionString);
  await client
    .getContainerClient(uri.split("/")[3] ?? "")
    .getBlockBlobClient("/leading")
    .upload("1", 1);
  for (const transport of ["direct", "sdk"] as const) {
    await using store = await openStore(uri, { ...azurite.options, keyRules: "service", transport });
    expect((await store.get("/leading")).text()).toBe("1");
  }
  await using sdk = await openStore(uri, { ...azurite.options, keyRules: "service", transport: "sdk" });
  await expect(sdk.put("a/../b", "1")).rejects.toMatchObject({
    code: "InvalidKey",
    message: expect.stringContaining("direct"),
  });
  expect(await sdk.exists("b")).toBe(false);
});
