/** OpenDAL's Rust core through its Node binding. @param {import("../contender.mjs").Connection} connection */
export async function open({ endpoint, checksum, opendal = "opendal" }) {
  const { Operator } = /** @type {typeof import("opendal")} */ (await import(opendal));
  const operator = new Operator("s3", {
    root: "/",
    bucket: "bucket",
    endpoint,
    region: "us-east-1",
    access_key_id: "key",
    secret_access_key: "secret",
    ...(checksum ? { checksum_algorithm: "crc32c" } : {}),
  });
  return {
    /** @param {string} key */
    get: (key) => operator.read(key),
    /** @param {string} key @param {Buffer} body */
    put: (key, body) => operator.write(key, body),
    /** @param {string} prefix */
    list: async (prefix) => (await operator.list(prefix, { recursive: true })).length,
    /** @param {string[]} keys */
    deleteMany: (keys) => operator.remove(keys),
    close: async () => {},
  };
}
