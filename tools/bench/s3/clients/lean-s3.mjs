import { S3Client } from "lean-s3";

/** @param {import("../contender.mjs").Connection} connection */
export async function open({ endpoint }) {
  const client = new S3Client({
    endpoint,
    bucket: "bucket",
    region: "us-east-1",
    accessKeyId: "key",
    secretAccessKey: "secret",
  });
  return {
    /** @param {string} key */
    get: async (key) => new Uint8Array(await client.file(key).arrayBuffer()),
    /** @param {string} key @param {Buffer} body */
    put: (key, body) => client.file(key).write(body),
    close: async () => {},
  };
}
