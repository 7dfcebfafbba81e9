import { Pool } from "undici";

/** Bare HTTP, unsigned: what the data path is built on. @param {import("../contender.mjs").Connection} connection */
export async function open({ endpoint }) {
  const pool = new Pool(endpoint, { connections: 64, pipelining: 1 });
  /** @param {"GET" | "PUT"} method @param {string} key @param {Buffer} [body] */
  const send = async (method, key, body) => {
    const answer = await pool.request({ method, path: `/bucket/${key}`, ...(body === undefined ? {} : { body }) });
    return new Uint8Array(await answer.body.arrayBuffer());
  };
  return {
    /** @param {string} key */
    get: (key) => send("GET", key),
    /** @param {string} key @param {Buffer} body */
    put: (key, body) => send("PUT", key, body),
    close: () => pool.close(),
  };
}
