import type { Capabilities, Feature } from "../driver/capabilities.js";
import type { StoreDriver } from "../driver/driver.js";
import { StoreError } from "../errors/index.js";
import { checkKeyLimits, checkPortableKey, checkServiceKey } from "../keys/key-rules.js";
import type { Environment } from "../retry/environment.js";
import type { RetryTokens } from "../retry/retry-tokens.js";
import type { Budget } from "../transfer/budget.js";
import type { TransferSettings } from "./settings.js";

/** What the operations of one store share. */
export interface StoreContext {
  readonly driver: StoreDriver;
  readonly scheme: string;
  /** npm name of the plugin: two stores of one plugin may copy within their service. */
  readonly plugin: string;
  /** In the plugin's canonical spelling. */
  readonly container: string;
  readonly capabilities: Capabilities;
  readonly transfer: TransferSettings;
  readonly budget: Budget | undefined;
  readonly keyRules: "portable" | "service";
  /** What a store opened at a prefix adds to each key; its length counts towards the key's limit. */
  readonly prefix: string;
  readonly environment: Environment;
  readonly retryTokens: RetryTokens;
  readonly life: StoreLife;
  uriOf(key: string): string;
}

/** Tells open from closed, and lets `close` wait for what is in flight; shared by a store and its prefix views. */
export class StoreLife {
  closed = false;
  /** Streams handed out and not yet finished; `close` ends them. */
  readonly streams: Set<(reason: unknown) => Promise<void>> = new Set();
  #inFlight = 0;
  #waiting: (() => void)[] = [];

  enter(): void {
    this.#inFlight += 1;
  }

  leave(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0 || this.#waiting.length === 0) return;
    for (const resume of this.#waiting) resume();
    this.#waiting = [];
  }

  /** Resolves when nothing is in flight. */
  async idle(): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

/** Validates a key against the portable rules and this store's own; throws `InvalidKey`. */
export function checkKey(context: StoreContext, key: unknown): asserts key is string {
  if (context.keyRules === "service") {
    checkServiceKey(key);
    if (context.prefix !== "") checkServiceKey(context.prefix + key);
    return;
  }
  checkPortableKey(key);
  if (context.prefix !== "") checkPortableKey(context.prefix + key);
  checkKeyLimits(key, context.capabilities.keys);
}

/** Throws `Unsupported` naming the capability. */
export function requireFeature(context: StoreContext, feature: Feature, what: string): void {
  if (context.capabilities[feature] !== "unsupported") return;
  throw new StoreError({
    code: "Unsupported",
    message: `${context.scheme}:// does not support ${what} here (capability ${feature}); see store.capabilities`,
    capability: feature,
  });
}
