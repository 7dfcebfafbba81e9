// The stores whose behaviour the quickstart compares: the local ones, and the clouds on servers of this machine.
import { startAzurite, startS3Server } from "../servers/index.mjs";

/**
 * @typedef {object} Column
 * @property {string} harness what `stowage-conformance run` takes
 * @property {NodeJS.ProcessEnv} environment that its conformance harness reads
 */

/**
 * Starts what the columns need.
 *
 * @returns {Promise<{ columns: Column[], stop: () => Promise<void> }>}
 */
export async function startStores() {
  const bucket = "quickstart";
  const s3 = await startS3Server({ buckets: [bucket] });
  const azure = await startAzurite();
  return {
    columns: [
      { harness: "@stowage/store-memory/conformance", environment: {} },
      { harness: "@stowage/store-file/conformance", environment: {} },
      { harness: "./tools/quickstart/harness/s3.mjs", environment: { ...s3.environment, STOWAGE_S3_BUCKET: bucket } },
      { harness: "./tools/quickstart/harness/azure.mjs", environment: { ...azure.environment } },
    ],
    stop: async () => void (await Promise.all([s3.stop(), azure.stop()])),
  };
}
