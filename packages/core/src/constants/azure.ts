import { KIB, MIB } from "./bytes.js";

/** Source of all: Azure Blob Storage "Scalability and performance targets", service version 2019-12-12 and later. */
export const AZURE_BLOCK_SIZE_MAX: number = 4000 * MIB;
export const AZURE_BLOCKS_MAX = 50_000;
/** Largest body of one Put Blob. */
export const AZURE_SINGLE_PUT_MAX: number = 5000 * MIB;
/** Sub-requests of one Blob Batch. */
export const AZURE_BATCH_MAX = 256;
/** Largest source of one Copy Blob From URL. Source: its REST reference, "Remarks". */
export const AZURE_COPY_FROM_URL_MAX: number = 256 * MIB;
/** Entries of one answer of List Blobs. Source: its REST reference, `maxresults`. */
export const AZURE_LIST_PAGE_MAX = 5000;
/** Bytes of a listing that are made into text at a time. Measured: strings above 128 KiB leave the young generation of the heap and
 * cost more than reading them; 64 KiB is far below. */
export const AZURE_LIST_WINDOW: number = 64 * KIB;
/** Largest answer of List Blobs accepted, in bytes: 5,000 names of 1,024 characters escaped twelvefold, rounded up. */
export const AZURE_LIST_ANSWER_MAX: number = 64 * MIB;
/** Block lists and batch answers accepted, in bytes: 100,000 blocks of 150 bytes each, rounded up. */
export const AZURE_BLOCK_LIST_ANSWER_MAX: number = 16 * MIB;
/** Upload ids of Azure remembered as alive or ended, so that a part costs one request; beyond it the oldest is asked for again. */
export const AZURE_KNOWN_UPLOADS_MAX = 1000;
/** Block lists asked for at once while abandoned uploads are looked for: as many as objects of a bulk call. */
export const AZURE_LIST_UPLOADS_CONCURRENCY = 16;
/** A bearer token is renewed when it has less than this to live, in milliseconds. Source: Azure SDKs refresh 5 minutes ahead or
 * at the time the token itself names. */
export const AZURE_TOKEN_REFRESH_MS = 300_000;
/** Life of the signed URL by which a server-side copy reads its source, in seconds. */
export const AZURE_COPY_SOURCE_EXPIRES_S = 3600;
/** Longest life of a user delegation key, in seconds. Source: Get User Delegation Key (7 days). */
export const AZURE_DELEGATION_KEY_S = 604_800;
/** Deletes in flight where a batch is refused: as many as sub-requests of small batches run at once in the service. */
export const AZURE_SINGLE_DELETES = 16;
/** Life of the signatures that the conformance suite's readers get, in seconds: a day, longer than any run. */
export const AZURE_SUITE_SIGNATURE_S = 86_400;

/** Texts up to a third of this are signed in memory that is kept, in bytes: longer than that of any request without large metadata. */
export const AZURE_SIGNED_TEXT_MAX: number = 8 * KIB;
