import { PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import type { ObjectStore } from "@stowage/core";
import { startFaultProxy, startRgw, startS3Server } from "../../../../tools/servers/index.mjs";
import type { S3Server } from "../../../../tools/servers/index.mjs";
import { s3 } from "../../src/index.js";
import type { S3Options, S3StoreOptions } from "../../src/index.js";

/** A server of the test's own, how to reach it, and what it is known to do. */
export interface TestServer extends AsyncDisposable {
  readonly server: S3Server;
  readonly options: Omit<S3Options, "bucket">;
  /** Options whose credentials may do nothing. */
  readonly denied: S3StoreOptions;
  store(options?: Partial<S3Options>): Promise<ObjectStore>;
}

/** miniflare's R2: fixed buckets, no lists of uploads or parts. */
export async function startMiniflare(): Promise<TestServer> {
  const features = { listParts: false, listUploads: false, createContainer: false };
  return testServer(await startS3Server(), { service: "r2", features });
}

export async function startCeph(): Promise<TestServer> {
  return testServer(await startRgw(), { service: "ceph" });
}

/** Options of a user who may read and list a bucket, and no more: a bucket policy says so. */
export async function readOnlyOptions({ server, options }: TestServer, bucket: string): Promise<S3StoreOptions> {
  const { endpoint, region, accessKeyId, secretAccessKey, guest } = server;
  if (guest === undefined) throw new Error(`${server.product} has no second user`);
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: ["arn:aws:iam:::user/guest"] },
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      },
    ],
  });
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  client.destroy();
  return { ...options, ...guest };
}

function testServer(server: S3Server, known: Partial<S3Options>): TestServer {
  const { endpoint, region, accessKeyId, secretAccessKey, buckets } = server;
  const options = { endpoint, region, accessKeyId, secretAccessKey, ...known };
  const [bucket = ""] = buckets;
  return {
    server,
    options,
    denied: { ...options, secretAccessKey: "not-the-secret" },
    store: (changes = {}) => s3({ bucket, ...options, ...changes }),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

export type FaultProxy = Awaited<ReturnType<typeof startFaultProxy>>;

/** A store whose way to the server can be broken. */
export async function faultyStore(
  target: TestServer,
  changes: Partial<S3Options> = {},
): Promise<{ readonly store: ObjectStore; readonly proxy: FaultProxy } & AsyncDisposable> {
  const proxy = await startFaultProxy({ target: target.server.endpoint });
  const store = await target.store({ endpoint: proxy.endpoint, ...changes });
  return {
    store,
    proxy,
    async [Symbol.asyncDispose]() {
      await store.close();
      await proxy.stop();
    },
  };
}
