import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkContainerName } from "./container-name.js";
import { format, matches, parse, splitContainer } from "./uri.js";

describe("Azure URIs", () => {
  it.each([
    ["az://acct/photos/a/b.jpg", "acct/photos", "a/b.jpg"],
    ["az://acct/photos/a%20b?c#d\\..", "acct/photos", "a%20b?c#d\\.."],
    ["https://acct.blob.core.windows.net/photos/a%20b", "acct/photos", "a b"],
    ["https://acct.blob.core.chinacloudapi.cn/photos/x", "acct.blob.core.chinacloudapi.cn/photos", "x"],
    ["https://acct.z01.blob.storage.azure.net/photos/x", "acct.z01.blob.storage.azure.net/photos", "x"],
    ["az://acct/$root/x", "acct/$root", "x"],
    ["az://acct.blob.core.windows.net/photos/a%20b", "acct/photos", "a%20b"],
  ])("%s names a container and a key", (uri, container, key) => {
    expect(parse(uri, "object")).toEqual({ container, key });
  });

  it("a store's path is a prefix that ends in a slash, an account alone is accepted", () => {
    expect(parse("az://acct/photos", "store")).toEqual({ container: "acct/photos", key: "" });
    expect(parse("az://acct/photos/2026", "store")).toEqual({ container: "acct/photos", key: "2026/" });
    expect(parse("az://acct", "store")).toEqual({ container: "acct", key: "" });
  });

  it("every key survives formatting and parsing, in both spellings", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (key) => {
        for (const container of ["acct/photos", "acct.blob.core.usgovcloudapi.net/photos"]) {
          expect(parse(format(container, key), "object")).toEqual({ container, key });
        }
      }),
    );
  });

  it("canonical URIs come back as they are", () => {
    for (const uri of [
      "az://acct/photos/a b/ä/",
      "az://acct/photos/",
      "az://acct/",
      "https://acct.blob.core.cloudapi.de/p00/a%20b/",
    ]) {
      const { container, key } = parse(uri, "store");
      expect(format(container, key)).toBe(uri);
    }
  });

  it("claims the hosts of Azure Blob Storage and no others", () => {
    expect(matches("https://acct.blob.core.windows.net/c/k")).toBe(true);
    expect(matches("HTTPS://ACCT.BLOB.CORE.WINDOWS.NET/c/k")).toBe(true);
    for (const uri of [
      "https://example.com/c/k",
      "https://acct.file.core.windows.net/x",
      "az://acct/c",
      "http://acct.blob.core.windows.net/c",
    ])
      expect(matches(uri)).toBe(false);
  });

  it.each([
    ["az:///c/k", "object"],
    ["az://UPPER/c/k", "object"],
    ["az://acct/c", "object"],
    ["az://acct", "object"],
    ["https://acct.blob.core.windows.net/c/%zz", "object"],
    ["https://acct.blob.core.windows.net/c/k#x", "object"],
    ["https://example.com/c/k", "object"],
  ] as const)("%s is refused as %s", (uri, as) => {
    expect(() => parse(uri, as)).toThrow(expect.objectContaining({ code: "InvalidUri" }));
  });

  it("a signed URL is refused without showing its signature", () => {
    try {
      parse("https://acct.blob.core.windows.net/c/k?sv=1&sig=SECRET", "object");
      expect.unreachable();
    } catch (error) {
      expect(String(error)).toContain("sasToken");
      expect(String(error)).not.toContain("SECRET");
    }
  });

  it("a URL object is refused for az://, whose key it has altered, and taken for https://", () => {
    expect(() => parse(new URL("az://acct/c/k"), "object")).toThrow(expect.objectContaining({ code: "InvalidUri" }));
    expect(parse(new URL("https://acct.blob.core.windows.net/c/k"), "object").key).toBe("k");
  });

  it("splits a container into account, host and name", () => {
    expect(splitContainer("acct/photos")).toEqual({ account: "acct", host: undefined, name: "photos" });
    expect(splitContainer("acct.blob.core.cloudapi.de/p00").host).toBe("acct.blob.core.cloudapi.de");
  });
});

describe("container names", () => {
  it.each(["abc", "a-b-c", "0".repeat(63), "$root", "$web"])("%s is accepted", (name) => {
    expect(() => checkContainerName(name)).not.toThrow();
  });

  it.each(["ab", "a".repeat(64), "Abc", "a--b", "-ab", "ab-", "a_b", "a.b", "$other", ""])(
    "%s is refused with the rule",
    (name) => {
      expect(() => checkContainerName(name)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
    },
  );
});
