import { describe, expect, it } from "vitest";
import { openStore } from "@stowage/core";
import { callOptions } from "./call-options.js";
import { s3 } from "./index.js";
import { validateOptions } from "./validate-options.js";

describe("store options", () => {
  it.each([
    [{ region: "" }, "region"],
    [{ endpoint: "minio:9000" }, "endpoint"],
    [{ endpoint: "https://user@host/" }, "no user"],
    [{ endpoint: "ftp://host" }, "endpoint"],
    [{ proxy: "not a url" }, "proxy"],
    [{ connections: 0 }, "connections"],
    [{ accessKeyId: "a" }, "go together"],
    [{ sessionToken: "t" }, "accessKeyId"],
    [{ accessKeyId: "a", secretAccessKey: "b", profile: "p" }, "exclude"],
    [{ anonymous: true, profile: "p" }, "exclude"],
  ])("%j are refused, naming what is wrong", (options, text) => {
    expect(() => validateOptions(options)).toThrow(
      expect.objectContaining({ code: "InvalidArgument", message: expect.stringContaining(text) }),
    );
  });

  it("unknown words are refused with the known ones", () => {
    const cases: [string, unknown][] = [
      ["service", "gcs"],
      ["transport", "fast"],
      ["checksums", true],
      ["checksumAlgorithm", "MD5"],
      ["signPayload", 1],
    ];
    for (const [name, value] of cases) {
      expect(() => validateOptions({ [name]: value })).toThrow(
        expect.objectContaining({ code: "InvalidArgument", message: expect.stringContaining(`${name} is one of`) }),
      );
    }
  });

  it.each([
    [5, "features is an object"],
    [["createOnly"], "features is an object"],
    [{ createonly: true }, 'features has no "createonly"'],
    [{ createOnly: "yes" }, "features.createOnly is true or false"],
  ])("features %j are refused with the names known, also by openStore", async (features, text) => {
    const wrong = {
      code: "InvalidArgument",
      message: expect.stringMatching(new RegExp(`${text}.*known: createOnly, replaceIf`)),
    };
    await expect(s3({ bucket: "bucket", ...untyped({ features }) })).rejects.toMatchObject(wrong);
    await expect(openStore("s3://bucket", untyped({ features }))).rejects.toMatchObject(wrong);
  });

  it.each([
    [{ bogus: 1 }, '"bogus"; known: accessKeyId, anonymous, bucket'],
    [{ tls: 5 }, "tls is an object"],
    [{ anonymous: "yes" }, "anonymous is true or false"],
    [{ transport: "http" }, "transport is one of direct, undici, sdk"],
    [{ retries: "3" }, "retries"],
  ])("s3() refuses %j as openStore does", async (wrong, text) => {
    const expected = { code: "InvalidArgument", message: expect.stringContaining(text) };
    await expect(s3({ bucket: "bucket", ...untyped(wrong) })).rejects.toMatchObject(expected);
    await expect(openStore("s3://bucket", untyped(wrong))).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  it("sensible ones pass", () => {
    validateOptions({});
    validateOptions({ features: { createOnly: true, checksums: undefined } });
    validateOptions({
      endpoint: "http://[::1]:9000/path",
      forcePathStyle: true,
      accessKeyId: "a",
      secretAccessKey: "b",
      proxy: "",
    });
  });
});

describe("options of a call", () => {
  it.each([
    [{ storageclass: "X" }, "storageclass"],
    [{ storageClass: "A B" }, "storageClass"],
    [{ tags: { a: 1 } }, "tags"],
    [{ sseCustomerKey: "short" }, "32 bytes"],
    [{ serverSideEncryption: "rot13" }, "serverSideEncryption"],
    ["GLACIER", "object"],
  ])("%j are refused", (native, text) => {
    expect(() => callOptions(native)).toThrow(
      expect.objectContaining({ code: "InvalidArgument", message: expect.stringContaining(text) }),
    );
  });
});

/** Options as they come from a program without types. */
function untyped(options: object): object {
  return options;
}
