import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { s3 } from "../src/index.js";
import { capture, errorBody } from "./support/capture.js";
import type { CaptureServer } from "./support/capture.js";

const credentials = { accessKeyId: "own", secretAccessKey: "s" };
const broken = { status: 500, body: errorBody("InternalError") };

function clientOf(server: CaptureServer): S3Client {
  return new S3Client({ endpoint: server.endpoint, region: "us-east-1", forcePathStyle: true, credentials });
}

describe("retries with a client of one's own", () => {
  it("are the store's alone, for what the data path would send and for commands", async () => {
    await using server = await capture(() => broken);
    const client = clientOf(server);
    for (const retries of [0, 1]) {
      const store = await s3({ bucket: "bucket", client, service: "aws", retries });
      const operations = {
        put: () => store.put("k", "x"),
        get: () => store.get("k"),
        stat: () => store.stat("k"),
        delete: () => store.delete("k"),
        begin: () => store.beginUpload("k"),
      };
      for (const [name, run] of Object.entries(operations)) {
        server.requests.length = 0;
        await expect(run(), name).rejects.toMatchObject({ code: "Unavailable" });
        expect(server.requests, name).toHaveLength(retries + 1);
      }
      await store.close();
    }
    client.destroy();
  });

  it("never repeat a conditional write whose outcome is unknown", async () => {
    let answered = 0;
    await using server = await capture(() =>
      answered++ === 0 ? broken : { status: 412, body: errorBody("PreconditionFailed") },
    );
    const client = clientOf(server);
    const store = await s3({ bucket: "bucket", client, service: "aws", retries: 0 });
    await expect(store.put("k", "x", { ifNoneMatch: "*" })).rejects.toMatchObject({
      code: "Unavailable",
      committed: "unknown",
    });
    expect(server.requests).toHaveLength(1);
    await store.close();
    client.destroy();
  });

  it("stay the client's own for what its owner sends", async () => {
    let answered = 0;
    await using server = await capture(() => (answered++ % 2 === 0 ? broken : {}));
    const client = clientOf(server);
    const put = (): Promise<unknown> => client.send(new PutObjectCommand({ Bucket: "bucket", Key: "k", Body: "x" }));
    const store = await s3({ bucket: "bucket", client, service: "aws", retries: 0 });
    await put();
    expect(server.requests).toHaveLength(2);
    await expect(store.put("k", "x")).rejects.toMatchObject({ code: "Unavailable" });
    answered = 0;
    await put();
    expect(server.requests).toHaveLength(5);
    await store.close();
    client.destroy();
  });
});
