import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkNewBucket, NEW_BUCKET_PROBLEMS } from "./bucket-name.js";
import { formatS3Uri, parseS3Uri } from "./uri.js";

describe("s3:// URIs", () => {
  it("keep every key as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (key) => {
        const uri = formatS3Uri("my-bucket", key);
        expect(parseS3Uri(uri, "object")).toEqual({ container: "my-bucket", key });
      }),
    );
  });

  it.each([
    "s3://",
    "s3:///key",
    "s3://-bucket/key",
    "s3://a b/key",
    "s3://user@bucket/key",
    "http://bucket/key",
    "s3://b/key",
  ])("%s is InvalidUri", (uri) => {
    expect(() => parseS3Uri(uri, "object")).toThrow(expect.objectContaining({ code: "InvalidUri" }));
  });

  it("a URL object is refused: it has changed the key already", () => {
    expect(() => parseS3Uri(new URL("s3://bucket/a/../b"), "object")).toThrow(
      expect.objectContaining({ code: "InvalidUri" }),
    );
  });
});

describe("names of new buckets", () => {
  it.each(Object.entries(NEW_BUCKET_PROBLEMS))("%s is refused: %s", (name, reason) => {
    expect(() => checkNewBucket(name)).toThrow(
      expect.objectContaining({ code: "InvalidArgument", message: expect.stringContaining(reason) }),
    );
  });

  it("good ones pass", () => {
    for (const name of ["abc", "my-bucket.2026", "0a0"]) checkNewBucket(name);
  });
});
