// The contenders: Stowage's own data path, Azure's SDK, OpenDAL. The same operations, the same account key, one connection pool
// each, every client on the API that its documentation gives for the operation.

import { NAMES_A_PAGE } from "./listing.mjs";

const ACCOUNT = "acct";
const KEY = Buffer.alloc(64, "k").toString("base64");
const CONTAINER = "bench";

/**
 * @typedef {object} Client
 * @property {(key: string) => Promise<Uint8Array>} get
 * @property {(key: string, bytes: Uint8Array) => Promise<unknown>} put
 * @property {(key: string, target: Uint8Array<ArrayBuffer>, part: number, width: number) => Promise<unknown>} getInto
 * @property {(key: string, bytes: Uint8Array, part: number, width: number) => Promise<unknown>} putParts
 * @property {() => Promise<string[]>} list the names, in order
 * @property {() => Promise<void>} close
 */

/** @type {Record<string, (endpoint: string) => Promise<Client>>} */
const clients = { stowage, sdk, opendal };

/**
 * @param {string} name
 * @param {string} endpoint of the account
 * @returns {Promise<Client>}
 */
export function createClient(name, endpoint) {
  const make = clients[name];
  if (make === undefined) throw new Error(`no client ${name}`);
  return make(endpoint);
}

/** @param {string} endpoint @returns {Promise<Client>} */
async function stowage(endpoint) {
  const { azure } = await import("@stowage/store-azure");
  const store = azure({ account: ACCOUNT, container: CONTAINER, accountKey: KEY, endpoint, transport: "direct" });
  return {
    get: async (key) => (await store.get(key)).bytes,
    put: (key, bytes) => store.put(key, bytes),
    getInto: (key, target, partSize, concurrency) =>
      store.getInto(key, target, { partSize, concurrency, rangeThreshold: partSize }),
    putParts: (key, bytes, partSize, concurrency) =>
      store.put(key, bytes, { partSize, concurrency, multipartThreshold: partSize }),
    async list() {
      const names = [];
      for await (const { entries } of store.list().pages({ pageSize: NAMES_A_PAGE })) {
        for (const { key } of entries) names.push(key);
      }
      return names;
    },
    close: () => store.close(),
  };
}

/** @param {string} endpoint @returns {Promise<Client>} */
async function sdk(endpoint) {
  const { BlobServiceClient, newPipeline, StorageSharedKeyCredential } = await import("@azure/storage-blob");
  const pipeline = newPipeline(new StorageSharedKeyCredential(ACCOUNT, KEY), { retryOptions: { maxTries: 1 } });
  const container = new BlobServiceClient(endpoint, pipeline).getContainerClient(CONTAINER);
  return {
    async get(key) {
      const { readableStreamBody } = await container.getBlobClient(key).download();
      const chunks = [];
      for await (const chunk of readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    },
    put: (key, bytes) => container.getBlockBlobClient(key).upload(bufferOf(bytes), bytes.byteLength),
    getInto: (key, target, blockSize, concurrency) =>
      container.getBlobClient(key).downloadToBuffer(bufferOf(target), 0, target.byteLength, { blockSize, concurrency }),
    putParts: (key, bytes, blockSize, concurrency) =>
      container
        .getBlockBlobClient(key)
        .uploadData(bufferOf(bytes), { blockSize, concurrency, maxSingleShotSize: blockSize }),
    async list() {
      const names = [];
      for await (const { segment } of container.listBlobsFlat().byPage({ maxPageSize: NAMES_A_PAGE })) {
        for (const { name } of segment.blobItems) names.push(name);
      }
      return names;
    },
    close: async () => {},
  };
}

/** @param {string} endpoint @returns {Promise<Client>} */
async function opendal(endpoint) {
  const { Operator } = await import("opendal");
  const operator = new Operator("azblob", {
    container: CONTAINER,
    endpoint,
    account_name: ACCOUNT,
    account_key: KEY,
    root: "/",
  });
  return {
    get: (key) => operator.read(key),
    put: (key, bytes) => operator.write(key, bufferOf(bytes)),
    getInto: () => Promise.reject(new Error("not compared")),
    putParts: () => Promise.reject(new Error("not compared")),
    list: async () => (await operator.list("/", { recursive: true })).map((entry) => entry.path()),
    close: async () => {},
  };
}

/** @param {Uint8Array} bytes */
function bufferOf({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}
