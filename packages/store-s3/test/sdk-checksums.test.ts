import {
  CompleteMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { CHECKSUM_ALGORITHMS } from "@stowage/http";
import { describe, expect, it } from "vitest";
import { s3 } from "../src/index.js";
import { capture } from "./support/capture.js";
import type { Answer, CaptureServer, SeenRequest } from "./support/capture.js";
import { base, BEGUN } from "./support/wire-store.js";

const PART = 5 * 1024 * 1024;
const body = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));

function sdkClient({ endpoint }: CaptureServer): S3Client {
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials,
    responseChecksumValidation: "WHEN_SUPPORTED",
  });
}

describe.each(CHECKSUM_ALGORITHMS)("%s against the AWS SDK", (algorithm) => {
  const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
  const checksumOf = (request: SeenRequest | undefined): string => String(request?.headers[header]);

  it("as writer: the same body has the same header", async () => {
    await using server = await capture();
    const client = sdkClient(server);
    await client.send(new PutObjectCommand({ Bucket: "bucket", Key: "k", Body: body, ChecksumAlgorithm: algorithm }));
    client.destroy();
    const store = await s3({ ...base, endpoint: server.endpoint, checksumAlgorithm: algorithm });
    await store.put("k", body);
    await store.close();
    const [theirs, ours] = server.requests;
    expect(theirs?.headers[header]).toBeTypeOf("string");
    expect(checksumOf(ours)).toBe(checksumOf(theirs));
  });

  it("as reader: it takes what was sent with the header that was sent, and nothing else", async () => {
    let kept: SeenRequest | undefined;
    let falsified = false;
    await using server = await capture((request) => {
      if (request.method === "PUT") kept = request;
      if (request.method === "PUT" || kept === undefined) return {};
      const bytes = Buffer.from(kept.body);
      if (falsified) bytes[77] = 255 - (bytes[77] ?? 0);
      return { body: bytes, headers: { [header]: checksumOf(kept), "x-amz-checksum-type": "FULL_OBJECT" } };
    });
    const store = await s3({ ...base, endpoint: server.endpoint, checksumAlgorithm: algorithm });
    await store.put("k", body);
    await store.close();
    const client = sdkClient(server);
    const read = async (): Promise<Uint8Array | undefined> => {
      const output = await client.send(new GetObjectCommand({ Bucket: "bucket", Key: "k" }));
      return await output.Body?.transformToByteArray();
    };
    expect(Buffer.compare((await read()) ?? Buffer.alloc(0), body)).toBe(0);
    falsified = true;
    await expect(read()).rejects.toThrow(/checksum/i);
    client.destroy();
  });

  it("parts have the same headers, and the document that completes them is the same", async () => {
    const answer = ({ method, url, headers }: SeenRequest): Answer => {
      if (method === "POST" && url.includes("uploads")) return { body: BEGUN };
      if (method === "POST")
        return { body: "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>" };
      return { headers: { [header]: String(headers[header]) } };
    };
    const bodies = [Buffer.alloc(PART, body), body];
    await using server = await capture(answer);
    const client = sdkClient(server);
    const Parts = [];
    const upload = { Bucket: "bucket", Key: "k", UploadId: "u" };
    for (const [index, Body] of bodies.entries()) {
      const part = { PartNumber: index + 1, Body, ChecksumAlgorithm: algorithm };
      const { ETag, [`Checksum${algorithm}` as const]: checksum } = await client.send(
        new UploadPartCommand({ ...upload, ...part }),
      );
      expect(checksum).toBeTypeOf("string");
      Parts.push({ PartNumber: index + 1, ETag, [`Checksum${algorithm}`]: checksum });
    }
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    client.destroy();
    const theirs = server.requests.splice(0);

    const known = { service: "aws", checksumAlgorithm: algorithm } as const;
    const store = await s3({ ...base, endpoint: server.endpoint, ...known });
    await store.put("k", Buffer.concat(bodies), { partSize: PART, multipartThreshold: PART, concurrency: 1 });
    await store.close();
    const puts = server.requests.filter(({ method }) => method === "PUT");
    const [begun, completed] = server.requests.filter(({ method }) => method === "POST");
    expect(begun?.headers["x-amz-checksum-algorithm"]).toBe(algorithm);
    expect(puts.map(checksumOf)).toEqual(theirs.slice(0, 2).map(checksumOf));
    expect(completed?.body.toString()).toBe(theirs[2]?.body.toString());
    expect(completed?.body.toString()).toContain(`<Checksum${algorithm}>${checksumOf(theirs[0])}`);
  });
});
