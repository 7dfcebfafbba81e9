import {
  BlobServiceClient,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import type { ContainerClient } from "@azure/storage-blob";
import { once } from "node:events";
import { get } from "node:https";
import { createContainer, openStore } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { needs } from "../../../tools/machine/needs.mjs";
import { selfSignedCertificate } from "../../../tools/servers/self-signed.mjs";
import { azure } from "../src/index.js";
import { Azurite } from "./azurite.js";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(async () => {
  await azurite[Symbol.asyncDispose]();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const clientOf = (uri: string): ContainerClient =>
  BlobServiceClient.fromConnectionString(azurite.server.connectionString).getContainerClient(uri.split("/")[3] ?? "");

/** Whatever a store does, once through. */
async function exercise(store: ObjectStore): Promise<void> {
  const { etag } = await store.put("a b/ü", "hello", { metadata: { x: "1" } });
  expect((await store.get("a b/ü")).text()).toBe("hello");
  expect(await store.stat("a b/ü")).toMatchObject({ etag, metadata: { x: "1" } });
  await store.put("large", new Uint8Array(3000), { partSize: 1000, multipartThreshold: 1000 });
  await store.copy("a b/ü", "copied");
  const keys = (await store.list().toArray()).map((entry) => (entry.kind === "object" ? entry.key : ""));
  expect(keys).toEqual(["a b/ü", "copied", "large"]);
  await store.delete("copied");
  expect((await store.deleteMany(keys)).every(({ ok }) => ok)).toBe(true);
  expect(await store.list().toArray()).toEqual([]);
}

describe.each(["direct", "sdk"] as const)("credentials, transport %s", (transport) => {
  it("an account key", async () => {
    const { account, accountKey, endpoint } = azurite.server;
    const uri = await azurite.container();
    await using store = await openStore(uri, { accountKey, endpoint, transport });
    await exercise(store);
    const container = uri.split("/")[3] ?? "";
    await using made = azure({
      account,
      container,
      accountKey,
      endpoint: azurite.server.origin,
      transport,
      prefix: "below",
    });
    await made.put("x", "1");
    expect(made.uriOf("x")).toBe(`az://${account}/${container}/below/x`);
    expect(await store.exists("below/x")).toBe(true);
  });

  it("a shared access signature of the account, which cannot sign for others", async () => {
    const { account, accountKey, endpoint } = azurite.server;
    const sasToken = generateAccountSASQueryParameters(
      {
        permissions: AccountSASPermissions.parse("rwdlac"),
        services: AccountSASServices.parse("b").toString(),
        resourceTypes: AccountSASResourceTypes.parse("sco").toString(),
        expiresOn: new Date(Date.now() + 3_600_000),
      },
      new StorageSharedKeyCredential(account, accountKey),
    ).toString();
    await using store = await openStore(await azurite.container(), { endpoint, sasToken, transport });
    await exercise(store);
    expect(store.capabilities.presign).toBe("unsupported");
    await expect(store.presign("x")).rejects.toMatchObject({ code: "Unsupported", capability: "presign" });
    const signed = { connectionString: `BlobEndpoint=${endpoint};SharedAccessSignature=${sasToken}`, transport };
    await using again = await openStore(await azurite.container(), signed);
    await exercise(again);
  });

  it("a signature that allows reading only is PermissionDenied on writing, and never shown", async () => {
    const uri = await azurite.container();
    await clientOf(uri).getBlockBlobClient("x").upload("1", 1);
    const permissions = ContainerSASPermissions.parse("rl");
    const url = new URL(
      await clientOf(uri).generateSasUrl({ permissions, expiresOn: new Date(Date.now() + 3_600_000) }),
    );
    await using store = await openStore(uri, { endpoint: azurite.server.endpoint, sasToken: url.search, transport });
    expect((await store.get("x")).text()).toBe("1");
    const denied = await store.put("x", "2").catch((error: unknown) => error);
    expect(denied).toMatchObject({ code: "PermissionDenied", committed: false });
    const signature = url.searchParams.get("sig") ?? "";
    for (const shown of [
      String(denied),
      JSON.stringify(denied),
      (await import("node:util")).inspect(denied, { depth: 9 }),
    ]) {
      expect(shown).not.toContain(signature);
      expect(shown).not.toContain(encodeURIComponent(signature));
    }
  });

  it("a wrong key is refused, as Unauthenticated by Azure, as PermissionDenied by Azurite", async () => {
    const accountKey = Buffer.from("another key").toString("base64");
    await using store = await openStore(await azurite.container(), {
      endpoint: azurite.server.endpoint,
      accountKey,
      transport,
    });
    await expect(store.get("x")).rejects.toMatchObject({
      code: expect.stringMatching(/Unauthenticated|PermissionDenied/),
      status: 403,
    });
  });

  it("none, on a container that is public", async () => {
    const uri = await azurite.container();
    await clientOf(uri).setAccessPolicy("container");
    await clientOf(uri).getBlockBlobClient("x").upload("1", 1);
    await using store = await openStore(uri, { endpoint: azurite.server.endpoint, anonymous: true, transport });
    expect((await store.get("x")).text()).toBe("1");
    expect(await store.list().toArray()).toHaveLength(1);
    await expect(store.put("x", "2")).rejects.toMatchObject({
      code: expect.stringMatching(/Unauthenticated|PermissionDenied/),
    });
  });

  it("the environment's", async () => {
    const uri = await azurite.container();
    vi.stubEnv("AZURE_STORAGE_CONNECTION_STRING", azurite.server.connectionString);
    await using store = await openStore(uri, { transport });
    await exercise(store);
  });

  it("a token, over https with a certificate of one's own", async (context) => {
    needs(context, "openssl");
    const { certificatePath, keyPath, certificate, remove } = await selfSignedCertificate();
    const secure = await Azurite.start({ tls: { certificate: certificatePath, key: keyPath }, oauth: true });
    try {
      const { account, endpoint } = secure.server;
      const options = { endpoint, credential: { getToken: async () => token() }, tls: { ca: certificate }, transport };
      const uri = `az://${account}/by-token`;
      expect(await createContainer(uri, options)).toEqual({ created: true });
      await using store = await openStore(uri, options);
      await exercise(store);
      await store.put("signed", "by a token");
      const { url } = await store.presign("signed");
      const [answer] = await once(get(url, { ca: certificate, agent: false }), "response");
      expect(await new Response(answer).text()).toBe("by a token");
      await using untrusting = await openStore(uri, { ...options, tls: undefined, retries: 0 });
      await expect(untrusting.get("x")).rejects.toMatchObject({ code: "Unavailable", retryable: false });
    } finally {
      await secure[Symbol.asyncDispose]();
      await remove();
    }
  });
});

it("a client of one's own carries everything", async () => {
  const client = BlobServiceClient.fromConnectionString(azurite.server.connectionString, {
    userAgentOptions: { userAgentPrefix: "mine" },
  });
  const uri = await azurite.container();
  await using store = await openStore(uri, { client });
  expect(store.capabilities.notes).toMatchObject({ transport: "sdk" });
  await exercise(store);
  const signed = await store.presign("x", { method: "PUT" });
  expect((await fetch(signed.url, { method: "PUT", headers: signed.headers, body: "1" })).status).toBe(201);
  await expect(openStore(uri, { client, transport: "direct" })).rejects.toMatchObject({ code: "InvalidArgument" });
});

it("without any credential the message says what to give", async () => {
  await using store = await openStore("az://acct/container", {
    credential: { getToken: async () => null },
    retries: 0,
  });
  await expect(store.get("x")).rejects.toMatchObject({
    code: "Unauthenticated",
    message: expect.stringContaining("AZURE_STORAGE_CONNECTION_STRING"),
  });
});

/** As Microsoft Entra ID would issue it; Azurite looks at its form and claims, not at its signature. */
function token(): { token: string; expiresOnTimestamp: number } {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: "https://storage.azure.com",
    iss: "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",
    iat: now - 60,
    nbf: now - 60,
    exp: now + 3600,
    oid: "23657296-5cd5-45b0-a809-d972a7f4dfe1",
    tid: "ab1f708d-50f6-404c-a006-d71b2ac7a606",
    ver: "1.0",
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    token: `${part({ typ: "JWT", alg: "RS256" })}.${part(claims)}.${Buffer.from("signature").toString("base64url")}`,
    expiresOnTimestamp: (now + 3600) * 1000,
  };
}
