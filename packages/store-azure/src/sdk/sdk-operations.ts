import type { BlobOperations } from "../driver/operations.js";
import { sdkKeyRefusal } from "./sdk-clients.js";
import type { SdkClients } from "./sdk-clients.js";
import { deleteBatch, listPage } from "./sdk-list.js";
import { readBytes, readInto, readStream, statBlob } from "./sdk-reads.js";
import { commitBlocks, deleteBlob, putBlob, putBlock, uncommittedBlocks } from "./sdk-writes.js";

/** The hot operations through the SDK: `transport: "sdk"`. */
export function sdkOperations(clients: SdkClients, accessTier: string | undefined): BlobOperations {
  return {
    refusal: sdkKeyRefusal,
    stat: async (key, call) => statBlob(await clients.container(), key, call),
    readBytes: async (key, range, limit, call, allocate) =>
      readBytes(await clients.container(), key, range, limit, call, allocate),
    readInto: async (key, offset, target, call) => readInto(await clients.container(), key, offset, target, call),
    read: async (key, range, call) => readStream(await clients.container(), key, range, call),
    putBlob: async (key, body, call) => putBlob(await clients.container(), key, body, call, accessTier),
    putBlock: async (key, blockId, body, call) => putBlock(await clients.container(), key, blockId, body, call),
    commitBlocks: async (key, blockIds, call) =>
      commitBlocks(await clients.container(), key, blockIds, call, accessTier),
    uncommittedBlocks: async (key, call) => uncommittedBlocks(await clients.container(), key, call),
    listPage: async (query, call) => listPage(await clients.container(), query, call),
    deleteBlob: async (key, call) => deleteBlob(await clients.container(), key, call),
    deleteBatch: async (keys, call) => deleteBatch(await clients.container(), keys, call),
    // Its sockets belong to the SDK, which closes idle ones itself and lets the process end.
    close: () => Promise.resolve(),
  };
}
