import type { TokenCredential } from "@azure/identity";
import type { BlobServiceClient } from "@azure/storage-blob";
import type { OptionDeclarations } from "@stowage/core";
import type { TlsOptions } from "@stowage/http";

/** How requests travel: the words of S3, with their meaning. */
export type Transport = "direct" | "undici" | "sdk";

/** Azure's own options of a store. Credentials are looked for in the order of the first six, then in the environment. */
export interface AzureOptions {
  /**
   * Your own client, with its credential, policies and proxy: everything then goes through it (`transport: "sdk"`), in one attempt a
   * request, as retries are the store's.
   */
  readonly client?: BlobServiceClient | undefined;
  /** A connection string as the portal shows it, or `UseDevelopmentStorage=true`. Default: AZURE_STORAGE_CONNECTION_STRING. */
  readonly connectionString?: string | undefined;
  /** An access key of the account, in base64. Default: AZURE_STORAGE_KEY. */
  readonly accountKey?: string | undefined;
  /** A shared access signature, with or without the leading `?`. Default: AZURE_STORAGE_SAS_TOKEN. */
  readonly sasToken?: string | undefined;
  /** Any credential of `@azure/identity`. Default, when nothing else is given: `DefaultAzureCredential`. */
  readonly credential?: TokenCredential | undefined;
  /** No credential: containers with public access. Default false. */
  readonly anonymous?: boolean | undefined;
  /** The blob service's URL instead of `https://<account>.blob.core.windows.net`: a custom domain, another cloud, Azurite. */
  readonly endpoint?: string | undefined;
  /**
   * `undici`: the data path over undici instead of sockets of its own. `sdk`: every operation goes through the Azure SDK. Default
   * `direct`; with a client `sdk`.
   */
  readonly transport?: Transport | undefined;
  /** Connections to the service at most. Default 64. */
  readonly connections?: number | undefined;
  /** Certificates to trust or to present. Default: Node's own. */
  readonly tls?: TlsOptions | undefined;
  /** URL of an HTTP proxy. Default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY; `""` is none. */
  readonly proxy?: string | undefined;
  /** Access tier of what is written, unless the call says another: `Hot`, `Cool`, `Cold`, `Archive`. Default: the account's. */
  readonly accessTier?: string | undefined;
}

export const optionDeclarations: OptionDeclarations<AzureOptions> = {
  client: { type: "object", description: "a BlobServiceClient of your own; everything goes through it" },
  connectionString: {
    type: "string",
    description: "connection string of the account, or UseDevelopmentStorage=true",
    environment: ["AZURE_STORAGE_CONNECTION_STRING"],
    secret: true,
  },
  accountKey: {
    type: "string",
    description: "access key of the account, in base64",
    environment: ["AZURE_STORAGE_KEY"],
    secret: true,
  },
  sasToken: {
    type: "string",
    description: "shared access signature",
    environment: ["AZURE_STORAGE_SAS_TOKEN"],
    secret: true,
  },
  credential: {
    type: "object",
    description: "a TokenCredential of @azure/identity",
    default: "DefaultAzureCredential, when nothing else is given",
  },
  anonymous: { type: "boolean", description: "use no credential (public containers)", default: "false" },
  endpoint: {
    type: "string",
    description: "URL of the blob service: custom domain, other cloud, Azurite",
    default: "https://<account>.blob.core.windows.net",
  },
  transport: {
    type: "string",
    values: ["direct", "undici", "sdk"],
    description: "Data path, data path over undici, or everything through the Azure SDK",
    default: "direct; with a client sdk",
  },
  connections: { type: "integer", description: "connections to the service at most", default: "64" },
  tls: { type: "object", description: "certificates to trust (ca) or to present (cert, key)" },
  proxy: { type: "string", description: "URL of an HTTP proxy", default: "HTTPS_PROXY, HTTP_PROXY, NO_PROXY" },
  accessTier: { type: "string", description: "access tier of what is written", default: "the account's" },
};

/** Azure's own options of one call, as `native: { az: { ... } }`. */
export interface AzureCallOptions {
  /** Writes and copies: `Hot`, `Cool`, `Cold`, `Archive`. */
  readonly accessTier?: string | undefined;
  /** The lease under which the object is changed or read. Without it a leased object is `Conflict`. */
  readonly leaseId?: string | undefined;
  /** Writes: blob index tags, at most ten. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}
