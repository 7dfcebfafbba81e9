import { Client } from "minio";

/** @param {import("../contender.mjs").Connection} connection */
export async function open({ endpoint }) {
  const url = new URL(endpoint);
  const client = new Client({
    endPoint: url.hostname,
    port: Number(url.port),
    useSSL: url.protocol === "https:",
    accessKey: "key",
    secretKey: "secret",
    region: "us-east-1",
    pathStyle: true,
  });
  return {
    /** @param {string} key */
    async get(key) {
      /** @type {Buffer[]} */
      const chunks = [];
      for await (const chunk of await client.getObject("bucket", key)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    /** @param {string} key @param {Buffer} body */
    put: (key, body) => client.putObject("bucket", key, body),
    close: async () => {},
  };
}
