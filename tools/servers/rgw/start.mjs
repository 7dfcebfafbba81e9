import { s3Environment } from "../s3-environment.mjs";
import { startChild } from "../start-child.mjs";

/**
 * Starts a one-node Ceph with its RADOS gateway on free loopback ports, as any user. It needs the system packages of
 * system-packages.txt: guard it with `needs(ctx, "radosgw")`. About 13 s.
 *
 * @param {{ buckets?: string[], port?: number }} [options] `buckets`: created at start (default `demo`, `demo2`)
 * @returns {Promise<import("../types.js").S3Server>}
 */
export async function startRgw({ buckets = ["demo", "demo2"], port = 0 } = {}) {
  const region = "us-east-1";
  const keys = { accessKeyId: "stowage-test-key", secretAccessKey: "stowage-test-secret" };
  const guest = { accessKeyId: "stowage-guest-key", secretAccessKey: "stowage-guest-secret" };
  const script = new URL("serve.mjs", import.meta.url);
  /** @type {Awaited<ReturnType<typeof startChild<{ endpoint: string, version: string }>>>} */
  const { ready, stop } = await startChild(script, { region, buckets, port, guest, ...keys });
  const connection = { endpoint: ready.endpoint, region, ...keys, forcePathStyle: true };
  return {
    product: "ceph-rgw",
    version: ready.version,
    ...connection,
    buckets,
    guest,
    environment: s3Environment(connection),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
