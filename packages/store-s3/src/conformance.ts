import { randomBytes } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import type { DriverHandle, FaultyStore, Harness, KnownFailure, SideDoor } from "@stowage/conformance-suite";
import { createStore, TRANSFER_DEFAULTS } from "@stowage/core";
import { NEW_BUCKET_PROBLEMS } from "./bucket-name.js";
import { S3Driver } from "./driver.js";
import { s3 } from "./index.js";
import { openConnection } from "./open-connection.js";
import type { S3StoreOptions } from "./options.js";
import { plugin } from "./plugin.js";
import { SERVICE_NAMES } from "./services.js";
import { formatS3Uri } from "./uri.js";

/** What the suite runs against. */
export interface S3HarnessSettings {
  /** A bucket that may be filled and emptied, below a prefix of the run's own. */
  readonly bucket: string;
  readonly options: S3StoreOptions;
  readonly target: Harness["target"];
  /** Options whose credentials may do nothing, and may only read and list. */
  readonly denied?: S3StoreOptions | undefined;
  readonly readOnly?: S3StoreOptions | undefined;
  /** A store on this prefix of the bucket, over a way that can be broken. */
  readonly faults?: ((prefix: string) => Promise<FaultyStore>) | undefined;
  readonly timing?: Harness["timing"];
  readonly knownFailures?: Readonly<Record<string, KnownFailure>> | undefined;
}

/** The suite on prefixes of one bucket, one a namespace. What bypasses the store is an SDK client of its own. */
export function s3Harness(settings: S3HarnessSettings): Harness {
  const { bucket, options, denied, readOnly, faults, timing, knownFailures } = settings;
  const run = `stowage-conformance-${randomBytes(4).toString("hex")}/`;
  const prefixOf = (namespace: string): string => `${run}${namespace}/`;
  const openAs = (own: S3StoreOptions): Harness["open"] => {
    return async (namespace, common) => await s3({ ...common, ...own, bucket, prefix: prefixOf(namespace) });
  };
  const handle = async (namespace: string): Promise<DriverHandle> => {
    const driver = new S3Driver(await openConnection(bucket, options, TRANSFER_DEFAULTS.timeouts));
    return { driver, plugin, container: bucket, prefix: prefixOf(namespace) };
  };
  let bypass: Promise<Bypass> | undefined;
  const aside = (): Promise<Bypass> => (bypass ??= Bypass.open(bucket, options));

  return {
    name: plugin.name,
    version: plugin.version,
    target: settings.target,
    async stop() {
      const opened = await bypass;
      bypass = undefined;
      await opened?.empty(run);
      await opened?.close();
    },
    open: openAs(options),
    reset: async (namespace) => await (await aside()).empty(prefixOf(namespace)),
    keyPrefix: prefixOf,
    driver: handle,
    async openMissingContainer() {
      const missing = `stowage-missing-${randomBytes(6).toString("hex")}`;
      const driver = new S3Driver(await openConnection(missing, options, TRANSFER_DEFAULTS.timeouts));
      return createStore(driver, { plugin, container: missing });
    },
    ...(denied === undefined ? {} : { openDenied: openAs(denied) }),
    ...(readOnly === undefined ? {} : { openReadOnly: openAs(readOnly) }),
    sideDoor: async (namespace) => (await aside()).sideDoor(prefixOf(namespace)),
    ...(faults === undefined ? {} : { faults: async (namespace: string) => await faults(prefixOf(namespace)) }),
    containers: {
      uri: (name) => formatS3Uri(name, ""),
      parentUri: "s3://",
      options,
      invalidNames: NEW_BUCKET_PROBLEMS,
    },
    ...(timing === undefined ? {} : { timing }),
    ...(knownFailures === undefined ? {} : { knownFailures }),
  };
}

/** The AWS SDK beside the store under test. */
class Bypass {
  readonly #client: S3Client;
  readonly #sdk: typeof import("@aws-sdk/client-s3");
  readonly #bucket: string;
  readonly #close: () => Promise<void>;

