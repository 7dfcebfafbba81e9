// Child process: the S3 door of miniflare's R2. Buckets are fixed at start (it has no CreateBucket).
import { Miniflare } from "miniflare";
import { scratchFolder, serve } from "../serve-child.mjs";

const WORKER = "export default { fetch() { return new Response(null, { status: 404 }); } }";

/** @typedef {{ buckets: string[], port: number, accessKeyId: string, secretAccessKey: string }} Options */

await serve(async (/** @type {Options} */ { buckets, port, ...credentials }) => {
  const folder = scratchFolder("miniflare");
  const env = Object.fromEntries(
    buckets.map((name, index) => [
      `BUCKET_${index}`,
      { type: /** @type {const} */ ("r2"), name, dev: { experimentalS3Credentials: credentials } },
    ]),
  );
  const modules = { "index.mjs": { type: /** @type {const} */ ("esm"), contents: WORKER } };
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port,
    resourcePersistencePath: folder,
    workers: [
      {
        config: {
          name: "buckets",
          compatibilityDate: "2026-01-01",
          env,
          manifest: { mainModule: "index.mjs", modulesRoot: folder, modules },
        },
      },
    ],
  });
  const url = await miniflare.ready;
  return {
    ready: { endpoint: new URL("/cdn-cgi/local/r2/s3", url).href },
    stop: () => miniflare.dispose(),
  };
});
