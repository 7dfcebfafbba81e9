import type { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { SigningScope } from "../signing/credentials.js";

/** Where a bucket is, as the SDK's endpoint rules say. */
export interface Address {
  /** `https://bucket.s3.eu-west-1.amazonaws.com`, `http://127.0.0.1:9000`. */
  readonly origin: string;
  /** Host and port as the `host` header has them. */
  readonly host: string;
  readonly hostname: string;
  /** Path of the bucket, without a final `/`; empty when the bucket is in the host name. */
  readonly basePath: string;
  readonly scope: SigningScope;
  /** False for signatures that only the SDK makes (S3 Express, multi-region access points). */
  readonly plainSignature: boolean;
}

interface ResolvedEndpoint {
  readonly url: URL;
  readonly properties?: { readonly authSchemes?: readonly AuthScheme[] };
}

interface AuthScheme {
  readonly name?: string;
  readonly signingName?: string;
  readonly signingRegion?: string;
}

/**
 * Asks the client's own endpoint rules by sending a command that stops before it is signed; nothing leaves the process. The
 * client needs credentials, of any kind, because S3's rules look at them.
 */
export async function resolveAddress(
  client: S3Client,
  Command: typeof GetObjectCommand,
  bucket: string,
  region: string,
): Promise<Address> {
  const command = new Command({ Bucket: bucket, Key: "key" });
  let endpoint: unknown;
  command.middlewareStack.add(
    (_next, context) => async () => {
      endpoint = context["endpointV2"];
      return { output: { $metadata: {} }, response: {} };
    },
    { step: "build", priority: "high", name: "stopBeforeSigning" },
  );
  await client.send(command);
  if (!isEndpoint(endpoint)) throw new TypeError("the AWS SDK resolved no endpoint");
  return toAddress(endpoint, region);
}

function toAddress({ url, properties }: ResolvedEndpoint, region: string): Address {
  const scheme = properties?.authSchemes?.[0];
  return {
    origin: url.origin,
    host: url.host,
    hostname: url.hostname,
    basePath: url.pathname.replace(/\/+$/, ""),
    scope: { region: scheme?.signingRegion ?? region, service: scheme?.signingName ?? "s3" },
    plainSignature: scheme?.name === undefined || scheme.name === "sigv4",
  };
}

function isEndpoint(value: unknown): value is ResolvedEndpoint {
  return typeof value === "object" && value !== null && "url" in value && value.url instanceof URL;
}
