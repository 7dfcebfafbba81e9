import { describe, expect, it } from "vitest";
import { proxyFor } from "./proxy.js";

const environment = {
  HTTPS_PROXY: "http://proxy:3128",
  http_proxy: "plain:8080",
  NO_PROXY: "internal.example, .corp:8443 10.0.0.1",
};

describe("the proxy of an origin", () => {
  it.each([
    ["https://s3.amazonaws.com", "http://proxy:3128"],
    ["http://s3.amazonaws.com", "http://plain:8080"],
    ["https://internal.example", undefined],
    ["https://bucket.internal.example", undefined],
    ["https://notinternal.example", "http://proxy:3128"],
    ["https://a.corp:8443", undefined],
    ["https://a.corp", "http://proxy:3128"],
    ["https://10.0.0.1", undefined],
    ["https://localhost:9000", undefined],
    ["https://127.0.0.1:9000", undefined],
    ["https://[::1]:9000", undefined],
  ])("from the environment, for %s, is %s", (origin, proxy) => {
    expect(proxyFor(origin, undefined, environment)).toBe(proxy);
  });

  it("is the given one whatever the environment says; an empty one is none", () => {
    expect(proxyFor("https://internal.example", "http://mine:1", environment)).toBe("http://mine:1");
    expect(proxyFor("https://s3.amazonaws.com", "", environment)).toBeUndefined();
  });

  it("must be a URL", () => {
    expect(() => proxyFor("https://a.example", "socks5://x", {})).toThrow(
      expect.objectContaining({ code: "InvalidArgument" }),
    );
  });
});
