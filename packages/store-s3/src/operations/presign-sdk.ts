import type { DriverPresignCall } from "@stowage/core";
import type { S3Connection } from "../connection/connection.js";
import type { QueryPairs } from "../signing/canonical-query.js";

interface Signable {
  headers: Record<string, string>;
  query: Record<string, string | string[] | null>;
}

type Step = <Args extends { request: unknown }, Result>(
  next: (args: Args) => Promise<Result>,
) => (args: Args) => Promise<Result>;

interface Stack {
  add(step: Step, options: { step: "build"; priority: "low"; name: string }): void;
}

/** The URL by the SDK's presigner: a user's client, S3 Express and other signatures that only the SDK makes. */
export async function presignBySdk(
  connection: S3Connection,
  key: string,
  call: DriverPresignCall,
  headers: readonly (readonly [string, string])[],
  query: QueryPairs,
): Promise<string> {
  const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
  await connection.renewCredentials();
  const { client, sdk } = connection;
  const object = { Bucket: connection.bucket, Key: key };
  const names = new Set(headers.map(([name]) => name));
  const options = {
    expiresIn: call.expiresIn,
    // The presigner, unlike the client, does not look at the service's clock.
    signingDate: new Date(Date.now() + connection.clockOffsetMs),
    signableHeaders: new Set([...names, "host"]),
    unhoistableHeaders: names,
  };
  const step = fill(headers, query);
  switch (call.method) {
    case "GET":
      return await getSignedUrl(client, equip(new sdk.GetObjectCommand(object), step), options);
    case "HEAD":
      return await getSignedUrl(client, equip(new sdk.HeadObjectCommand(object), step), options);
    case "DELETE":
      return await getSignedUrl(client, equip(new sdk.DeleteObjectCommand(object), step), options);
    case "PUT": {
      if (call.part === undefined)
        return await getSignedUrl(client, equip(new sdk.PutObjectCommand(object), step), options);
      const part = { ...object, PartNumber: call.part.partNumber, UploadId: call.part.upload.id.replace(/#\w+$/, "") };
      return await getSignedUrl(client, equip(new sdk.UploadPartCommand(part), step), options);
    }
  }
}

/** Puts in what the URL must cover, and takes out the checksum of the empty body that the SDK would add to an upload. */
function fill(headers: readonly (readonly [string, string])[], query: QueryPairs): Step {
  return (next) => async (args) => {
    const { request } = args;
    if (isSignable(request)) {
      for (const name of Object.keys(request.headers)) {
        if (/^x-amz-(?:checksum|sdk-checksum)|^content-length$/i.test(name)) delete request.headers[name];
      }
      for (const [name, value] of headers) request.headers[name] = value;
      for (const [name, value] of query) request.query[name] = value;
    }
    return await next(args);
  };
}

function equip<Command extends { readonly middlewareStack: Stack }>(command: Command, step: Step): Command {
  command.middlewareStack.add(step, { step: "build", priority: "low", name: "stowagePresign" });
  return command;
}

function isSignable(value: unknown): value is Signable {
  return typeof value === "object" && value !== null && "headers" in value && "query" in value;
}
