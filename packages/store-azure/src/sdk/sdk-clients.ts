import type { BlobServiceClient, ContainerClient, StoragePipelineOptions } from "@azure/storage-blob";
import { StoreError } from "@stowage/core";
import { proxyFor } from "@stowage/http";
import type { TlsOptions } from "@stowage/http";
import { tokenCredential } from "../auth/signers.js";
import { keyRefusal } from "../driver/keys.js";
import type { Connection } from "../options/connection.js";
import type { AzureOptions } from "../options/options.js";
import { singleAttempt } from "./single-attempt.js";

/** The SDK's clients for one connection, loaded and made when they are first needed. */
export class SdkClients {
  readonly #connection: Connection;
  readonly #options: AzureOptions;
  #service: Promise<BlobServiceClient> | undefined;

  constructor(connection: Connection, options: AzureOptions) {
    this.#connection = connection;
    this.#options = options;
    const { client } = connection;
    if (client !== undefined) this.#service = Promise.resolve(singleAttempt(client));
  }

  service(): Promise<BlobServiceClient> {
    this.#service ??= makeService(this.#connection, this.#options);
    return this.#service;
  }

  async container(): Promise<ContainerClient> {
    return (await this.service()).getContainerClient(this.#connection.containerName);
  }
}

/** Throws for keys that would arrive as other ones. */
export function checkSdkKey(key: string): void {
  const refusal = sdkKeyRefusal(key);
  if (refusal !== undefined) throw refusal;
}

/** The SDK resolves `.` and `..` segments before it sends a key. */
export function sdkKeyRefusal(key: string): StoreError | undefined {
  if (!/(?:^|\/)\.{1,2}(?:\/|$)/.test(key)) return keyRefusal(key);
  return new StoreError({
    code: "InvalidKey",
    message: `the Azure SDK alters keys with a '.' or '..' segment; reach ${JSON.stringify(key)} over the data path, transport: "direct"`,
    committed: false,
  });
}

async function makeService(
  { endpoint, account, credential }: Connection,
  options: AzureOptions,
): Promise<BlobServiceClient> {
  const { AnonymousCredential, BlobServiceClient, newPipeline, StorageSharedKeyCredential } =
    await import("@azure/storage-blob");
  const url = `${endpoint.origin}${endpoint.basePath}`;
  const settings = pipelineOptions(options, proxyFor(endpoint.origin, options.proxy));
  if (credential.kind === "sharedKey" && credential.key !== undefined) {
    return new BlobServiceClient(url, newPipeline(new StorageSharedKeyCredential(account, credential.key), settings));
  }
  if (credential.kind === "token") {
    return new BlobServiceClient(url, newPipeline(await tokenCredential(credential)(), settings));
  }
  const query = credential.kind === "sas" ? `?${credential.query}` : "";
  return new BlobServiceClient(url + query, newPipeline(new AnonymousCredential(), settings));
}

/** One attempt a request (core retries), the user's proxy, certificates. */
function pipelineOptions({ tls }: AzureOptions, proxy: string | undefined): StoragePipelineOptions {
  const settings = {
    retryOptions: { maxTries: 1 },
    userAgentOptions: { userAgentPrefix: "stowage" },
    ...(proxy === undefined ? {} : { proxyOptions: proxyOptions(proxy) }),
    // Not among the declared options of the storage client, but handed on to the pipeline that reads it.
    ...(tls === undefined ? {} : { tlsOptions: tlsOptions(tls) }),
  };
  return settings;
}

function proxyOptions(proxy: string): NonNullable<StoragePipelineOptions["proxyOptions"]> {
  const url = new URL(proxy);
  return {
    host: `${url.protocol}//${url.hostname}`,
    port: Number(url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port),
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
  };
}

type Pem = string | Buffer;

function tlsOptions({
  ca,
  cert,
  key,
  rejectUnauthorized,
}: TlsOptions): Readonly<Record<string, Pem | Pem[] | boolean>> {
  return {
    ...(ca === undefined ? {} : { ca: typeof ca === "string" || ca instanceof Uint8Array ? pem(ca) : ca.map(pem) }),
    ...(cert === undefined ? {} : { cert: pem(cert) }),
    ...(key === undefined ? {} : { key: pem(key) }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function pem(value: string | Uint8Array): Pem {
  return typeof value === "string" ? value : Buffer.from(value);
}
