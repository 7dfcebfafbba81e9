import { openStore } from "@stowage/core";
import { afterEach, expect, it, vi } from "vitest";
import { azure } from "./index.js";
import { openDriver } from "./open.js";
import type { AzureOptions } from "./options/options.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

const transportOf = (options: AzureOptions = {}): unknown =>
  openDriver("acct/container", { anonymous: true, ...options }).capabilities.notes?.["transport"];

it("the data path is taken unless a proxy, of the options or of the environment, needs the SDK", () => {
  for (const name of ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"])
    vi.stubEnv(name, undefined);
  expect(transportOf()).toBe("http");
  expect(transportOf({ proxy: "http://proxy.example.com:3128" })).toBe("sdk");
  vi.stubEnv("HTTPS_PROXY", "http://proxy.example.com:3128");
  expect(transportOf()).toBe("sdk");
  expect(transportOf({ proxy: "" })).toBe("http");
  expect(transportOf({ transport: "http" })).toBe("http");
  vi.stubEnv("NO_PROXY", "acct.blob.core.windows.net");
  expect(transportOf()).toBe("http");
  expect(() => transportOf({ proxy: "://" })).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
});

it.each([
  [{ bogus: 1 }, '"bogus"; known: accessTier, account'],
  [{ transport: "fast" }, "transport is one of"],
  [{ tls: 5 }, "tls is an object"],
  [{ anonymous: "yes" }, "anonymous is true or false"],
  [{ connections: "many" }, "connections is a whole number"],
])("azure() refuses %j as openStore does", async (wrong: object, text) => {
  const expected = expect.objectContaining({ code: "InvalidArgument", message: expect.stringContaining(text) });
  expect(() => azure({ account: "acct", container: "container", ...wrong })).toThrow(expected);
  await expect(openStore("az://acct/container", wrong)).rejects.toMatchObject({ code: "InvalidArgument" });
});
