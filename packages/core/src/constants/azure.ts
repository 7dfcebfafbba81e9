import { MIB } from "./bytes.js";

/** Source of all: Azure Blob Storage "Scalability and performance targets", service version 2019-12-12 and later. */
export const AZURE_BLOCK_SIZE_MAX: number = 4000 * MIB;
export const AZURE_BLOCKS_MAX = 50_000;
/** Largest body of one Put Blob. */
export const AZURE_SINGLE_PUT_MAX: number = 5000 * MIB;
/** Sub-requests of one Blob Batch. */
export const AZURE_BATCH_MAX = 256;
