import { S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { s3 } from "../src/index.js";
import type { S3Options } from "../src/index.js";
import { capture } from "./support/capture.js";
import type { CaptureServer } from "./support/capture.js";
import { BEGUN } from "./support/wire-store.js";

const UNSIGNED = "UNSIGNED-PAYLOAD";
const credentials = { accessKeyId: "id", secretAccessKey: "s" };

function sha256(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What `x-amz-content-sha256` says of a put, a part and a batch delete, whose bodies are given beside it. */
async function hashes(server: CaptureServer, options: Partial<S3Options>): Promise<[string, Buffer][]> {
  server.requests.length = 0;
  const store = await s3({ bucket: "bucket", ...options });
  await store.put("k", "body");
  await store.deleteMany(["a", "b"]);
  const upload = await store.beginUpload("k");
  server.requests.pop();
  await upload.uploadPart(1, "part");
  await store.close();
  return server.requests.map(({ headers, body }) => [String(headers["x-amz-content-sha256"]), body]);
}

describe.each(["direct", "sdk", "client"] as const)("signPayload (%s)", (kind) => {
  it.each([undefined, "auto", "never", "always"] as const)("%s on the loopback device", async (signPayload) => {
    await using server = await capture(({ method }) => ({ body: method === "POST" ? BEGUN : "" }));
    const place = { endpoint: server.endpoint, region: "us-east-1" };
    const client = new S3Client({ ...place, forcePathStyle: true, credentials });
    const options = kind === "client" ? { client } : { ...place, ...credentials, transport: kind };
    const seen = await hashes(server, { ...options, signPayload });
    expect(seen).toHaveLength(3);
    for (const [hash, body] of seen) expect(hash).toBe(signPayload === "always" ? sha256(body) : UNSIGNED);
    client.destroy();
  });
});

it("bodies are hashed over plain HTTP to another machine", async () => {
  await using server = await capture(({ method }) => ({ body: method === "POST" ? BEGUN : "" }));
  const endpoint = "http://storage.example.com";
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  // Once it is signed for the other machine, the request comes here.
  client.middlewareStack.add(
    (next) => async (args) => {
      const here = { hostname: "127.0.0.1", port: server.port };
      if (typeof args.request === "object" && args.request !== null) Object.assign(args.request, here);
      return await next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  for (const [signPayload, signs] of [
    ["auto", true],
    ["never", false],
  ] as const) {
    const seen = await hashes(server, { client, signPayload });
    expect(seen).toHaveLength(3);
    for (const [hash, body] of seen) expect(hash).toBe(signs ? sha256(body) : UNSIGNED);
  }
  client.destroy();
});
