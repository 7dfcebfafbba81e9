import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { describe, expect, it } from "vitest";
import { resolveConnection } from "./connection.js";
import type { Environment } from "./connection.js";
import type { AzureOptions } from "./options.js";

const KEY = Buffer.from("key").toString("base64");
const OTHER = Buffer.from("other key").toString("base64");
const STRING = `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${KEY};EndpointSuffix=core.windows.net`;
const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: Date.now() + 1e6 }) };

const resolve = (options: AzureOptions, environment: Environment = {}, container = "acct/c") =>
  resolveConnection(container, options, environment);
const kind = (options: AzureOptions, environment: Environment = {}): unknown =>
  resolve(options, environment).credential;

describe("credentials", () => {
  const all = { connectionString: STRING, accountKey: OTHER, sasToken: "sv=1&sig=s", credential, anonymous: true };
  const environment = {
    AZURE_STORAGE_CONNECTION_STRING: STRING,
    AZURE_STORAGE_ACCOUNT: "acct",
    AZURE_STORAGE_KEY: OTHER,
    AZURE_STORAGE_SAS_TOKEN: "?sv=2&sig=e",
  };

  it("are taken in the documented order", () => {
    const { connectionString: _s, ...withoutString } = all;
    const { accountKey: _k, ...withoutKey } = withoutString;
    const { sasToken: _t, ...withoutSas } = withoutKey;
    expect(kind(all)).toEqual({ kind: "sharedKey", key: KEY });
    expect(kind(withoutString, environment)).toEqual({ kind: "sharedKey", key: OTHER });
    expect(kind(withoutKey, environment)).toEqual({ kind: "sas", query: "sv=1&sig=s" });
    expect(kind(withoutSas, environment)).toEqual({ kind: "token", credential });
    expect(kind({ anonymous: true }, environment)).toEqual({ kind: "anonymous" });
    expect(kind({}, environment)).toEqual({ kind: "sharedKey", key: KEY });
    expect(kind({}, { ...environment, AZURE_STORAGE_CONNECTION_STRING: "" })).toEqual({
      kind: "sharedKey",
      key: OTHER,
    });
    expect(kind({}, { AZURE_STORAGE_SAS_TOKEN: "?sv=2&sig=e" })).toEqual({ kind: "sas", query: "sv=2&sig=e" });
    expect(kind({})).toEqual({ kind: "token", credential: undefined });
  });

  it("come out of a client of the user's own", () => {
    const client = new BlobServiceClient(
      "https://acct.blob.core.windows.net",
      new StorageSharedKeyCredential("acct", KEY),
    );
    expect(resolve({ client, ...all })).toMatchObject({ client, credential: { kind: "sharedKey" } });
    expect(kind({ client: new BlobServiceClient("https://acct.blob.core.windows.net/?sv=1&sig=x") })).toMatchObject({
      kind: "sas",
    });
    expect(kind({ client: new BlobServiceClient("https://acct.blob.core.windows.net", credential) })).toMatchObject({
      kind: "token",
    });
  });

  it.each<[string, AzureOptions, Environment]>([
    ["a connection string", { connectionString: STRING.replace("acct", "someoneelse") }, {}],
    ["AZURE_STORAGE_ACCOUNT", {}, { AZURE_STORAGE_ACCOUNT: "someoneelse", AZURE_STORAGE_KEY: KEY }],
    ["an endpoint", { accountKey: KEY, endpoint: "https://someoneelse.blob.core.windows.net" }, {}],
    ["a path-style endpoint", { accountKey: KEY, endpoint: "http://127.0.0.1:10000/someoneelse" }, {}],
  ])("of another account, by %s, are refused", (_, options, environment) => {
    expect(() => resolve(options, environment)).toThrow(
      expect.objectContaining({
        code: "InvalidArgument",
        message: expect.stringMatching(/account acct.*someoneelse|someoneelse.*account acct/),
      }),
    );
  });

  it.each<[string, AzureOptions]>([
    ["a key that is no base64", { accountKey: "SECRET!" }],
    ["a signature without sig", { sasToken: "SECRET" }],
    ["a connection string without '='", { connectionString: "SECRET" }],
    ["a connection string without credentials", { connectionString: "AccountName=acct;EndpointSuffix=SECRET" }],
    ["a token over http", { credential, endpoint: "http://127.0.0.1:1/acct" }],
    ["an endpoint with a query", { accountKey: KEY, endpoint: "https://x.example/?sig=SECRET" }],
    ["an endpoint that is no URL", { accountKey: KEY, endpoint: "nowhere" }],
    ["an endpoint with a container", { accountKey: KEY, endpoint: "https://x.example/a/b" }],
  ])("%s is refused, and not shown", (_, options) => {
    expect(() => resolve(options)).toThrow(
      expect.objectContaining({ code: "InvalidArgument", message: expect.not.stringContaining("SECRET") }),
    );
  });
});

describe("the endpoint", () => {
  const endpoint = (options: AzureOptions, container?: string) =>
    resolve({ accountKey: KEY, ...options }, {}, container).endpoint;

  it("is the account's of the public cloud, of the URI's cloud, or the one given", () => {
    expect(endpoint({})).toEqual({ origin: "https://acct.blob.core.windows.net", basePath: "" });
    expect(endpoint({}, "acct.blob.core.chinacloudapi.cn/c")).toEqual({
      origin: "https://acct.blob.core.chinacloudapi.cn",
      basePath: "",
    });
    expect(endpoint({ endpoint: "https://files.example.com/" })).toEqual({
      origin: "https://files.example.com",
      basePath: "",
    });
    expect(
      endpoint({ connectionString: `AccountName=acct;AccountKey=${KEY};EndpointSuffix=core.usgovcloudapi.net` }),
    ).toEqual({
      origin: "https://acct.blob.core.usgovcloudapi.net",
      basePath: "",
    });
  });

  it("has the account in its path where the host cannot have it in its name", () => {
    for (const text of ["http://127.0.0.1:10000", "http://127.0.0.1:10000/acct/", "http://127.0.0.1:10000/acct"]) {
      expect(endpoint({ endpoint: text })).toEqual({ origin: "http://127.0.0.1:10000", basePath: "/acct" });
    }
    expect(endpoint({ endpoint: "http://azurite:10000" }).basePath).toBe("/acct");
    expect(endpoint({ endpoint: "http://[::1]:10000" })).toEqual({ origin: "http://[::1]:10000", basePath: "/acct" });
  });

  it("is Azurite's for UseDevelopmentStorage=true", () => {
    const { endpoint: found } = resolve({ connectionString: "UseDevelopmentStorage=true" }, {}, "devstoreaccount1/c");
    expect(found).toEqual({ origin: "http://127.0.0.1:10000", basePath: "/devstoreaccount1" });
  });
});
