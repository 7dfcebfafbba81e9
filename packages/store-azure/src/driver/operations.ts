import type {
  Bytes,
  DriverBytes,
  DriverCall,
  DriverDeleteCall,
  DriverInfo,
  DriverListEntry,
  DriverRead,
  DriverReadCall,
  DriverReadInto,
  DriverWriteCall,
  DriverWritten,
  ObjectAttributes,
  StoreError,
  WriteBody,
  WriteConditions,
} from "@stowage/core";

/** `offset` from 0; without `length` to the end. Azure knows no suffix. */
export interface OffsetRange {
  readonly offset: number;
  readonly length?: number;
}

export interface CommitCall extends DriverCall {
  readonly attributes: ObjectAttributes;
  readonly conditions: WriteConditions | undefined;
  /** Bytes of all blocks together. */
  readonly size: number;
}

export interface PageQuery {
  readonly prefix: string;
  readonly delimiter: string | undefined;
  /** The service's own, of the page before. */
  readonly marker: string | undefined;
  readonly pageSize: number | undefined;
}

export interface BlobPage {
  readonly entries: readonly DriverListEntry[];
  readonly prefixes: readonly string[];
  /** `undefined` on the last page. */
  readonly marker: string | undefined;
}

/** A block that has been staged and not committed. */
export interface Block {
  readonly id: string;
  readonly size: number;
}

/**
 * The hot operations on one container: implemented by the data path and by the SDK, which answer alike. Each is one request and
 * rejects with a `StoreError`. What both would do the same way (suffixes, block ids, paging) is the driver's.
 */
export interface BlobOperations {
  /** Why a key cannot be sent as it is; every operation throws it. */
  refusal(key: string): StoreError | undefined;
  stat(key: string, call: DriverReadCall): Promise<DriverInfo>;
  /** `range` holds at least one byte. At most `limit` bytes are asked for, and fresh memory unless `allocate` gives some. */
  readBytes(
    key: string,
    range: OffsetRange,
    limit: number,
    call: DriverReadCall,
    allocate: ((byteLength: number) => Bytes) | undefined,
  ): Promise<DriverBytes>;
  readInto(key: string, offset: number, target: Uint8Array, call: DriverReadCall): Promise<DriverReadInto>;
  read(key: string, range: OffsetRange | undefined, call: DriverReadCall): Promise<DriverRead>;
  putBlob(key: string, body: WriteBody, call: DriverWriteCall): Promise<DriverWritten>;
  putBlock(key: string, blockId: string, body: WriteBody, call: DriverCall): Promise<void>;
  commitBlocks(key: string, blockIds: readonly string[], call: CommitCall): Promise<DriverWritten>;
  /** `NotFound` where there is neither an object nor a block. */
  uncommittedBlocks(key: string, call: DriverCall): Promise<readonly Block[]>;
  listPage(query: PageQuery, call: DriverCall): Promise<BlobPage>;
  deleteBlob(key: string, call: DriverDeleteCall): Promise<void>;
  /** One outcome a key, in order; a missing object counts as deleted. */
  deleteBatch(keys: readonly string[], call: DriverCall): Promise<readonly (Error | undefined)[]>;
  close(): Promise<void>;
}
