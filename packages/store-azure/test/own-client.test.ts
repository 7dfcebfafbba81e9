import { BlobServiceClient, newPipeline, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { StoragePipelineOptions } from "@azure/storage-blob";
import { createContainer, listContainers, openStore } from "@stowage/core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startFaultProxy } from "../../../tools/servers/index.mjs";
import { Azurite } from "./azurite.js";

const BROKEN = { status: 500, headers: { "x-ms-error-code": "InternalError" } };
const BUSY = { status: 503, headers: { "x-ms-error-code": "ServerBusy", "retry-after": "0" } };
const EXISTS = { status: 409, headers: { "x-ms-error-code": "BlobAlreadyExists" } };

let azurite: Azurite;
let proxy: Awaited<ReturnType<typeof startFaultProxy>>;
let uri: string;
beforeAll(async () => {
  azurite = await Azurite.start();
  proxy = await startFaultProxy({ target: azurite.server.origin });
  uri = await azurite.container();
});
beforeEach(() => {
  proxy.clear();
});
afterAll(async () => {
  await proxy.stop();
  await azurite[Symbol.asyncDispose]();
});

function ownClient(settings: StoragePipelineOptions = {}, type = BlobServiceClient): BlobServiceClient {
  const { account, accountKey } = azurite.server;
  const retryOptions = { maxTries: 3, retryDelayInMs: 1, ...settings.retryOptions };
  const pipeline = newPipeline(new StorageSharedKeyCredential(account, accountKey), { ...settings, retryOptions });
  return new type(`${proxy.endpoint}/${account}`, pipeline);
}

it("a create-only put is one request, whose outcome is told as unknown, and the client keeps its own retries", async () => {
  const client = ownClient();
  await using store = await openStore(uri, { client, retries: 3 });
  proxy.inject({ times: 1, answer: BROKEN });
  proxy.inject({ times: 1, answer: EXISTS });
  await expect(store.put("new", "1", { ifNoneMatch: "*" })).rejects.toMatchObject({
    code: "Unavailable",
    committed: "unknown",
  });
  expect(proxy.requests).toHaveLength(1);
  proxy.clear();
  proxy.inject({ times: 2, answer: BROKEN });
  await client
    .getContainerClient(store.container.split("/")[1] ?? "")
    .getBlockBlobClient("own")
    .upload("1", 1);
  expect(proxy.requests).toHaveLength(3);
});

it("the retries of every operation are core's", async () => {
  const client = ownClient();
  await using once = await openStore(uri, { client, retries: 0 });
  await using twice = await openStore(uri, { client, retries: 1 });
  await twice.put("there", "1");
  const service = { client, retries: 0 };
  const operations: Readonly<Record<string, () => Promise<unknown>>> = {
    get: () => once.get("there"),
    list: () => once.list().toArray(),
    copy: () => once.copy("there", "copied"),
    deleteMany: async () => {
      const [outcome] = await once.deleteMany(["gone"]);
      if (outcome !== undefined && !outcome.ok) throw outcome.error;
    },
    createContainer: () => createContainer(`${uri}-more`, service),
    listContainers: async () => {
      for await (const { name } of listContainers(`az://${azurite.server.account}`, service)) return name;
      return undefined;
    },
  };
  for (const [name, run] of Object.entries(operations)) {
    proxy.clear();
    proxy.inject({ times: 1, answer: BUSY });
    await expect(run(), name).rejects.toMatchObject({ code: "Throttled" });
    expect(proxy.requests, name).toHaveLength(1);
  }
  proxy.clear();
  proxy.inject({ times: 1, answer: BROKEN });
  expect((await twice.get("there")).text()).toBe("1");
  expect(proxy.requests).toHaveLength(2);
});

it("everything else of the client stays: its settings, its time limit of an attempt, its policies, its class", async () => {
  let containers = 0;
  class Watched extends BlobServiceClient {
    override getContainerClient(name: string): ReturnType<BlobServiceClient["getContainerClient"]> {
      containers += 1;
      return super.getContainerClient(name);
    }
  }
  const client = ownClient(
    { userAgentOptions: { userAgentPrefix: "mine" }, retryOptions: { tryTimeoutInMs: 20_000 } },
    Watched,
  );
  await using store = await openStore(uri, { client });
  await store.put("x", "1");
  const [request] = proxy.requests;
  expect(request?.url).toContain("timeout=20");
  expect(containers).toBeGreaterThan(0);
});

it("a client whose retries cannot be switched off is refused", async () => {
  const { account } = azurite.server;
  const client = { url: proxy.endpoint, accountName: account, credential: {} } as unknown as BlobServiceClient;
  await expect(openStore(uri, { client })).rejects.toMatchObject({
    code: "InvalidArgument",
    message: expect.stringContaining("option client"),
  });
});
