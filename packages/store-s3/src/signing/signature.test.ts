import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalQuery } from "./canonical-query.js";
import { EMPTY_PAYLOAD, presignedQuery, signatureHeaders } from "./signature.js";

// The published examples of AWS Signature Version 4 for Amazon S3 ("Examples: Signature calculations", header and query form).
const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const scope = { region: "us-east-1", service: "s3" };
const now = Date.UTC(2013, 4, 24);
const host = "examplebucket.s3.amazonaws.com";
const prefix = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ";

function authorization(request: Partial<Parameters<typeof signatureHeaders>[0]>): string | undefined {
  const signed = signatureHeaders(
    { method: "GET", path: "/", query: "", host, headers: [], payloadHash: EMPTY_PAYLOAD, ...request },
    credentials,
    scope,
    now,
  );
  return signed[signed.indexOf("authorization") + 1];
}

describe("AWS's published examples", () => {
  it("GET object", () => {
    expect(authorization({ path: "/test.txt", headers: ["range", "bytes=0-9"] })).toBe(
      `${prefix}SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41`,
    );
  });

  it("PUT object", () => {
    const payloadHash = createHash("sha256").update("Welcome to Amazon S3.").digest("hex");
    const headers = ["date", "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class", "REDUCED_REDUNDANCY"];
    expect(authorization({ method: "PUT", path: "/test%24file.text", headers, payloadHash })).toBe(
      `${prefix}SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd`,
    );
  });

  it("GET bucket lifecycle", () => {
    expect(authorization({ query: canonicalQuery([["lifecycle", ""]]) })).toBe(
      `${prefix}SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543`,
    );
  });

  it("GET bucket (list objects)", () => {
    expect(
      authorization({
        query: canonicalQuery([
          ["prefix", "J"],
          ["max-keys", "2"],
        ]),
      }),
    ).toBe(
      `${prefix}SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7`,
    );
  });

  it("presigned GET", () => {
    const query = presignedQuery(
      { method: "GET", path: "/test.txt", host, headers: [], query: [] },
      credentials,
      scope,
      now,
      86_400,
    );
    expect(query).toBe(
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    );
  });
});

describe("signatures", () => {
  it("order headers by name, where one name may begin with another", () => {
    const headers = ["x-amz-meta-a-b", "1", "x-amz-meta-a", "2", "x-amz-meta-a.c", "3", "content-type", "text/plain"];
    expect(authorization({ headers })).toContain(
      "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-a-b;x-amz-meta-a.c,",
    );
  });

  it("carry and cover the session token", () => {
    const signed = signatureHeaders(
      { method: "GET", path: "/", query: "", host, headers: [], payloadHash: EMPTY_PAYLOAD },
      { ...credentials, sessionToken: "token" },
      scope,
      now,
    );
    expect(signed).toContain("x-amz-security-token");
    expect(signed.at(-1)).toContain(";x-amz-security-token");
  });

  it("change with the day, the region and the secret", () => {
    const request = { method: "GET", path: "/", query: "", host, headers: [], payloadHash: EMPTY_PAYLOAD };
    const made = [
      signatureHeaders(request, credentials, scope, now),
      signatureHeaders(request, credentials, scope, now + 86_400_000),
      signatureHeaders(request, credentials, { ...scope, region: "eu-west-1" }, now),
      signatureHeaders(request, { ...credentials, secretAccessKey: "other" }, scope, now),
    ].map((headers) => headers.at(-1)?.split("Signature=")[1]);
    expect(new Set(made).size).toBe(4);
  });
});
