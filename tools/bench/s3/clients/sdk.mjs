import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { inFlight } from "../../measure/in-flight.mjs";

/** The AWS SDK as it ships, region and credentials given. @param {import("../contender.mjs").Connection} connection */
export async function open({ endpoint }) {
  const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  const Bucket = "bucket";
  return {
    /** @param {string} key */
    async get(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
      if (Body === undefined) throw new Error("no body");
      return await Body.transformToByteArray();
    },
    /** @param {string} key @param {Buffer} body */
    put: (key, body) => client.send(new PutObjectCommand({ Bucket, Key: key, Body: body })),
    /** @param {string} key @param {Buffer} target @param {number} partSize @param {number} lanes */
    async getInto(key, target, partSize, lanes) {
      await inFlight(target.byteLength / partSize, lanes, async (part) => {
        const start = part * partSize;
        const Range = `bytes=${start}-${start + partSize - 1}`;
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key, Range }));
        let at = start;
        // The cheapest that the SDK offers: chunk by chunk into the target.
        for await (const chunk of /** @type {AsyncIterable<Uint8Array>} */ (Body)) {
          target.set(chunk, at);
          at += chunk.byteLength;
        }
      });
    },
    /** @param {string} key @param {Buffer} body @param {number} partSize @param {number} lanes */
    async putParts(key, body, partSize, lanes) {
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({ Bucket, Key: key, ChecksumAlgorithm: "CRC32" }),
      );
      /** @type {import("@aws-sdk/client-s3").CompletedPart[]} */
      const Parts = [];
      try {
        await inFlight(body.byteLength / partSize, lanes, async (part) => {
          const Body = body.subarray(part * partSize, (part + 1) * partSize);
          const PartNumber = part + 1;
          const { ETag, ChecksumCRC32 } = await client.send(
            new UploadPartCommand({ Bucket, Key: key, UploadId, PartNumber, Body, ChecksumAlgorithm: "CRC32" }),
          );
          Parts[part] = { PartNumber, ETag, ChecksumCRC32 };
        });
        await client.send(
          new CompleteMultipartUploadCommand({ Bucket, Key: key, UploadId, MultipartUpload: { Parts } }),
        );
      } catch (error) {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId }));
        throw error;
      }
    },
    /** @param {string} prefix */
    async list(prefix) {
      let count = 0;
      /** @type {string | undefined} */
      let token;
      do {
        const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken: token }));
        count += page.Contents?.length ?? 0;
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return count;
    },
    /** @param {string[]} keys */
    async deleteMany(keys) {
      const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
      const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete }));
      if ((Errors?.length ?? 0) > 0) throw new Error("a delete failed");
    },
    close: async () => client.destroy(),
  };
}
