import { afterEach, expect, it, vi } from "vitest";
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
