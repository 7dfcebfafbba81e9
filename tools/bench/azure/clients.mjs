// The contenders: Stowage's own data path, Azure's SDK, OpenDAL (its native half, by name: the registry copies lack other platforms'). The same operations, the same key, one connection pool each.
import { createRequire } from "node:module";

const ACCOUNT = "acct";
const KEY = Buffer.alloc(64, "k").toString("base64");
const CONTAINER = "bench";

/**
 * @typedef {object} Client
 * @property {(key: string) => Promise<Uint8Array>} get
 * @property {(key: string, bytes: Uint8Array) => Promise<unknown>} put
 * @property {(key: string, target: Uint8Array<ArrayBuffer>, part: number, width: number) => Promise<unknown>} getInto
 * @property {(key: string, bytes: Uint8Array, part: number, width: number) => Promise<unknown>} putParts
 * @property {() => Promise<number>} list how many names
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
  const store = azure({ account: ACCOUNT, container: CONTAINER, accountKey: KEY, endpoint, transport: "http" });
  return {
    get: async (key) => (await store.get(key)).bytes,
    put: (key, bytes) => store.put(key, bytes),
    getInto: (key, target, partSize, concurrency) =>
      store.getInto(key, target, { partSize, concurrency, rangeThreshold: partSize }),
    putParts: (key, bytes, partSize, concurrency) =>
      store.put(key, bytes, { partSize, concurrency, multipartThreshold: partSize }),
    async list() {
      let names = 0;
      for await (const page of store.list().pages({ pageSize: 5_000 })) names += page.entries.length;
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
      let names = 0;
      for await (const page of container.listBlobsFlat().byPage({ maxPageSize: 5_000 })) {
        names += page.segment.blobItems.length;
      }
      return names;
    },
    close: async () => {},
  };
}

/** @param {string} endpoint @returns {Promise<Client>} */
async function opendal(endpoint) {
  const { Operator } = createRequire(import.meta.url)("@opendal/lib-linux-x64-gnu");
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
    list: async () => (await operator.list("/", { recursive: true })).length,
    close: async () => {},
  };
}

/** @param {Uint8Array} bytes */
function bufferOf({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}
