import { describe, expect, it } from "vitest";
import { callOptions } from "./call-options.js";
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

  it("sensible ones pass", () => {
    validateOptions({});
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
