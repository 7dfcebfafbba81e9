import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDirectory, formatFileUri, parseFileUri } from "./uri.js";

const parse = (uri: string | URL, as: "store" | "object" = "store") => parseFileUri("file", uri, as);

describe("file URIs", () => {
  it("a store is a directory, an object a name in one", () => {
    expect(parse("file:///a/b/")).toEqual({ container: "/a/b", key: "" });
    expect(parse("file:///a/b")).toEqual({ container: "/a/b", key: "" });
    expect(parse("file:///")).toEqual({ container: "/", key: "" });
    expect(parse("file:///a/b", "object")).toEqual({ container: "/a", key: "b" });
    expect(parse("file:///a", "object")).toEqual({ container: "/", key: "a" });
  });

  it("are percent-decoded, once; URL objects and the host localhost are taken", () => {
    expect(parse("file:///a%20b/%2541/%C3%A9")).toEqual({ container: "/a b/%41/é", key: "" });
    expect(parse(new URL("file:///a b/é"))).toEqual({ container: "/a b/é", key: "" });
    expect(parse("file://localhost/a")).toEqual({ container: "/a", key: "" });
    expect(parse("FILE:/a")).toEqual({ container: "/a", key: "" });
  });

  it("format of what was parsed is the canonical URI, for any path", () => {
    const segment = fc
      .string({ minLength: 1, unit: "grapheme" })
      .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== "..");
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
        const container = `/${segments.slice(0, -1).join("/")}`;
        const uri = formatFileUri("file", container, segments.at(-1) ?? "");
        expect(parse(uri, "object")).toEqual({ container, key: segments.at(-1) });
        const directory = formatFileUri("file", `/${segments.join("/")}`, "");
        expect(parse(directory)).toEqual({ container: `/${segments.join("/")}`, key: "" });
        expect(formatFileUri("file", parse(directory).container, "")).toBe(directory);
      }),
    );
  });

  it.each([
    ["file://host/a", "names a host"],
    ["file:a", "no absolute path"],
    ["file://", "no absolute path"],
    ["file:////a", "no absolute path"],
    ["direct:///a", "not a file:// URI"],
    ["file:///a%2Fb", "encoded slash"],
    ["file:///a%zz", "percent-encoded"],
    ["file:///a%ff", "percent-encoded"],
    ["file:///a%00", "NUL"],
    ["file:///a?b", "query"],
    ["file:///a#b", "fragment"],
    ["file:///a/../b", '".."'],
    ["file:///a/%2e%2e/b", '".."'],
    ["file:///a//b", "empty segment"],
  ])("%s is InvalidUri, with the reason", (uri, reason) => {
    expect(() => parse(uri)).toThrowError(
      expect.objectContaining({ code: "InvalidUri", message: expect.stringContaining(reason) }),
    );
  });

  it("an object's URI does not end in a slash", () => {
    expect(() => parse("file:///a/", "object")).toThrowError(expect.objectContaining({ code: "InvalidUri" }));
  });
});

describe("directories given as paths", () => {
  it("are absolute, in one spelling", () => {
    expect(checkDirectory("/a//b/")).toBe("/a/b");
    expect(checkDirectory("/")).toBe("/");
    for (const odd of ["", "a", "./a", "/a/../b", "/a/./b", "/a\0", 1, undefined, null]) {
      expect(() => checkDirectory(odd)).toThrowError(expect.objectContaining({ code: "InvalidArgument" }));
    }
  });
});
