import type { BlobServiceClient, ContainerClient } from "@azure/storage-blob";
import type { DriverHandle, Harness, KnownFailure, SideDoor } from "@stowage/conformance-suite";
import { AZURE_SUITE_SIGNATURE_S, createStore, StoreError } from "@stowage/core";
import type { CommonStoreOptions, ObjectStore } from "@stowage/core";
import { randomBytes } from "node:crypto";
import { readBlockId } from "./driver/upload-id.js";
import { openDriver } from "./open.js";
import type { AzureOptions } from "./options/options.js";
import { plugin } from "./plugin.js";
import { format } from "./uri/uri.js";

/** What the suite runs against. */
export interface AzureHarnessSettings {
  /** Of an account that may be filled and emptied. With its key: the suite signs for readers and for nobody. */
  readonly connectionString: string;
  readonly account: string;
  readonly target: Harness["target"];
  readonly transport?: AzureOptions["transport"];
  readonly timing?: Harness["timing"];
  readonly knownFailures?: Readonly<Record<string, KnownFailure>> | undefined;
}

/** The suite on containers of their own, one a namespace, deleted at the end. */
export function azureHarness(settings: AzureHarnessSettings): Harness {
  const { account, connectionString, transport, target } = settings;
  const namespaces = new Namespaces(connectionString);
  const own: AzureOptions = { connectionString, transport };
  const pathOf = (name: string): string => `${account}/${name}`;

  const handle = async (namespace: string, options: AzureOptions = own): Promise<DriverHandle> => {
    const container = pathOf(await namespaces.made(namespace));
    return { driver: openDriver(container, options), plugin, container };
  };
  const open = async (namespace: string, options?: AzureOptions, common?: CommonStoreOptions): Promise<ObjectStore> => {
    const { driver, ...rest } = await handle(namespace, options);
    return createStore(driver, { ...common, ...rest });
  };
  /** A store that holds a signature with these permissions only. */
  const openSigned = async (namespace: string, permissions: string): Promise<ObjectStore> => {
    const signed = new URL(await namespaces.signed(namespace, permissions));
    const endpoint = signed.origin + signed.pathname.replace(/\/[^/]+$/, "");
    return open(namespace, { endpoint, sasToken: signed.search, transport });
  };

  return {
    name: plugin.name,
    version: plugin.version,
    target,
    stop: () => namespaces.remove(),
    open: (namespace, common) => open(namespace, own, common),
    reset: (namespace) => namespaces.renew(namespace),
    driver: (namespace) => handle(namespace),
    async openMissingContainer() {
      const container = pathOf(`missing-${randomBytes(6).toString("hex")}`);
      return createStore(openDriver(container, own), { plugin, container });
    },
    // A signature that allows setting tags, which the suite never does.
    openDenied: (namespace) => openSigned(namespace, "t"),
    openReadOnly: (namespace) => openSigned(namespace, "rl"),
    sideDoor: async (namespace) => sideDoor(await namespaces.client(namespace)),
    containers: {
      uri: (name) => format(pathOf(name), ""),
      parentUri: `az://${account}`,
      options: own,
      invalidNames: { ab: "3 to 63 characters", Upper: "lower-case", "two--hyphens": "two '-' in a row" },
    },
    timing: settings.timing,
    knownFailures: { ...knownOfAzure(target.product), ...settings.knownFailures },
  };
}

/** What Azure itself cannot do, on whatever product it is met. */
function knownOfAzure(product: string): Readonly<Record<string, KnownFailure>> {
  const backslash: KnownFailure = {
    product,
    reason: "Azure stores '\\' as '/': such a key is refused, because it would come back as another one",
    evidence: "Naming and Referencing Containers, Blobs, and Metadata, blob names; Azurite 3.35 lists a\\b as a/b",
  };
  const cases = ["key.backslash", "key.copy/backslash", "key.backslash-dots", "key.copy/backslash-dots"];
  const more = ["key.distinct/backslash", "key.concurrent-lookalikes", "list.delimiter-any/%5C", "ps.key/backslash"];
  return {
    ...Object.fromEntries([...cases, ...more].map((id) => [id, backslash])),
    "ps.content-type": {
      product,
      reason: "a shared access signature binds no header: the type that the uploader sends is stored, whichever it is",
      evidence: "Create a service SAS, signed fields",
    },
  };
}