  private constructor(
    client: S3Client,
    sdk: typeof import("@aws-sdk/client-s3"),
    bucket: string,
    close: () => Promise<void>,
  ) {
    this.#client = client;
    this.#sdk = sdk;
    this.#bucket = bucket;
    this.#close = close;
  }

  static async open(bucket: string, options: S3StoreOptions): Promise<Bypass> {
    const connection = await openConnection(bucket, options, TRANSFER_DEFAULTS.timeouts);
    return new Bypass(connection.client, connection.sdk, bucket, () => connection.close());
  }

  async close(): Promise<void> {
    await this.#close();
  }

  /** Removes objects and unfinished uploads below `prefix`. */
  async empty(prefix: string): Promise<void> {
    for (const key of await this.#keys(prefix)) {
      await this.#client.send(new this.#sdk.DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
    }
    for (const { key, id } of await this.#uploads(prefix)) {
      await this.#client.send(
        new this.#sdk.AbortMultipartUploadCommand({ Bucket: this.#bucket, Key: key, UploadId: id }),
      );
    }
  }

  sideDoor(prefix: string): SideDoor {
    const client = this.#client;
    const at = (key: string): { Bucket: string; Key: string } => ({ Bucket: this.#bucket, Key: prefix + key });
    const uploads = async (): Promise<string[]> =>
      (await this.#uploads(prefix)).map(({ key, id }) => `upload ${id} of ${key}`);
    return {
      put: async (key, bytes) => {
        await client.send(new this.#sdk.PutObjectCommand({ ...at(key), Body: bytes }));
      },
      get: async (key) => {
        try {
          const { Body } = await client.send(new this.#sdk.GetObjectCommand(at(key)));
          return await Body?.transformToByteArray();
        } catch (error) {
          if (error instanceof this.#sdk.NoSuchKey) return undefined;
          throw error;
        }
      },
      listRaw: async () => [...(await this.#keys(prefix)).map((key) => key.slice(prefix.length)), ...(await uploads())],
      listLeftovers: uploads,
      listUploads: uploads,
    };
  }

  async #keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new this.#sdk.ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: prefix,
          EncodingType: "url",
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      for (const { Key: key } of page.Contents ?? [])
        if (key !== undefined) keys.push(decodeURIComponent(key.replaceAll("+", " ")));
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
    return keys;
  }

  async #uploads(prefix: string): Promise<{ key: string; id: string }[]> {
    try {
      const page = await this.#client.send(
        new this.#sdk.ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix }),
      );
      return (page.Uploads ?? []).flatMap(({ Key: key, UploadId: id }) =>
        key === undefined || id === undefined ? [] : [{ key, id }],
      );
    } catch (error) {
      // A service that cannot tell (501) leaves nothing to look at.
      if (error instanceof Error && "name" in error && error.name === "NotImplemented") return [];
      throw error;
    }
  }
}

/**
 * The harness of `stowage-conformance @stowage/store-s3`: the bucket that `STOWAGE_S3_BUCKET` names, reached as `AWS_*` says,
 * with the preset of `STOWAGE_S3_SERVICE`. `STOWAGE_S3_MAY_CREATE_BUCKETS=1` lets it make and remove buckets.
 */
const harness: Harness = s3Harness({
  bucket: process.env["STOWAGE_S3_BUCKET"] ?? "",
  options: {
    ...serviceOption(process.env["STOWAGE_S3_SERVICE"]),
    ...(process.env["STOWAGE_S3_MAY_CREATE_BUCKETS"] === "1" ? {} : { features: { createContainer: false } }),
  },
  target: { kind: "live", product: process.env["STOWAGE_S3_SERVICE"] ?? "s3" },
});

function serviceOption(name: string | undefined): S3StoreOptions {
  if (name === undefined) return {};
  const service = SERVICE_NAMES.find((known) => known === name);
  if (service === undefined) throw new TypeError(`STOWAGE_S3_SERVICE is one of ${SERVICE_NAMES.join(", ")}`);
  return { service };
}

export default harness;
