import { s3 } from "../../src/index.js";
import type { S3Options } from "../../src/index.js";
import { capture } from "./capture.js";
import type { Answer, SeenRequest } from "./capture.js";

/** What every store on the wire is opened with: retries are off, so that a test counts requests of one driver call. */
export const base = {
  bucket: "bucket",
  accessKeyId: "id",
  secretAccessKey: "secret",
  region: "us-east-1",
  retries: 0,
} as const;

/** Opens a store at a server that answers what the test says, and closes both. */
export async function withStore<Result>(
  answer: (request: SeenRequest) => Answer,
  options: Partial<S3Options>,
  use: (store: Awaited<ReturnType<typeof s3>>, requests: readonly SeenRequest[]) => Promise<Result>,
): Promise<Result> {
  await using server = await capture(answer);
  const store = await s3({ ...base, endpoint: server.endpoint, ...options });
  try {
    return await use(store, server.requests);
  } finally {
    await store.close();
  }
}

export const BEGUN = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
