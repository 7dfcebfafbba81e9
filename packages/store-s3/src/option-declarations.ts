import type { OptionDeclarations } from "@stowage/core";
import { CHECKSUM_ALGORITHMS } from "@stowage/http";
import type { S3StoreOptions } from "./options.js";
import { SERVICE_NAMES } from "./services.js";

/** The options as the command and the documentation see them. */
export const optionDeclarations: OptionDeclarations<S3StoreOptions> = {
  region: {
    type: "string",
    description: "Region of the bucket",
    environment: ["AWS_REGION"],
    default: "the profile's",
  },
  endpoint: {
    type: "string",
    description: "URL of a service other than AWS",
    environment: ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
    default: "AWS",
  },
  forcePathStyle: {
    type: "boolean",
    description: "Bucket in the path instead of the host name",
    default: "true with an endpoint of one's own, else false",
  },
  service: {
    type: "string",
    values: SERVICE_NAMES,
    description: "What is known of the service",
    default: "told from the endpoint, else generic",
  },
  accessKeyId: {
    type: "string",
    description: "Access key",
    environment: ["AWS_ACCESS_KEY_ID"],
    default: "the SDK's chain",
  },
  secretAccessKey: { type: "string", description: "Secret key", environment: ["AWS_SECRET_ACCESS_KEY"], secret: true },
  sessionToken: { type: "string", description: "Session token", environment: ["AWS_SESSION_TOKEN"], secret: true },
  credentials: { type: "object", description: "Credentials, or a function that gives them", secret: true },
  profile: { type: "string", description: "Profile of the shared configuration", environment: ["AWS_PROFILE"] },
  anonymous: { type: "boolean", description: "Do not sign requests", default: "false" },
  client: { type: "object", description: "An S3Client of one's own, used for everything" },
  transport: {
    type: "string",
    values: ["direct", "undici", "sdk"],
    description: "Data path, data path over undici, or everything through the AWS SDK",
    default: "direct",
  },
  checksums: {
    type: "string",
    values: ["auto", "required", "off"],
    description: "Are checksums sent and verified",
    default: "auto",
  },
  checksumAlgorithm: { type: "string", values: CHECKSUM_ALGORITHMS, description: "Which checksum", default: "CRC32" },
  signPayload: {
    type: "string",
    values: ["auto", "always", "never"],
    description: "Are bodies hashed into the signature",
    default: "auto: over plain HTTP to another machine",
  },
  features: { type: "json", description: "What the service does beyond its preset, as probe() tells" },
  tls: { type: "object", description: "Certificates of one's own" },
  caFile: { type: "string", description: "File of PEM certificates to trust" },
  proxy: {
    type: "string",
    description: "Proxy URL; empty for none",
    environment: ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"],
    default: "the environment's",
  },
  connections: { type: "integer", description: "Connections at most", default: "64" },
  useDualstack: { type: "boolean", description: "IPv6 endpoints of AWS", default: "false" },
  useFips: { type: "boolean", description: "FIPS endpoints of AWS", default: "false" },
  useAccelerate: { type: "boolean", description: "S3 Transfer Acceleration", default: "false" },
  requesterPays: { type: "boolean", description: "Pay for requests to a requester-pays bucket", default: "false" },
  expectedBucketOwner: { type: "string", description: "Account that must own the bucket" },
};
