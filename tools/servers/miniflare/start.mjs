import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { install } from "../../run/install.mjs";
import { s3Environment } from "../s3-environment.mjs";
import { startChild } from "../start-child.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));

/**
 * Starts the S3 door of miniflare's R2 on a free loopback port, installing it first if need be. It verifies signatures,
 * honours `If-None-Match: *` and `If-Match` atomically and lists in UTF-8 order; it has no CreateBucket.
 *
 * @param {{ buckets?: string[], port?: number }} [options] `buckets`: all that will ever exist (default `demo`, `demo2`)
 * @returns {Promise<import("../types.js").S3Server>}
 */
export async function startS3Server({ buckets = ["demo", "demo2"], port = 0 } = {}) {
  await install(folder);
  const keys = { accessKeyId: "stowage-test-key", secretAccessKey: "stowage-test-secret" };
  /** @type {Awaited<ReturnType<typeof startChild<{ endpoint: string }>>>} */
  const { ready, stop } = await startChild(new URL("serve.mjs", import.meta.url), { buckets, port, ...keys });
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  const connection = { endpoint: ready.endpoint, region: "auto", ...keys, forcePathStyle: true };
  return {
    product: "miniflare",
    version: dependencies.miniflare,
    ...connection,
    buckets,
    environment: s3Environment(connection),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
