import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { StoreError, redactedCause } from "@stowage/core";
import type { DriverTimeouts } from "@stowage/core";
import type { HttpTransport } from "@stowage/http";
import type { S3StoreOptions } from "../options.js";
import { serviceOfHost, servicePreset } from "../services.js";
import type { ServiceName } from "../services.js";
import { resolveAddress } from "./address.js";
import type { Address } from "./address.js";
import { oneAttempt } from "./one-attempt.js";
import { TransportHandler } from "./transport-handler.js";

export type SdkModule = typeof import("@aws-sdk/client-s3");

/** What the SDK's configuration amounts to. */
export interface SdkConfiguration {
  readonly module: SdkModule;
  readonly client: S3Client;
  /** The client is the store's own, to be destroyed with it. */
  readonly owned: boolean;
  readonly address: Address;
  readonly service: ServiceName;
  readonly region: string;
}

/** Any bucket, for asking where the service is when no bucket is meant. */
const NO_BUCKET = "bucket";

/**
 * Reads configuration as the SDK does (options, environment, shared files) and makes its client. No request is sent. A region
 * other than the configured one can be given once the service has said where the bucket is.
 */
export async function configureSdk(
  bucket: string | undefined,
  options: S3StoreOptions,
  transport: HttpTransport,
  timeouts: DriverTimeouts,
  learntRegion?: string,
): Promise<SdkConfiguration> {
  const module = await import("@aws-sdk/client-s3");
  const name = bucket ?? NO_BUCKET;
  if (options.client !== undefined) return withClient(module, options.client, options.service);
  const configured = learntRegion ?? options.region ?? (await configuredRegion(module, options));
  const common = { ...places(options), ...(configured === undefined ? {} : { region: configured }) };
  const first = await ask(module, { region: "us-east-1", ...common }, name, configured ?? "us-east-1");
  const service = options.service ?? serviceOfHost(first.hostname);
  const own = serviceOfHost(first.hostname) !== "aws";
  const region = configured ?? (own ? (servicePreset(service, undefined).region ?? "us-east-1") : undefined);
  if (region === undefined) throw noRegion();
  const forcePathStyle = options.forcePathStyle ?? own;
  const config: S3ClientConfig = { ...common, region, forcePathStyle };
  const address = await ask(module, config, name, region);
  const client = new module.S3Client({
    ...config,
    ...identity(options),
    // A redirect is learnt and remembered as every other refusal that tells the region.
    followRegionRedirects: false,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: new TransportHandler(transport, timeouts),
  });
  return { module, client: oneAttempt(client), owned: true, address, service, region };
}

async function withClient(
  module: SdkModule,
  client: S3Client,
  service: ServiceName | undefined,
): Promise<SdkConfiguration> {
  const region = await client.config.region();
  const given = await client.config.endpoint?.();
  const fromEnvironment = process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];
  const hostname = given?.hostname ?? hostnameOf(fromEnvironment) ?? "s3.amazonaws.com";
  const address: Address = {
    origin: `https://${hostname}`,
    host: hostname,
    hostname,
    basePath: "",
    scope: { region, service: "s3" },
    plainSignature: false,
  };
  return {
    module,
    client: oneAttempt(client),
    owned: false,
    address,
    service: service ?? serviceOfHost(hostname),
    region,
  };
}

/** The address by the SDK's rules; made with credentials that are never used. */
async function ask(module: SdkModule, config: S3ClientConfig, bucket: string, region: string): Promise<Address> {
  const client = new module.S3Client({ ...config, credentials: { accessKeyId: "none", secretAccessKey: "none" } });
  try {
    return await resolveAddress(client, module.GetObjectCommand, bucket, region);
  } catch (error) {
    throw new StoreError({
      code: "InvalidArgument",
      message: `the AWS SDK cannot tell the endpoint: ${error instanceof Error ? error.message : String(error)}`,
      cause: redactedCause(error),
    });
  } finally {
    client.destroy();
  }
}

async function configuredRegion(module: SdkModule, options: S3StoreOptions): Promise<string | undefined> {
  const client = new module.S3Client(places(options));
  try {
    return await client.config.region();
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}

function places(options: S3StoreOptions): S3ClientConfig {
  const { endpoint, profile, useAccelerate, useDualstack, useFips, forcePathStyle } = options;
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    ...(forcePathStyle === undefined ? {} : { forcePathStyle }),
    ...(useAccelerate === undefined ? {} : { useAccelerateEndpoint: useAccelerate }),
    ...(useDualstack === undefined ? {} : { useDualstackEndpoint: useDualstack }),
    ...(useFips === undefined ? {} : { useFipsEndpoint: useFips }),
  };
}

function identity(options: S3StoreOptions): S3ClientConfig {
  const { accessKeyId, secretAccessKey, sessionToken, credentials } = options;
  if (options.anonymous === true) {
    return { signer: { sign: async (request) => request }, credentials: { accessKeyId: "", secretAccessKey: "" } };
  }
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } };
  }
  if (credentials === undefined) return {};
  const plain = (given: NonNullable<S3StoreOptions["credentials"]>): S3ClientConfig["credentials"] & {} =>
    typeof given === "function" ? async () => defined(await given()) : defined(given);
  return { credentials: plain(credentials) };
}

function defined(given: Exclude<NonNullable<S3StoreOptions["credentials"]>, () => unknown>): {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
} {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = given;
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(expiration === undefined ? {} : { expiration }),
  };
}

function hostnameOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).hostname : undefined;
}

function noRegion(): StoreError {
  return new StoreError({
    code: "InvalidArgument",
    message: "no AWS region: set the option region, AWS_REGION, or region in the profile",
    retryable: false,
    committed: false,
  });
}
