import type { S3Client } from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
import type { SdkModule } from "../connection/sdk-client.js";
import type { S3Request } from "./request.js";
import type { SdkSendOptions } from "./send-options.js";

/** Changes the request before it is signed. */
type BuildStep = <Args extends { request: unknown }, Result>(
  next: (args: Args) => Promise<Result>,
) => (args: Args) => Promise<Result>;

/** Sees the service's answer before the SDK parses it. */
type AnswerStep = <Args, Result extends { response: unknown }>(
  next: (args: Args) => Promise<Result>,
) => (args: Args) => Promise<Result>;

interface Steps {
  readonly build: BuildStep;
  readonly answer: AnswerStep;
}

interface Stack {
  add(step: BuildStep, options: { step: "build"; priority: "high"; name: string }): void;
  add(step: AnswerStep, options: { step: "deserialize"; priority: "low"; name: string }): void;
}

export interface Vehicle extends Steps {
  readonly client: S3Client;
  readonly sdk: SdkModule;
  readonly bucket: string;
  readonly options: SdkSendOptions;
}

/** Sends the SDK command of an operation, with no more input than it insists on and the two steps put in. */
export async function sendVehicle(
  { client, sdk, bucket, options, ...steps }: Vehicle,
  request: S3Request,
): Promise<void> {
  const common = { Bucket: bucket };
  const object = { ...common, Key: request.key ?? "" };
  switch (request.operation) {
    case "GetObject":
      await client.send(equip(new sdk.GetObjectCommand(object), steps), options);
      return;
    case "HeadObject":
      await client.send(equip(new sdk.HeadObjectCommand(object), steps), options);
      return;
    case "PutObject":
      await client.send(equip(new sdk.PutObjectCommand({ ...object, ...upload(request) }), steps), options);
      return;
    case "UploadPart": {
      const part = { PartNumber: Number(queryValue(request, "partNumber")), UploadId: queryValue(request, "uploadId") };
      await client.send(equip(new sdk.UploadPartCommand({ ...object, ...upload(request), ...part }), steps), options);
      return;
    }
    case "DeleteObject":
      await client.send(equip(new sdk.DeleteObjectCommand(object), steps), options);
      return;
    case "DeleteObjects": {
      const Delete = { Objects: [{ Key: "key" }], Quiet: true };
      await client.send(equip(new sdk.DeleteObjectsCommand({ ...common, Delete }), steps), options);
      return;
    }
    case "HeadBucket":
      await client.send(equip(new sdk.HeadBucketCommand(common), steps), options);
      return;
    case "ListObjectsV2":
      await client.send(equip(new sdk.ListObjectsV2Command(common), steps), options);
  }
}

function equip<Command extends { readonly middlewareStack: Stack }>(
  command: Command,
  { build, answer }: Steps,
): Command {
  command.middlewareStack.add(build, { step: "build", priority: "high", name: "stowageRequest" });
  command.middlewareStack.add(answer, { step: "deserialize", priority: "low", name: "stowageAnswer" });
  return command;
}

function upload(request: S3Request): { Body: Uint8Array | Readable; ContentLength: number } {
  const { body } = request;
  if (body === undefined || body instanceof Uint8Array) {
    const bytes = body ?? new Uint8Array(0);
    return { Body: bytes, ContentLength: bytes.byteLength };
  }
  return { Body: Readable.from(body.chunks, { objectMode: false }), ContentLength: body.length };
}

function queryValue(request: S3Request, name: string): string {
  return request.query.find(([key]) => key === name)?.[1] ?? "";
}
