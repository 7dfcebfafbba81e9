import { createStore } from "../../src/index.js";
import type { CreateStoreOptions, Environment, ObjectStore, StoreErrorCode } from "../../src/index.js";
import { StoreError } from "../../src/index.js";
import { scripted } from "./scripted-driver.js";
import type { Scripted, ScriptedOptions } from "./scripted-driver.js";

/** A clock that never waits, and chance that is always one half. */
export interface TestEnvironment extends Environment {
  readonly sleeps: number[];
}

export function testEnvironment(): TestEnvironment {
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => 0,
    random: () => 0.5,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
    },
  };
}

export const testPlugin: CreateStoreOptions["plugin"] = {
  name: "scripted",
  schemes: ["test"],
  format: (container, key) => `test://${container}/${key}`,
};

/** A store over a scripted driver, with the driver's script and the clock at hand. */
export function scriptedStore(
  options: Partial<CreateStoreOptions> = {},
  driver: ScriptedOptions = {},
): { readonly store: ObjectStore; readonly script: Scripted; readonly environment: TestEnvironment } {
  const script = scripted(driver);
  const environment = testEnvironment();
  const store = createStore(script.driver, { plugin: testPlugin, container: "box", environment, ...options });
  return { store, script, environment };
}

export function failure(code: StoreErrorCode, details: object = {}): StoreError {
  return new StoreError({ code, message: `scripted ${code}`, ...details });
}

export function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

/** Resolves once everything that is due now has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A signal that counts the listeners on it. */
export function countedSignal(): { readonly controller: AbortController; listeners(): number } {
  const controller = new AbortController();
  let count = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  const known = new Set<unknown>();
  signal.addEventListener = (type: string, listener: unknown, options?: unknown): void => {
    known.add(listener);
    count += 1;
    Reflect.apply(add, signal, [type, listener, options]);
  };
  signal.removeEventListener = (type: string, listener: unknown): void => {
    if (known.delete(listener)) count -= 1;
    Reflect.apply(remove, signal, [type, listener]);
  };
  // Ours listen once: an abort removes them all.
  return { controller, listeners: () => (signal.aborted ? 0 : count) };
}
