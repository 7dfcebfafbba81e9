import { StoreError } from "@stowage/core";
import type {
  DriverCall,
  DriverPart,
  DriverUpload,
  DriverUploadSummary,
  DriverWriteCall,
  DriverWritten,
  MultipartDriver,
  WriteBody,
  WriteConditions,
} from "@stowage/core";
import { isStoreError } from "@stowage/core";
import { KnownUploads } from "./known-uploads.js";
import type { BlobOperations, Block } from "./operations.js";
import { checkUploadId, emptyPartBlockId, newUploadId, partBlockId, readBlockId, uploadBlockId } from "./upload-id.js";
import { findUploads } from "./uploads.js";
import type { CandidateBlobs } from "./uploads.js";

/** Bytes of the block that stands for an upload: as long as the upload lives, and once it has been aborted. */
const OPEN_MARK = new Uint8Array(1);
const ABORTED_MARK = new Uint8Array(2);

/**
 * S3's multipart uploads out of Azure's blocks. `begin` stages a block that stands for the upload, `abort` stages it again in
 * another length, `complete` commits the parts and with that drops all other uncommitted blocks of the key: those of the upload
 * itself and those of its rivals, which thereby have ended.
 */
export class BlockUploads implements MultipartDriver {
  readonly #operations: BlobOperations;
  readonly #candidates: CandidateBlobs;
  readonly #known = new KnownUploads();

  constructor(operations: BlobOperations, candidates: CandidateBlobs) {
    this.#operations = operations;
    this.#candidates = candidates;
  }

  async begin(
    key: string,
    options: DriverCall & Pick<DriverWriteCall, "attributes"> & { readonly partSize: number },
  ): Promise<{ readonly id: string }> {
    const id = newUploadId();
    await this.#operations.putBlock(key, uploadBlockId(id, options.partSize), memory(OPEN_MARK), options);
    this.#known.set(id, "open");
    return { id };
  }

  async uploadPart(upload: DriverUpload, partNumber: number, body: WriteBody, call: DriverCall): Promise<DriverPart> {
    const size = body.bytes?.byteLength ?? body.size ?? 0;
    const id = checkUploadId(upload.id);
    if (size === 0) return this.#emptyPart(upload, partNumber, call);
    if (this.#known.get(id) !== "open") await this.#openBlocks(upload, call);
    const blockId = partBlockId(id, partNumber);
    await this.#operations.putBlock(upload.key, blockId, body, call);
    return { partNumber, size, etag: blockId };
  }

  async listParts(upload: DriverUpload, call: DriverCall): Promise<readonly DriverPart[]> {
    const blocks = await this.#openBlocks(upload, call);
    return partsOf(upload.id, blocks);
  }

  async complete(
    upload: DriverUpload,
    parts: readonly DriverPart[],
    call: DriverCall & { readonly conditions: WriteConditions | undefined },
  ): Promise<DriverWritten> {
    const { key, id, attributes } = upload;
    const there = new Map(partsOf(id, await this.#openBlocks(upload, call)).map((part) => [part.partNumber, part]));
    let size = 0;
    const blockIds = parts.flatMap(({ partNumber }) => {
      const part = there.get(partNumber);
      if (part === undefined) throw missingPart(partNumber);
      size += part.size;
      return part.size === 0 ? [] : [part.etag];
    });
    const written = await this.#ending(id, () =>
      this.#operations.commitBlocks(key, blockIds, { ...call, attributes, size }),
    );
    this.#known.set(id, "ended");
    return written;
  }

  async abort(upload: Pick<DriverUpload, "key" | "id">, call: DriverCall): Promise<void> {
    const id = checkUploadId(upload.id);
    if (this.#known.get(id) === "ended") return;
    const mark = findMark(id, await this.#blocks(upload.key, call));
    if (mark !== undefined && mark.size === OPEN_MARK.byteLength) {
      await this.#operations.putBlock(upload.key, mark.id, memory(ABORTED_MARK), call);
    }
    this.#known.set(id, "ended");
  }

  listUploads(call: DriverCall & { readonly prefix: string }): AsyncIterable<DriverUploadSummary> {
    return findUploads(this.#operations, this.#candidates, call, (block) => block.size === OPEN_MARK.byteLength);
  }

  /** A block that stands for no bytes. It counts only where the part has no bytes, so it cannot replace a part that has. */
  async #emptyPart(upload: DriverUpload, partNumber: number, call: DriverCall): Promise<DriverPart> {
    const parts = partsOf(upload.id, await this.#openBlocks(upload, call));
    if (parts.some((part) => part.partNumber === partNumber && part.size > 0)) {
      throw new StoreError({
        code: "InvalidArgument",
        message: `part ${partNumber} has been uploaded and cannot be replaced by an empty one on Azure; abort and begin anew`,
        committed: false,
      });
    }
    const etag = emptyPartBlockId(upload.id, partNumber);
    await this.#operations.putBlock(upload.key, etag, memory(OPEN_MARK), call);
    return { partNumber, size: 0, etag };
  }

  /** All uncommitted blocks of the key. Throws `NotFound` unless the upload lives. */
  async #openBlocks(upload: Pick<DriverUpload, "key" | "id">, call: DriverCall): Promise<readonly Block[]> {
    const id = checkUploadId(upload.id);
    if (this.#known.get(id) === "ended") throw ended(upload.key);
    const blocks = await this.#blocks(upload.key, call);
    const mark = findMark(id, blocks);
    if (mark === undefined || mark.size !== OPEN_MARK.byteLength) {
      this.#known.set(id, "ended");
      throw ended(upload.key);
    }
    this.#known.set(id, "open");
    return blocks;
  }

  async #blocks(key: string, call: DriverCall): Promise<readonly Block[]> {
    try {
      return await this.#operations.uncommittedBlocks(key, call);
    } catch (error) {
      if (isStoreError(error) && error.code === "NotFound") return [];
      throw error;
    }
  }

  async #ending<Value>(id: string, commit: () => Promise<Value>): Promise<Value> {
    try {
      return await commit();
    } catch (error) {
      if (isStoreError(error) && error.code === "NotFound") this.#known.set(id, "ended");
      throw error;
    }
  }
}

function partsOf(uploadId: string, blocks: readonly Block[]): DriverPart[] {
  const parts = new Map<number, DriverPart>();
  for (const { id, size } of blocks) {
    const meaning = readBlockId(id);
    if (meaning?.uploadId !== uploadId || !("partNumber" in meaning)) continue;
    const { partNumber, empty } = meaning;
    if (empty && parts.has(partNumber)) continue;
    parts.set(partNumber, { partNumber, size: empty ? 0 : size, etag: id });
  }
  return [...parts.values()].sort((a, b) => a.partNumber - b.partNumber);
}

function findMark(uploadId: string, blocks: readonly Block[]): Block | undefined {
  return blocks.find(({ id }) => {
    const meaning = readBlockId(id);
    return meaning?.uploadId === uploadId && "partSize" in meaning;
  });
}

function memory(bytes: Uint8Array): WriteBody {
  return {
    size: bytes.byteLength,
    bytes,
    replayable: true,
    async *chunks() {
      yield bytes;
    },
  };
}

function ended(key: string): StoreError {
  return new StoreError({
    code: "NotFound",
    message: `the upload to ${JSON.stringify(key)} has ended: completed, aborted, or dropped when another upload or a write to its key succeeded`,
    committed: false,
  });
}

function missingPart(partNumber: number): StoreError {
  return new StoreError({
    code: "InvalidArgument",
    message: `part ${partNumber} has not been uploaded`,
    committed: false,
  });
}
