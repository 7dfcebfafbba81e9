import { S3_CREDENTIALS_REFRESH_MS, StoreError, redactedCause } from "@stowage/core";
import type { DriverTimeouts } from "@stowage/core";
import type { HttpTransport } from "@stowage/http";
import type { S3Client } from "@aws-sdk/client-s3";
import type { S3StoreOptions } from "../options.js";
import type { Credentials } from "../signing/credentials.js";
import type { Address } from "./address.js";
import { configureSdk } from "./sdk-client.js";
import type { SdkConfiguration, SdkModule } from "./sdk-client.js";

/** Everything that requests to one bucket share: where it is, who asks, what the clock says there. */
export class S3Connection {
  readonly bucket: string;
  readonly options: S3StoreOptions;
  readonly transport: HttpTransport;
  readonly timeouts: DriverTimeouts;
  #clockOffsetMs = 0;
  #configuration: SdkConfiguration;
  /** The service has refused the credentials that the SDK still takes for good. */
  #refused = false;
  #credentials: { readonly value: Credentials; readonly staleAt: number } | undefined;

  private constructor(
    bucket: string,
    options: S3StoreOptions,
    transport: HttpTransport,
    timeouts: DriverTimeouts,
    configuration: SdkConfiguration,
  ) {
    this.bucket = bucket;
    this.options = options;
    this.transport = transport;
    this.timeouts = timeouts;
    this.#configuration = configuration;
  }

  /** Reads the configuration; sends nothing. `bucket` is empty for what concerns no bucket. */
  static async open(
    bucket: string,
    options: S3StoreOptions,
    transport: HttpTransport,
    timeouts: DriverTimeouts,
  ): Promise<S3Connection> {
    const configuration = await configureSdk(bucket === "" ? undefined : bucket, options, transport, timeouts);
    return new S3Connection(bucket, options, transport, timeouts, configuration);
  }

  get address(): Address {
    return this.#configuration.address;
  }

  get service(): SdkConfiguration["service"] {
    return this.#configuration.service;
  }

  get region(): string {
    return this.#configuration.region;
  }

  get client(): S3Client {
    return this.#configuration.client;
  }

  get sdk(): SdkModule {
    return this.#configuration.module;
  }

  /** Milliseconds that the service's clock is ahead of ours; learnt from a refusal. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  /** A client of the user's learns the clock by itself, from every answer, or does not when its owner said so. */
  learnClock(offsetMs: number): void {
    this.#clockOffsetMs = offsetMs;
    if (this.#configuration.owned) this.client.config.systemClockOffset = offsetMs;
  }

  /** Does the data path serve this bucket, or the SDK? */
  get usesSdk(): boolean {
    return this.options.client !== undefined || this.options.transport === "sdk" || !this.address.plainSignature;
  }

  /** Credentials at hand and not about to expire. */
  currentCredentials(now: number): Credentials | undefined {
    return this.#credentials !== undefined && now < this.#credentials.staleAt ? this.#credentials.value : undefined;
  }

  /** Credentials from the SDK's chain, which renews them itself. Rejects with `Unauthenticated`. */
  async loadCredentials(): Promise<Credentials> {
    let identity;
    try {
      // The SDK keeps what it has until the expiration that came with it.
      identity = await this.client.config.credentials(this.#refused ? { forceRefresh: true } : {});
      this.#refused = false;
    } catch (error) {
      throw new StoreError({
        code: "Unauthenticated",
        message:
          "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, the options accessKeyId and " +
          `secretAccessKey, or anonymous: true (${error instanceof Error ? error.message : String(error)})`,
        cause: redactedCause(error),
        committed: false,
      });
    }
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = identity;
    const value: Credentials = { accessKeyId, secretAccessKey, sessionToken };
    const staleAt = expiration === undefined ? Infinity : expiration.getTime() - S3_CREDENTIALS_REFRESH_MS;
    this.#credentials = { value, staleAt };
    return value;
  }

  /** The service calls the credentials expired: the next request asks for new ones. */
  expireCredentials(): void {
    this.#credentials = undefined;
    this.#refused = true;
  }

  /** For requests that the SDK signs: has it new credentials in place of expired ones? */
  async renewCredentials(): Promise<void> {
    if (this.#refused) await this.loadCredentials();
  }

  /** The service says that the bucket is in another region: addresses and signatures change, credentials and host rules do not. */
  async learnRegion(region: string): Promise<void> {
    const bucket = this.bucket === "" ? undefined : this.bucket;
    const configuration = await configureSdk(bucket, this.options, this.transport, this.timeouts, region);
    if (this.#configuration.owned) this.#configuration.client.destroy();
    this.#configuration = configuration;
    this.learnClock(this.#clockOffsetMs);
  }

  async close(): Promise<void> {
    if (this.#configuration.owned) this.#configuration.client.destroy();
    await this.transport.close();
  }
}
