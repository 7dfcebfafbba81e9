import { createContainer, openStore } from "@stowage/core";
import type { CommonStoreOptions, ObjectStore, StoreOptionsByScheme } from "@stowage/core";
import { startAzurite } from "../../../tools/servers/index.mjs";
import type { AzureServer } from "../../../tools/servers/index.mjs";
import "../src/index.js";

export type AzureStoreSettings = StoreOptionsByScheme["az"] & CommonStoreOptions;

/** An Azurite of the test's own, and stores on containers of their own in it. */
export class Azurite implements AsyncDisposable {
  readonly server: AzureServer;
  #containers = 0;

  constructor(server: AzureServer) {
    this.server = server;
  }

  static async start(options: Parameters<typeof startAzurite>[0] = {}): Promise<Azurite> {
    return new Azurite(await startAzurite(options));
  }

  /** Credentials for the emulator's account. */
  get options(): AzureStoreSettings {
    return { connectionString: this.server.connectionString };
  }

  /** The URI of a container that nobody else uses, made. */
  async container(): Promise<string> {
    this.#containers += 1;
    const uri = `az://${this.server.account}/test-${this.#containers}`;
    await createContainer(uri, this.options);
    return uri;
  }

  async store(options: AzureStoreSettings = {}): Promise<ObjectStore> {
    return openStore(await this.container(), { ...this.options, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}
