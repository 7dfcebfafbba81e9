import { describe, expect, it } from "vitest";
import { below, isUri, localPathOf, toUri } from "./location.js";

describe("toUri", () => {
  it("leaves a URI as it is, whatever is in it", () => {
    for (const uri of ["s3://b/a%41 #?", "file:///tmp/%41", "memory://m/ä/", "https://x.blob.core.windows.net/c/k"]) {
      expect(toUri(uri, "/work")).toBe(uri);
    }
  });

  it("resolves a plain path against the directory given", () => {
    expect(toUri("a/b", "/work")).toBe("file:///work/a/b");
    expect(toUri("../x", "/work/y")).toBe("file:///work/x");
    expect(toUri("/abs", "/work")).toBe("file:///abs");
  });

  it("keeps a final slash, which says directory", () => {
    expect(toUri("a/", "/work")).toBe("file:///work/a/");
    expect(toUri("./", "/work")).toBe("file:///work/");
  });

  it.each(["sp ace", "%41", "a#b", "a?b", "e\u0301", "\u00E9", "😀", "\uFF61", "a\\b", "a\nb", "100%", "a:b"])(
    "encodes the name %j so that it comes back exactly",
    (name) => {
      expect(localPathOf(toUri(name, "/work"))).toBe(`/work/${name}`);
    },
  );

  it("refuses an empty argument", () => {
    expect(() => toUri("", "/work")).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });

  it("takes a drive letter and a name with a colon for paths", () => {
    expect(isUri("C:\\x")).toBe(false);
    expect(isUri("a:b")).toBe(false);
    expect(isUri("nosuch://x")).toBe(true);
  });
});

describe("localPathOf", () => {
  it("knows the path of every scheme without an authority", () => {
    expect(localPathOf("file:///a%20b")).toBe("/a b");
    expect(localPathOf("direct:///mnt/x")).toBe("/mnt/x");
    expect(localPathOf("file://localhost/a")).toBe("/a");
  });

  it("finds none in a store that is not local", () => {
    expect(localPathOf("s3://bucket/key")).toBeUndefined();
    expect(localPathOf("memory://name/key")).toBeUndefined();
  });
});

describe("below", () => {
  it("encodes a name below a local directory and keeps it raw below a raw scheme", () => {
    expect(below("file:///d", "a b%#")).toBe("file:///d/a%20b%25%23");
    expect(below("s3://b/p/", "a b%#")).toBe("s3://b/p/a b%#");
  });
});
