import { AZURE_BLOCK_LIST_ANSWER_MAX } from "@stowage/core";
import type { DriverCall } from "@stowage/core";
import { headerValue } from "@stowage/http";
import { keyRefusal } from "../driver/keys.js";
import type { BlobOperations } from "../driver/operations.js";
import { deleteBatchBody, readDeleteBatch } from "./batch.js";
import { OddListing } from "./list-scan.js";
import type { WireClient } from "./wire-client.js";
import { uncommittedBlocks } from "./wire-blocks.js";
import { listPage } from "./wire-list.js";
import { readBytes, readInto, readStream, statBlob } from "./wire-reads.js";
import { commitBlocks, deleteBlob, putBlob, putBlock } from "./wire-writes.js";

/** The hot operations over Stowage's own data path. Listings that its scan cannot read are left to `real`. */
export function wireOperations(
  client: WireClient,
  accessTier: string | undefined,
  real: Pick<BlobOperations, "listPage">,
): BlobOperations {
  return {
    refusal: keyRefusal,
    stat: (key, call) => statBlob(client, key, call),
    readBytes: (key, range, limit, call, allocate) => readBytes(client, key, range, limit, call, allocate),
    readInto: (key, offset, target, call) => readInto(client, key, offset, target, call),
    read: (key, range, call) => readStream(client, key, range, call),
    putBlob: (key, body, call) => putBlob(client, key, body, call, accessTier),
    putBlock: (key, blockId, body, call) => putBlock(client, key, blockId, body, call),
    commitBlocks: (key, blockIds, call) => commitBlocks(client, key, blockIds, call, accessTier),
    uncommittedBlocks: (key, call) => uncommittedBlocks(client, key, call),
    deleteBlob: (key, call) => deleteBlob(client, key, call),
    deleteBatch: (keys, call) => deleteBatch(client, keys, call),
    close: () => client.close(),
    async listPage(query, call) {
      try {
        return await listPage(client, query, call);
      } catch (error) {
        if (error instanceof OddListing) return real.listPage(query, call);
        throw error;
      }
    },
  };
}

async function deleteBatch(
  client: WireClient,
  keys: readonly string[],
  call: DriverCall,
): Promise<readonly (Error | undefined)[]> {
  const { contentType, bytes } = await deleteBatchBody(
    client.signer,
    keys.map((key) => client.pathOf(key)),
  );
  const response = await client.send(
    {
      method: "POST",
      query: [
        ["comp", "batch"],
        ["restype", "container"],
      ],
      headers: [["content-type", contentType]],
      body: bytes,
      collectMax: AZURE_BLOCK_LIST_ANSWER_MAX,
      replayable: true,
      asked: { write: true, container: true },
    },
    call,
  );
  const body = new TextDecoder().decode(response.bytes);
  return readDeleteBatch(headerValue(response.headers, "content-type"), body, keys.length);
}
