import { IDLE_DRIVERS_MAX } from "../constants/transfer.js";
import type { StorePlugin } from "../driver/plugin.js";
import type { StoreDriver } from "../driver/driver.js";

/** Stores of one container with equal options share one driver, hence its sockets; it closes with the last of them. */
export interface DriverCache {
  /** With `keep`, the cache itself holds on to the driver until it is closed, or until too many others were used since. */
  acquire(
    plugin: StorePlugin,
    container: string,
    options: Readonly<Record<string, unknown>>,
    keep: boolean,
    open: () => Promise<StoreDriver>,
  ): Promise<{ readonly driver: StoreDriver; release(): Promise<void> }>;
  close(): Promise<void>;
}

interface Entry {
  readonly driver: Promise<StoreDriver>;
  holders: number;
  kept: boolean;
}

export function createDriverCache(): DriverCache {
  const entries = new Map<string, Entry>();
  const identities = new WeakMap<object, number>();
  let identityCount = 0;

  /** Options by value where they are plain, by identity where they are clients, functions or budgets. */
  const nameOf = (value: unknown): unknown => {
    if (typeof value === "function" || (typeof value === "object" && value !== null && !isPlain(value))) {
      const known = identities.get(value) ?? ++identityCount;
      identities.set(value, known);
      return { identity: known };
    }
    if (Array.isArray(value)) return value.map(nameOf);
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, inner]) => [name, nameOf(inner)]),
      );
    }
    return typeof value === "bigint" ? `${value}n` : value;
  };

  /** Entries are in order of their last use: each moves to the end when it is released. */
  const closeOldest = async (): Promise<void> => {
    const idle = [...entries].filter(([, entry]) => entry.holders === 0);
    for (const [name, entry] of idle.slice(0, Math.max(0, idle.length - IDLE_DRIVERS_MAX))) {
      entries.delete(name);
      await (await entry.driver).close();
    }
  };

  return {
    async acquire(plugin, container, options, keep, open) {
      const name = JSON.stringify([plugin.name, container, nameOf(options)]);
      let entry = entries.get(name);
      if (entry === undefined) {
        entry = { driver: open(), holders: 0, kept: false };
        entries.set(name, entry);
      }
      const held = entry;
      held.holders += 1;
      held.kept ||= keep;
      let driver: StoreDriver;
      try {
        driver = await held.driver;
      } catch (error) {
        if (entries.get(name) === held) entries.delete(name);
        throw error;
      }
      let released = false;
      return {
        driver,
        async release() {
          if (released) return;
          released = true;
          held.holders -= 1;
          if (held.holders > 0) return;
          if (entries.get(name) === held) entries.delete(name);
          if (!held.kept) return driver.close();
          entries.set(name, held);
          await closeOldest();
        },
      };
    },
    async close() {
      const kept = [...entries].filter(([, entry]) => entry.kept);
      for (const [name, entry] of kept) {
        entry.kept = false;
        if (entry.holders > 0) continue;
        entries.delete(name);
        // One that failed to open has nothing to close, and its opener knows.
        const driver = await entry.driver.catch(() => undefined);
        await driver?.close();
      }
    },
  };
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
