import { s3 } from "@stowage/store-s3";

/** @param {import("../contender.mjs").Connection} connection */
export async function open({ endpoint, caFile }) {
  const store = await s3({
    bucket: "bucket",
    endpoint,
    region: "us-east-1",
    accessKeyId: "key",
    secretAccessKey: "secret",
    service: "aws",
    forcePathStyle: true,
    ...(caFile === undefined ? {} : { caFile }),
  });
  return {
    /** @param {string} key */
    get: async (key) => (await store.get(key)).bytes,
    /** @param {string} key @param {Buffer} body */
    put: (key, body) => store.put(key, body),
    /** @param {string} key @param {Buffer} target @param {number} partSize @param {number} lanes */
    getInto: (key, target, partSize, lanes) => store.getInto(key, target, { partSize, concurrency: lanes }),
    /** @param {string} key @param {Buffer} body @param {number} partSize @param {number} lanes */
    putParts: (key, body, partSize, lanes) =>
      store.put(key, body, { partSize, concurrency: lanes, multipartThreshold: partSize }),
    /** @param {string} prefix */
    async list(prefix) {
      let count = 0;
      for await (const page of store.list({ prefix }).pages()) count += page.entries.length;
      return count;
    },
    /** @param {string[]} keys */
    async deleteMany(keys) {
      const outcomes = await store.deleteMany(keys);
      if (!outcomes.every(({ ok }) => ok)) throw new Error("a delete failed");
    },
    close: () => store.close(),
  };
}
