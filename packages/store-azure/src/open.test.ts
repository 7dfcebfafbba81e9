import { BlobServiceClient } from "@azure/storage-blob";
import { openStore } from "@stowage/core";
import { expect, it } from "vitest";
import { azure } from "./index.js";
import { openDriver } from "./open.js";
import type { AzureOptions } from "./options/options.js";

const transportOf = (options: AzureOptions = {}): unknown =>
  openDriver("acct/container", { anonymous: true, ...options }).capabilities.notes?.["transport"];

it("the data path is taken unless the SDK is asked for or a client is given, also through a proxy", () => {
  const client = new BlobServiceClient("https://acct.blob.core.windows.net");
  expect(transportOf()).toBe("direct");
  expect(transportOf({ transport: "direct" })).toBe("direct");
  expect(transportOf({ transport: "undici" })).toBe("undici");
  expect(transportOf({ transport: "sdk" })).toBe("sdk");
  expect(transportOf({ client })).toBe("sdk");
  expect(transportOf({ client, transport: "sdk" })).toBe("sdk");
  expect(transportOf({ proxy: "http://proxy.example.com:3128" })).toBe("direct");
  for (const transport of ["direct", "undici"] as const) {
    expect(() => transportOf({ client, transport })).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  }
  expect(() => transportOf({ proxy: "://" })).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
});

it.each([
  [{ bogus: 1 }, '"bogus"; known: accessTier, account'],
  [{ transport: "http" }, "transport is one of direct, undici, sdk"],
  [{ tls: 5 }, "tls is an object"],
  [{ anonymous: "yes" }, "anonymous is true or false"],
  [{ connections: "many" }, "connections is a whole number"],
])("azure() refuses %j as openStore does", async (wrong: object, text) => {
  const expected = expect.objectContaining({ code: "InvalidArgument", message: expect.stringContaining(text) });
  expect(() => azure({ account: "acct", container: "container", ...wrong })).toThrow(expected);
  await expect(openStore("az://acct/container", wrong)).rejects.toMatchObject({ code: "InvalidArgument" });
});
