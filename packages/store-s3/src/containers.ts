import type { BucketLocationConstraint } from "@aws-sdk/client-s3";
import { StoreError } from "@stowage/core";
import type { ContainerCall, ContainerInfo, ContainerOperations, Feature } from "@stowage/core";
import { checkNewBucket } from "./bucket-name.js";
import type { S3Connection } from "./connection/connection.js";
import { S3Driver } from "./driver.js";
import { openConnection } from "./open-connection.js";
import { sdkCall } from "./operations/sdk-call.js";
import type { S3StoreOptions } from "./options.js";
import { servicePreset } from "./services.js";
import { formatS3Uri } from "./uri.js";

/** Buckets, by the SDK's commands; each call opens and closes its own connection. */
export const containers: ContainerOperations<S3StoreOptions> = {
  async create(container, options, call) {
    checkNewBucket(container);
    return await within(container, options, call, async (connection) => {
      checkManages(connection, "createContainer");
      return await create(connection, call);
    });
  },

  async delete(container, options, call) {
    await within(container, options, call, async (connection) => {
      checkManages(connection, "deleteContainer");
      if (call.force) await empty(new S3Driver(connection), call);
      await sdkCall(connection, call, (client, sdk, how) =>
        client.send(new sdk.DeleteBucketCommand({ Bucket: container }), how),
      );
    });
  },

  async *list(_parent, options, call) {
    const connection = await openConnection("", options, call.timeouts);
    try {
      let token: string | undefined;
      do {
        const page = await sdkCall(connection, call, (client, sdk, how) =>
          client.send(new sdk.ListBucketsCommand(token === undefined ? {} : { ContinuationToken: token }), how),
        );
        for (const { Name: name, CreationDate: created } of page.Buckets ?? []) {
          if (name !== undefined) yield info(name, created);
        }
        token = page.ContinuationToken;
      } while (token !== undefined && token !== "");
    } finally {
      await connection.close();
    }
  },
};

async function create(connection: S3Connection, call: ContainerCall): Promise<{ readonly created: boolean }> {
  const { bucket, region, service } = connection;
  const constraint = service === "aws" && region !== "us-east-1" ? connection.sdk.BucketLocationConstraint : undefined;
  const location = Object.values<BucketLocationConstraint>(constraint ?? {}).find((name) => name === region);
  // us-east-1 and services other than Amazon's answer 200 for a bucket that is one's own already; only looking tells.
  const before = await new S3Driver(connection).containerExists(call).catch((error: unknown) => {
    if (call.signal?.aborted === true) throw error;
    return false;
  });
  try {
    await sdkCall(connection, call, (client, sdk, how) =>
      client.send(
        new sdk.CreateBucketCommand({
          Bucket: bucket,
          ...(location === undefined ? {} : { CreateBucketConfiguration: { LocationConstraint: location } }),
        }),
        how,
      ),
    );
    return { created: !before };
  } catch (error) {
    if (isOwnedByYou(error)) return { created: false };
    throw error;
  }
}

/** The table has no code of its own for it; the message names S3's. */
function isOwnedByYou(error: unknown): boolean {
  return (
    error instanceof StoreError && error.code === "AlreadyExists" && error.message.includes("BucketAlreadyOwnedByYou")
  );
}

/** Takes out objects and unfinished uploads. Versions stay: a versioned bucket that keeps some is `ContainerNotEmpty`. */
async function empty(driver: S3Driver, call: ContainerCall): Promise<void> {
  const listing = { prefix: "", delimiter: undefined, startAfter: undefined, token: undefined, pageSize: undefined };
  for await (const page of driver.list({ ...call, ...listing })) {
    const outcomes = await driver.deleteMany(
      page.entries.map((entry) => entry.key),
      call,
    );
    const failed = outcomes.find((outcome) => outcome !== undefined);
    if (failed !== undefined) throw failed;
  }
  const { multipart } = driver;
  if (multipart.listUploads === undefined) return;
  for await (const upload of multipart.listUploads({ ...call, prefix: "" })) await multipart.abort(upload, call);
}

async function within<Result>(
  container: string,
  options: S3StoreOptions,
  call: ContainerCall,
  run: (connection: S3Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await openConnection(container, options, call.timeouts);
  try {
    return await run(connection);
  } finally {
    await connection.close();
  }
}

function info(name: string, created: Date | undefined): ContainerInfo {
  return { name, uri: formatS3Uri(name, ""), created };
}

function checkManages({ service, options }: S3Connection, capability: Feature): void {
  if (servicePreset(service, options.features).createContainer) return;
  throw new StoreError({
    code: "Unsupported",
    message: "this service does not create and delete buckets through S3",
    capability,
    committed: false,
  });
}
