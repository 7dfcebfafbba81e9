import { openStore } from "@stowage/core";
import type { ObjectStore, StoreError } from "@stowage/core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { startFaultProxy } from "../../../tools/servers/index.mjs";
import { Azurite } from "./azurite.js";
import type { AzureStoreSettings } from "./azurite.js";

export const KIB = 1024;
export const BUSY = {
  status: 503,
  headers: { "x-ms-error-code": "ServerBusy", "retry-after": "0" },
  body: "<Error><Code>ServerBusy</Code><Message>The server is busy.</Message></Error>",
};
export const BROKEN = { status: 500, headers: { "x-ms-error-code": "InternalError" } };

/** Stores that reach one container through the proxy. */
export interface FaultyStores {
  readonly uri: string;
  /** Retries. */
  readonly store: ObjectStore;
  /** Does not, and is impatient. */
  readonly once: ObjectStore;
  /** What the two were opened with. */
  readonly storeOptions: AzureStoreSettings;
  readonly onceOptions: AzureStoreSettings;
  /** Past the proxy. */
  readonly direct: ObjectStore;
  readonly directOptions: AzureStoreSettings;
  close(): Promise<void>;
}

/** An Azurite, and a proxy on the way to it that makes things go wrong. */
class FaultRun implements AsyncDisposable {
  readonly azurite: Azurite;
  readonly proxy: Awaited<ReturnType<typeof startFaultProxy>>;

  constructor(azurite: Azurite, proxy: FaultRun["proxy"]) {
    this.azurite = azurite;
    this.proxy = proxy;
  }

  static async start(): Promise<FaultRun> {
    const azurite = await Azurite.start();
    return new FaultRun(azurite, await startFaultProxy({ target: azurite.server.origin }));
  }

  async stores(transport: "direct" | "sdk"): Promise<FaultyStores> {
    const uri = await this.azurite.container();
    const { account, accountKey } = this.azurite.server;
    const options = { accountKey, endpoint: `${this.proxy.endpoint}/${account}`, transport };
    const storeOptions = { ...options, retries: 3 };
    const onceOptions = { ...options, retries: 0, timeouts: { idle: 400 } };
    const directOptions = this.azurite.options;
    const store = await openStore(uri, storeOptions);
    const once = await openStore(uri, onceOptions);
    const direct = await openStore(uri, directOptions);
    const close = async (): Promise<void> => {
      await Promise.all([store, once, direct].map((one) => one.close()));
    };
    return { uri, store, once, direct, storeOptions, onceOptions, directOptions, close };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.stop();
    await this.azurite[Symbol.asyncDispose]();
  }
}

/** One for the tests of a file, from before the first to after the last; faults are forgotten after each. */
export function faultRunOfThisFile(): { readonly stores: FaultRun["stores"]; readonly proxy: FaultRun["proxy"] } {
  let run: FaultRun | undefined;
  const started = (): FaultRun => run ?? expect.unreachable("before the first test");
  beforeAll(async () => {
    run = await FaultRun.start();
  });
  afterEach(() => started().proxy.clear());
  afterAll(async () => run?.[Symbol.asyncDispose]());
  return {
    stores: (transport) => started().stores(transport),
    get proxy() {
      return started().proxy;
    },
  };
}

export async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  return promise.then(
    () => expect.unreachable(),
    (error: unknown) => error as StoreError,
  );
}
