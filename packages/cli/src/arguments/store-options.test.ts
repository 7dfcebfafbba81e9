import { describe, expect, it } from "vitest";
import { coerceOptions, readOptions } from "./store-options.js";
import type { DeclaredOptions } from "./store-options.js";

const declared: DeclaredOptions = {
  region: { type: "string", description: "" },
  endpoint: { type: "string", description: "" },
  durability: { type: "string", values: ["none", "file", "full"], description: "" },
  pathStyle: { type: "boolean", description: "" },
  retries: { type: "integer", description: "" },
  partSize: { type: "bytes", description: "" },
  timeouts: { type: "json", description: "" },
  client: { type: "object", description: "" },
};

function coerce(...pairs: string[]): Record<string, unknown> {
  return coerceOptions(readOptions({ option: pairs }), declared, "s3://");
}

describe("-o name=value", () => {
  it("gives each value in the declared type", () => {
    expect(
      coerce("region=eu=1", "pathStyle=true", "retries=5", "partSize=8MiB", 'timeouts={"idle":1}', "durability=full"),
    ).toEqual({
      region: "eu=1",
      pathStyle: true,
      retries: 5,
      partSize: 8 * 1024 ** 2,
      timeouts: { idle: 1 },
      durability: "full",
    });
  });

  it("answers an unknown name with the list of those that can be given here", () => {
    expect(() => coerce("regoin=x")).toThrow(
      /s3:\/\/ has no option "regoin" \(-o\); its options are durability, endpoint, partSize, pathStyle, region, retries, timeouts/,
    );
  });

  it.each(["__proto__=1", "constructor=1", "toString=1"])("does not take %s from the prototype", (pair) => {
    expect(() => coerce(pair)).toThrow(/has no option/);
  });

  it.each([
    "pathStyle=yes",
    "retries=1.5",
    "partSize=big",
    "timeouts={",
    "durability=some",
    "client=x",
    "region",
    "=x",
  ])("refuses %s, saying what to write", (pair) => {
    expect(() => coerce(pair)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
  });

  it("is what --endpoint is short for", () => {
    const given = readOptions({ endpoint: "http://localhost:9000" });
    expect(coerceOptions(given, declared, "s3://")).toEqual({ endpoint: "http://localhost:9000" });
    expect(() => coerceOptions(given, {}, "file://")).toThrow(/--endpoint/);
  });
});
