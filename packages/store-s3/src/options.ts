import type { ObjectCannedACL, S3Client, StorageClass } from "@aws-sdk/client-s3";
import type { ChecksumAlgorithm, TlsOptions } from "@stowage/http";
import type { ServiceName } from "./services.js";

/** Credentials as the AWS SDK gives them. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
}

/** Options of an `s3://` store, all of them optional. What is left out comes from the environment as the AWS SDK reads it. */
export interface S3StoreOptions {
  /** Default: `AWS_REGION`, the profile; `us-east-1` (R2: `auto`) with an endpoint of one's own. */
  readonly region?: string | undefined;
  /** `http(s)://host[:port][/path]`. Default: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the profile, else AWS. */
  readonly endpoint?: string | undefined;
  /** Bucket in the path instead of the host name. Default: true with an endpoint of one's own, else false. */
  readonly forcePathStyle?: boolean | undefined;
  /** What is known of the service. Default: told from the endpoint, `generic` when it tells nothing. */
  readonly service?: ServiceName | undefined;

  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  /** Credentials or where they come from; instead of the three above. Default: the SDK's chain. */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined;
  /** Profile of the shared configuration files. Default: `AWS_PROFILE`. */
  readonly profile?: string | undefined;
  /** Requests are not signed. Default false. */
  readonly anonymous?: boolean | undefined;

  /** A client of one's own: then everything goes through it, with its configuration, handlers and middleware. */
  readonly client?: S3Client | undefined;
  /** `undici`: the data path over undici instead of sockets of its own. `sdk`: every operation goes through the AWS SDK. Default `direct`. */
  readonly transport?: "direct" | "undici" | "sdk" | undefined;

  /** `auto`: sent and verified where the service takes them; `required`: a service that refuses them is an error; `off`. Default `auto`. */
  readonly checksums?: "auto" | "required" | "off" | undefined;
  /** Default `CRC32`. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  /** Bodies are hashed into the signature. Default `auto`: only over plain HTTP to another machine. */
  readonly signPayload?: "auto" | "always" | "never" | undefined;
  /** What the service is known to do, from `probe()`; overrides what the preset says. */
  readonly features?: S3Features | undefined;

  readonly tls?: TlsOptions | undefined;
  /** File of PEM certificates to trust instead of Node's own list. */
  readonly caFile?: string | undefined;
  /** Proxy URL, or `""` for none. Default: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`. */
  readonly proxy?: string | undefined;
  /** Connections at most. Default 64. */
  readonly connections?: number | undefined;
  readonly useDualstack?: boolean | undefined;
  readonly useFips?: boolean | undefined;
  readonly useAccelerate?: boolean | undefined;
  /** Pays for requests to a requester-pays bucket. Default false. */
  readonly requesterPays?: boolean | undefined;
  /** Account that must own the bucket. */
  readonly expectedBucketOwner?: string | undefined;
}

/** What one service does beyond the common core of S3. Every field left out keeps the preset's answer. */
export interface S3Features {
  /** `If-None-Match: *` on PutObject is honoured, atomically. */
  readonly createOnly?: boolean | undefined;
  /** `If-Match` on PutObject is honoured, atomically. */
  readonly replaceIf?: boolean | undefined;
  /** `If-Match` on DeleteObject is honoured. */
  readonly deleteIf?: boolean | undefined;
  /** `If-None-Match: *` on CopyObject is honoured. */
  readonly copyCreateOnly?: boolean | undefined;
  /** The two conditions are honoured on CompleteMultipartUpload too. */
  readonly conditionalComplete?: boolean | undefined;
  /** Object versions by `versionId`. */
  readonly versions?: boolean | undefined;
  /** `x-amz-checksum-*` is verified by the service and answered. */
  readonly checksums?: boolean | undefined;
  /** Parts of one upload may differ in size. */
  readonly unequalParts?: boolean | undefined;
  readonly listParts?: boolean | undefined;
  readonly listUploads?: boolean | undefined;
  readonly createContainer?: boolean | undefined;
}

/** S3's own options of one call: `native: { s3: { … } }`. */
export interface S3CallOptions {
  /** Writes and copies: `STANDARD_IA`, `GLACIER_IR` … */
  readonly storageClass?: StorageClass | undefined;
  readonly serverSideEncryption?: "AES256" | "aws:kms" | "aws:kms:dsse" | undefined;
  readonly sseKmsKeyId?: string | undefined;
  /** Base64 of 32 bytes: the object is encrypted with a key that the service does not keep. Needed again to read it. */
  readonly sseCustomerKey?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** A canned ACL: `private`, `public-read` … */
  readonly acl?: ObjectCannedACL | undefined;
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
}
