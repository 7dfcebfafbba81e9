import { S3Client } from "@aws-sdk/client-s3";
import { encodePath } from "@stowage/http";
import * as fc from "fast-check";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalQuery } from "./canonical-query.js";
import { addSignature, EMPTY_PAYLOAD, presignedQuery } from "./signature.js";
import type { SignableRequest } from "./signature.js";

// The published examples of AWS Signature Version 4 for Amazon S3 ("Examples: Signature calculations", header and query form).
const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const scope = { region: "us-east-1", service: "s3" };
const now = Date.UTC(2013, 4, 24);
const host = "examplebucket.s3.amazonaws.com";
const prefix = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ";

interface Changes extends Partial<SignableRequest> {
  readonly headers?: readonly string[];
  readonly sessionToken?: string;
  readonly secretAccessKey?: string;
  readonly region?: string;
  readonly at?: number;
}

/** All headers of the signed request. */
function signed({ headers = [], sessionToken, secretAccessKey, region, at = now, ...request }: Changes): string[] {
  const all = [...headers];
  const signable = { method: "GET", path: "/", query: "", host, payloadHash: EMPTY_PAYLOAD, ...request };
  const own = { ...credentials, sessionToken, secretAccessKey: secretAccessKey ?? credentials.secretAccessKey };
  addSignature(all, signable, own, { ...scope, region: region ?? scope.region }, at);
  return all;
}

function authorization(changes: Changes): string | undefined {
  const all = signed(changes);
  return all[all.indexOf("authorization") + 1];
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
    const headers = signed({ sessionToken: "token" });
    expect(headers[headers.indexOf("x-amz-security-token") + 1]).toBe("token");
    expect(headers.at(-1)).toContain(";x-amz-security-token");
  });

  it("change with the second, the day, the region and the secret", () => {
    const made = [
      authorization({}),
      authorization({ at: now + 1000 }),
      authorization({ at: now + 86_400_000 }),
      authorization({ region: "eu-west-1" }),
      authorization({ secretAccessKey: "other" }),
    ].map((text) => text?.split("Signature=")[1]);
    expect(new Set(made).size).toBe(5);
  });

  it("are those of the SDK's own signer, for any request", async () => {
    const client = new S3Client({ region: scope.region, credentials });
    const signer = await client.config.signer();
    const text = fc.string({ unit: fc.constantFrom("a", "Z", "9", " ", "~", "/", "%", "+", "\u00e9"), maxLength: 8 });
    const names = fc.constantFrom("range", "content-type", "x-amz-meta-a", "x-amz-meta-a-b", "if-match", "x-amz-acl");
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.dictionary(names, fc.stringMatching(/^[!-~][ -~]{0,10}[!-~]$/)),
        fc.dictionary(fc.constantFrom("prefix", "list-type", "A", "a b"), text),
        fc.integer({ min: 0, max: 2e9 }),
        async (key, headers, query, second) => {
          const path = `/${encodePath(key)}`;
          const signingDate = new Date(second * 1000);
          const request = await signer.sign(
            {
              ...{ method: "GET", protocol: "https:", hostname: host, path, query },
              headers: { ...headers, host, "x-amz-content-sha256": EMPTY_PAYLOAD },
            },
            { signingDate },
          );
          const mine = authorization({
            path,
            query: canonicalQuery(Object.entries(query)),
            headers: Object.entries(headers).flat(),
            at: second * 1000 + 999,
          });
          expect(mine).toBe(request.headers["authorization"]);
        },
      ),
    );
  });
});
