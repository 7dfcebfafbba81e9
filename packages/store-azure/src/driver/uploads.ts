import { AZURE_LIST_UPLOADS_CONCURRENCY, isStoreError } from "@stowage/core";
import type { DriverCall, DriverUploadSummary } from "@stowage/core";
import type { BlobOperations, Block } from "./operations.js";
import { readBlockId, uploadTime } from "./upload-id.js";

/** Keys below a prefix that may hold uncommitted blocks, those without an object among them; page by page. */
export type CandidateBlobs = (prefix: string, call: DriverCall) => AsyncIterable<readonly string[]>;

/**
 * Uploads neither completed nor aborted. Azure lists keys that hold nothing but uncommitted blocks, but of an object it does not
 * tell whether it holds some too, so every key below the prefix is asked: a request each.
 */
export async function* findUploads(
  operations: BlobOperations,
  candidates: CandidateBlobs,
  call: DriverCall & { readonly prefix: string },
  isOpen: (mark: Block) => boolean,
): AsyncGenerator<DriverUploadSummary> {
  for await (const keys of candidates(call.prefix, call)) {
    for (let start = 0; start < keys.length; start += AZURE_LIST_UPLOADS_CONCURRENCY) {
      const some = keys.slice(start, start + AZURE_LIST_UPLOADS_CONCURRENCY);
      const found = await Promise.all(some.map((key) => uploadsTo(operations, key, call, isOpen)));
      yield* found.flat();
    }
  }
}

async function uploadsTo(
  operations: BlobOperations,
  key: string,
  call: DriverCall,
  isOpen: (mark: Block) => boolean,
): Promise<DriverUploadSummary[]> {
  const uploads: DriverUploadSummary[] = [];
  for (const block of await blocksOf(operations, key, call)) {
    const meaning = readBlockId(block.id);
    if (meaning === undefined || !("partSize" in meaning) || !isOpen(block)) continue;
    const { uploadId, partSize } = meaning;
    uploads.push({ key, id: uploadId, initiated: new Date(uploadTime(uploadId)), partSize });
  }
  return uploads;
}

async function blocksOf(operations: BlobOperations, key: string, call: DriverCall): Promise<readonly Block[]> {
  try {
    return await operations.uncommittedBlocks(key, call);
  } catch (error) {
    // Gone since it was listed; or a page or append blob, which has no blocks of this kind.
    if (isStoreError(error) && (error.code === "NotFound" || error.code === "Conflict")) return [];
    throw error;
  }
}