/** Containers by namespace, reached by the SDK alone. */
class Namespaces {
  readonly #connectionString: string;
  readonly #run = randomBytes(4).toString("hex");
  #count = 0;
  readonly #clients = new Map<string, Promise<ContainerClient>>();

  constructor(connectionString: string) {
    this.#connectionString = connectionString;
  }

  async made(namespace: string): Promise<string> {
    return (await this.client(namespace)).containerName;
  }

  client(namespace: string): Promise<ContainerClient> {
    let client = this.#clients.get(namespace);
    if (client === undefined) {
      client = this.#make();
      this.#clients.set(namespace, client);
    }
    return client;
  }

  async signed(namespace: string, permissions: string): Promise<string> {
    const { ContainerSASPermissions } = await import("@azure/storage-blob");
    const client = await this.client(namespace);
    const expiresOn = new Date(Date.now() + AZURE_SUITE_SIGNATURE_S * 1000);
    return client.generateSasUrl({ permissions: ContainerSASPermissions.parse(permissions), expiresOn });
  }

  /** A container that was deleted is not free again for a while: the namespace gets another one. */
  async renew(namespace: string): Promise<void> {
    const old = this.#clients.get(namespace);
    this.#clients.set(namespace, this.#make());
    await (await old)?.deleteIfExists();
  }

  async remove(): Promise<void> {
    const clients = await Promise.all(this.#clients.values());
    this.#clients.clear();
    for (const client of clients) await client.deleteIfExists();
  }

  async #make(): Promise<ContainerClient> {
    this.#count += 1;
    const client = (await service(this.#connectionString)).getContainerClient(`stowage-${this.#run}-${this.#count}`);
    await client.create();
    return client;
  }
}

async function service(connectionString: string): Promise<BlobServiceClient> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  return BlobServiceClient.fromConnectionString(connectionString);
}

function sideDoor(container: ContainerClient): SideDoor {
  const names = async (includeUncommitedBlobs: boolean): Promise<string[]> => {
    const found: string[] = [];
    for await (const { name } of container.listBlobsFlat({ includeUncommitedBlobs })) found.push(name);
    return found;
  };
  return {
    async put(key, bytes) {
      await container.getBlockBlobClient(key).upload(Buffer.from(bytes), bytes.byteLength);
    },
    async get(key) {
      const client = container.getBlockBlobClient(key);
      return (await client.exists()) ? new Uint8Array(await client.downloadToBuffer()) : undefined;
    },
    listRaw: () => names(false),
    listLeftovers: () => Promise.resolve([]),
    async listUploads() {
      const open: string[] = [];
      for (const name of await names(true)) {
        const { uncommittedBlocks = [] } = await container.getBlockBlobClient(name).getBlockList("uncommitted");
        for (const block of uncommittedBlocks) {
          const meaning = readBlockId(block.name);
          if (meaning !== undefined && "partSize" in meaning && block.size === 1) open.push(meaning.uploadId);
        }
      }
      return open;
    },
  };
}

/** Runs against the account that AZURE_STORAGE_CONNECTION_STRING names, which must hold its key. */
function harnessFromEnvironment(): Harness {
  const connectionString = process.env["AZURE_STORAGE_CONNECTION_STRING"];
  const account = /(?:^|;)\s*AccountName=([a-z0-9]+)/i.exec(connectionString ?? "")?.[1];
  if (connectionString === undefined || account === undefined || !/AccountKey=/i.test(connectionString)) {
    const refuse = (): Promise<never> =>
      Promise.reject(
        new StoreError({
          code: "InvalidArgument",
          message:
            "set AZURE_STORAGE_CONNECTION_STRING to that of an account (with AccountName and AccountKey) for testing",
        }),
      );
    const target = { kind: "live", product: "Azure Blob Storage" } as const;
    return { name: plugin.name, version: plugin.version, target, start: refuse, open: refuse, reset: refuse };
  }
  const live = !/BlobEndpoint=http:/i.test(connectionString);
  return azureHarness({
    connectionString,
    account,
    target: live ? { kind: "live", product: "Azure Blob Storage" } : { kind: "emulator", product: "azurite" },
  });
}

const harness: Harness = harnessFromEnvironment();
export default harness;
