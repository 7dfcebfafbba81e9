import type { ObjectStore } from "@stowage/core";
import { startFaultProxy, startRgw, startS3Server } from "../../../../tools/servers/index.mjs";
import type { S3Server } from "../../../../tools/servers/index.mjs";
import { s3 } from "../../src/index.js";
import type { S3Options } from "../../src/index.js";

/** A server of the test's own, how to reach it, and what it is known to do. */
export interface TestServer extends AsyncDisposable {
  readonly server: S3Server;
  readonly options: Omit<S3Options, "bucket">;
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

function testServer(server: S3Server, known: Partial<S3Options>): TestServer {
  const { endpoint, region, accessKeyId, secretAccessKey, buckets } = server;
  const options = { endpoint, region, accessKeyId, secretAccessKey, ...known };
  const [bucket = ""] = buckets;
  return {
    server,
    options,
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
