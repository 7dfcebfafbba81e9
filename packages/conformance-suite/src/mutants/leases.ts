import type { Lease, ObjectStore } from "@stowage/core";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { wrapStore } from "./wrap-store.js";

type Arguments = Parameters<ObjectStore["getLease"]>;

/** A store whose leases are what `change` makes of them. */
const altered = (
  store: ObjectStore,
  change: (lease: Lease, ...args: Arguments) => Lease | Promise<Lease>,
): ObjectStore =>
  wrapStore(store, {
    getLease: async (...args: Arguments) => change(await store.getLease(...args), ...args),
  });

/** The lease with other bytes, which its release leaves alone; `read` is asked anew every time. */
function showing(lease: Lease, read: () => Lease["bytes"], release = (): void => lease.release()): Lease {
  return {
    info: lease.info,
    range: lease.range,
    get bytes() {
      return read();
    },
    text: () => Buffer.from(read()).toString("utf8"),
    release,
    [Symbol.dispose]: release,
  };
}

const padded = (bytes: Uint8Array): Lease["bytes"] => {
  const block = new Uint8Array(Math.max(1, Math.ceil(bytes.byteLength / 4096)) * 4096);
  block.set(bytes);
  return block;
};

export const leaseMutants: readonly Mutant[] = defineMutants("aliasing", (define) => {
  define("lease-never-ends", "the bytes of a lease stay readable after its release", () => ({
    store: (store) =>
      altered(store, (lease) => {
        const bytes = lease.bytes;
        return showing(
          lease,
          () => bytes,
          () => {},
        );
      }),
  }));
  define("lease-shows-views", "what was taken of a lease stays readable after its release", () => ({
    store: (store) =>
      altered(store, (lease) => {
        let bytes = Uint8Array.from(lease.bytes);
        return showing(
          lease,
          () => bytes,
          () => {
            bytes = new Uint8Array(0);
          },
        );
      }),
  }));
  define("lease-padded", "a lease is as long as the pages that were read", () => ({
    store: (store) =>
      altered(store, (lease) => {
        const bytes = padded(lease.bytes);
        return showing(lease, () => (lease.bytes.byteLength > 0 || lease.info.size === 0 ? bytes : lease.bytes));
      }),
  }));
  define("lease-range-ignored", "a lease is of the whole object, whatever range is asked", () => ({
    store: (store) =>
      wrapStore(store, {
        getLease: (...[key, options]: Arguments) => store.getLease(key, { ...options, range: undefined }),
      }),
  }));
  define("lease-conditions-ignored", "conditions do not hold for leases", () => ({
    store: (store) =>
      wrapStore(store, {
        getLease: (...[key, options]: Arguments) =>
          store.getLease(key, { ...options, ifMatch: undefined, ifNoneMatch: undefined }),
      }),
  }));
  define("lease-shared", "leases of one object are one memory", () => ({
    store(store) {
      const lent = new Map<string, Lease["bytes"]>();
      return altered(store, (lease, key, options) => {
        if (options?.range !== undefined) return lease;
        const id = `${key} ${lease.info.etag}`;
        const bytes = lent.get(id);
        if (bytes !== undefined && bytes.byteLength > 0) return showing(lease, () => bytes);
        lent.set(id, lease.bytes);
        return lease;
      });
    },
  }));
  define("lease-follows-object", "a lease shows what its object has become", () => ({
    store(store) {
      const changed = new Set<string>();
      const changing = (name: "put" | "delete") => ({
        [name]: (key: string, ...rest: readonly unknown[]) => {
          changed.add(key);
          return Reflect.apply(store[name], store, [key, ...rest]);
        },
      });
      const following = altered(store, (lease, key) => {
        changed.delete(key);
        return showing(lease, () => (changed.has(key) ? new Uint8Array(0) : lease.bytes));
      });
      return wrapStore(following, { ...changing("put"), ...changing("delete") });
    },
  }));
  define("lease-lent-again", "memory given back is lent to two at once", () => ({
    store(store) {
      const free: Lease["bytes"][] = [];
      return altered(store, (lease, _key, options) => {
        if (options?.range !== undefined) return lease;
        const size = lease.bytes.byteLength;
        const old = free.find((bytes) => bytes.byteLength >= size);
        const bytes = old?.subarray(0, size) ?? Uint8Array.from(lease.bytes);
        bytes.set(lease.bytes);
        lease.release();
        let shown: Lease["bytes"] = bytes;
        return showing(
          lease,
          () => shown,
          () => {
            free.push(bytes);
            shown = new Uint8Array(0);
          },
        );
      });
    },
  }));
  define("lease-release-hits-neighbour", "the release of a lease clears the memory of another", () => ({
    store(store) {
      const lent = new Set<Lease>();
      return altered(store, (lease) => {
        lent.add(lease);
        const release = (): void => {
          lent.delete(lease);
          lease.release();
          for (const other of lent) other.bytes.fill(0);
        };
        return showing(lease, () => lease.bytes, release);
      });
    },
  }));
  define("lease-text-latin1", "the text of a lease is read as Latin-1", () => ({
    store: (store) =>
      altered(store, (lease) => {
        const shown = showing(lease, () => lease.bytes);
        return Object.defineProperty(shown, "text", { value: () => Buffer.from(lease.bytes).toString("latin1") });
      }),
  }));
});
