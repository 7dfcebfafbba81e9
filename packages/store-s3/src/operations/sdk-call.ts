import type { S3Client } from "@aws-sdk/client-s3";
import type { S3Connection } from "../connection/connection.js";
import type { SdkModule } from "../connection/sdk-client.js";
import { sdkFailure, serviceFailure } from "../errors/sdk-error.js";
import type { storeError } from "../errors/error-table.js";
import type { ServiceFailure } from "../errors/failure.js";
import { correct, signedBySdkWith } from "../requests/correct.js";
import type { RequestCall } from "../requests/request.js";
import { sendOptions } from "../requests/send-options.js";
import type { SdkSendOptions } from "../requests/send-options.js";

/** Fields that every command takes. */
export interface CommonInput {
  readonly Bucket: string;
  readonly RequestPayer?: "requester";
  readonly ExpectedBucketOwner?: string;
}

export function commonInput(connection: S3Connection): CommonInput {
  const { requesterPays, expectedBucketOwner } = connection.options;
  return {
    Bucket: connection.bucket,
    ...(requesterPays === true ? { RequestPayer: "requester" as const } : {}),
    ...(expectedBucketOwner === undefined ? {} : { ExpectedBucketOwner: expectedBucketOwner }),
  };
}

/**
 * A rare operation by the SDK's command: one attempt, and another when a refusal taught something, with its errors made ours. `override` says what a failure means to this very
 * operation, where the table does not know.
 */
export async function sdkCall<Output>(
  connection: S3Connection,
  call: RequestCall,
  run: (client: S3Client, sdk: SdkModule, options: SdkSendOptions) => Promise<Output>,
  override?: (failure: ServiceFailure) => Parameters<typeof storeError>[1],
): Promise<Output> {
  const { signal } = call;
  signal?.throwIfAborted();
  const once = async (): Promise<Output> => {
    await connection.renewCredentials();
    return await run(connection.client, connection.sdk, sendOptions(call));
  };
  const sent = signedBySdkWith(connection);
  try {
    return await once().catch(async (error: unknown) => {
      const failure = serviceFailure(error);
      if (failure === undefined || !(await correct(connection, failure, sent))) throw error;
      signal?.throwIfAborted();
      return await once();
    });
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    const failure = serviceFailure(error);
    throw sdkFailure(error, connection.address.origin, failure === undefined ? undefined : override?.(failure));
  }
}
