import { forwardDriver } from "../instrument/forward.js";
import { alterReads, alterWrites, bodyOf, collected, perNamespace } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { wrapStore } from "./wrap-store.js";

/** Keys as a bulk request spells them: a key that is not there counts as deleted. */
const bulkSpellings: readonly (readonly [string, string, (key: string) => string])[] = [
  ["delete-many-trims", "deleteMany trims its keys", (key) => key.trim()],
  ["delete-many-escapes", "deleteMany escapes its keys for XML twice", (key) => key.replaceAll("&", "&amp;")],
  ["delete-many-one-a-line", "deleteMany sends one key a line", (key) => key.replace(/[\r\n].*$/s, "")],
];

export const lostEffectMutants: readonly Mutant[] = defineMutants("lost effect", (define) => {
  define("del-noop", "delete resolves and does nothing", () => ({
    driver: (driver) =>
      forwardDriver(driver, { delete: async () => {}, deleteMany: async (keys) => keys.map(() => undefined) }),
  }));
  define("clear-noop", "deleteMany resolves and deletes nothing", () => ({
    driver: (driver) => forwardDriver(driver, { deleteMany: async (keys) => keys.map(() => undefined) }),
  }));
  define("del-keeps-empty", "an empty object is not deleted", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async delete(key, call) {
          const there = await driver
            .stat(key, { ...call, conditions: undefined, versionId: undefined })
            .catch(() => undefined);
          if (there?.size !== 0) await driver.delete(key, call);
        },
      }),
  }));
  for (const [name, fault, spell] of bulkSpellings) {
    define(name, fault, () => ({
      driver(driver) {
        const { deleteMany } = forwardDriver(driver);
        return forwardDriver(driver, {
          ...(deleteMany && { deleteMany: (keys, call) => deleteMany(keys.map(spell), call) }),
        });
      },
    }));
  }
  define("put-create-only", "a put on an existing key keeps the old object", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          const there = await driver
            .stat(key, { ...call, conditions: undefined, versionId: undefined })
            .catch(() => undefined);
          if (there === undefined || call.conditions !== undefined) return await driver.write(key, body, call);
          const { byteLength } = await collected(body);
          return { size: byteLength, etag: there.etag };
        },
      }),
  }));
  define("put-noop-when-empty", "an empty body is not written", () => ({
    driver: (driver) =>
      alterWrites(driver, async (_key, bytes, _call, send) =>
        bytes.byteLength === 0 ? { size: 0, etag: "empty" } : send(bytes),
      ),
  }));
  define("put-skips-same-size", "a put of the size that is there is taken for no change", () => ({
    driver: (driver) =>
      alterWrites(driver, async (key, bytes, call, send) => {
        const there = await driver
          .stat(key, { ...call, conditions: undefined, versionId: undefined })
          .catch(() => undefined);
        return there?.size === bytes.byteLength ? { size: there.size, etag: there.etag } : send(bytes);
      }),
  }));
  define("has-always-true", "exists is true for everything", () => ({
    store: (store) => wrapStore(store, { exists: async () => true }),
  }));
  define("exists-by-prefix", "exists is true for a prefix", () => ({
    store: (store) =>
      wrapStore(store, {
        async exists(...[key, options]: Parameters<typeof store.exists>) {
          if (await store.exists(key, options)) return true;
          for await (const _ of store.list({ prefix: `${key}/` })) return true;
          return false;
        },
      }),
  }));
  define(
    "delete-many-first-batch",
    "deleteMany deletes the first thousand keys, of a short batch all but the last",
    () => ({
      store: (store) =>
        wrapStore(store, {
          async deleteMany(...[keys, options]: Parameters<typeof store.deleteMany>) {
            const done = await store.deleteMany(keys.slice(0, Math.min(1000, Math.max(1, keys.length - 1))), options);
            return keys.map((key, index) => done[index] ?? { key, ok: true });
          },
        }),
    }),
  );
  define("delete-many-unordered", "outcomes of deleteMany come sorted by key", () => ({
    store: (store) =>
      wrapStore(store, {
        deleteMany: async (...args: Parameters<typeof store.deleteMany>) =>
          (await store.deleteMany(...args)).toSorted((one, other) => (one.key < other.key ? -1 : 1)),
      }),
  }));
  define("delete-many-all-or-nothing", "one failing key fails the batch", () => ({
    store: (store) =>
      wrapStore(store, {
        async deleteMany(...args: Parameters<typeof store.deleteMany>) {
          const outcomes = await store.deleteMany(...args);
          for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
          return outcomes;
        },
      }),
  }));
  define("delete-many-hides-failures", "keys that could not be deleted are reported as deleted", () => ({
    store: (store) =>
      wrapStore(store, {
        deleteMany: async (...args: Parameters<typeof store.deleteMany>) =>
          (await store.deleteMany(...args)).map(({ key }) => ({ key, ok: true })),
        deletePrefix: async (...args: Parameters<typeof store.deletePrefix>) => ({
          ...(await store.deletePrefix(...args)),
          failed: [],
        }),
      }),
  }));
  define("delete-many-empty-is-all", "deleteMany of no keys deletes everything", () => ({
    store: (store) =>
      wrapStore(store, {
        async deleteMany(...[keys, options]: Parameters<typeof store.deleteMany>) {
          if (keys.length === 0) await store.deletePrefix("", { all: true });
          return await store.deleteMany(keys, options);
        },
      }),
  }));
  define("delete-prefix-as-directory", "deletePrefix takes its prefix for a directory", () => ({
    store: (store) =>
      wrapStore(store, {
        deletePrefix: (...[prefix, options]: Parameters<typeof store.deletePrefix>) =>
          store.deletePrefix(prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`, options),
      }),
  }));
  define("delete-prefix-first-page", "deletePrefix ends with the first page", () => ({
    store: (store) =>
      wrapStore(store, {
        async deletePrefix(...[prefix, options]: Parameters<typeof store.deletePrefix>) {
          for await (const page of store.list({ prefix }).pages({ pageSize: 1000 })) {
            if (prefix === "" || options?.signal?.aborted === true) return await store.deletePrefix(prefix, options);
            const done = await store.deleteMany(page.entries.flatMap((entry) => ("key" in entry ? [entry.key] : [])));
            return {
              deleted: done.filter(({ ok }) => ok).length,
              failed: done.flatMap((one) => (one.ok ? [] : [{ key: one.key, error: one.error }])),
            };
          }
          return await store.deletePrefix(prefix, options);
        },
      }),
  }));
  define("delete-prefix-empty-is-all", "deletePrefix of an empty prefix needs no confirmation", () => ({
    store: (store) =>
      wrapStore(store, {
        deletePrefix: (...[prefix, options]: Parameters<typeof store.deletePrefix>) =>
          store.deletePrefix(prefix, { ...options, all: true }),
      }),
  }));
  define("delete-prefix-missing-throws", "deletePrefix of a prefix without objects is NotFound", () => ({
    store: (store) =>
      wrapStore(store, {
        async deletePrefix(...[prefix, options]: Parameters<typeof store.deletePrefix>) {
          const done = await store.deletePrefix(prefix, options);
          if (done.deleted + done.failed.length === 0) await store.stat(prefix === "" ? "everything" : prefix);
          return done;
        },
      }),
  }));
  define("visible-late", "a put resolves before it shows", () => ({
    driver: (driver) =>
      alterWrites(driver, async (_key, bytes, call, send) => {
        if (call.conditions !== undefined) return await send(bytes);
        const etag = `late-${Math.random()}`;
        setTimeout(() => void send(bytes).catch(() => {}), 30).unref();
        return { size: bytes.byteLength, etag };
      }),
  }));
  define("deletes-return", "a delete is undone a moment later", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async delete(key, call) {
          const read = { ...call, conditions: undefined, versionId: undefined };
          const old = await driver.read(key, undefined, read).catch(() => undefined);
          await driver.delete(key, call);
          if (old === undefined || call.conditions !== undefined) return;
          const first = await old.chunks.next();
          const bytes = first.done === true ? new Uint8Array(0) : first.value;
          await driver.write(key, bodyOf(bytes), {
            ...call,
            conditions: undefined,
            attributes: old.info.attributes,
            onBytes: undefined,
          });
        },
      }),
  }));
  define("cache-of-reads", "an object once read is read from memory ever after", () => ({
    driver(driver) {
      const cached = new Map<string, Awaited<ReturnType<typeof driver.stat>> & { bytes: Uint8Array<ArrayBuffer> }>();
      return alterReads(driver, ({ info, range, bytes }, key, asked) => {
        const known = cached.get(key);
        if (asked !== undefined) return { info, range, bytes };
        if (known !== undefined)
          return { info: known, range: { offset: 0, length: known.bytes.byteLength }, bytes: known.bytes.slice() };
        cached.set(key, { ...info, bytes: bytes.slice() });
        return { info, range, bytes };
      });
    },
  }));
  define("negative-cache", "a miss is remembered by the handle", () => ({
    driver(driver) {
      const missing = new Map<string, unknown>();
      const remembering = async <Value>(key: string, run: () => Promise<Value>): Promise<Value> => {
        const known = missing.get(key);
        if (known !== undefined) throw known;
        try {
          return await run();
        } catch (error) {
          missing.set(key, error);
          throw error;
        }
      };
      return forwardDriver(driver, { stat: (key, call) => remembering(key, () => driver.stat(key, call)) });
    },
  }));
  define("handle-keeps-data", "small objects stay in the handle that wrote them", () => ({
    driver(driver, namespace) {
      const own = `handle-${namespace}-${Math.random().toString(36).slice(2)}-`;
      return forwardDriver(driver, {
        write: (key, body, call) =>
          key === "a" && body.size !== undefined && body.size < 30
            ? driver.write(own + key, body, call)
            : driver.write(key, body, call),
      });
    },
  }));
  define("data-goes-with-close", "closing a handle removes what it wrote", () => {
    const written = perNamespace(() => new Set<string>());
    return {
      driver: (driver, namespace) =>
        forwardDriver(driver, {
          async write(key, body, call) {
            const done = await driver.write(key, body, call);
            written(namespace).add(key);
            return done;
          },
          async close() {
            for (const key of written(namespace)) {
              await driver
                .delete(key, {
                  signal: undefined,
                  timeouts: { connect: undefined, idle: undefined },
                  native: undefined,
                  conditions: undefined,
                  versionId: undefined,
                })
                .catch(() => {});
            }
            await driver.close();
          },
        }),
    };
  });
  define("bulk-read-unordered", "outcomes of getMany come in the order of the keys' names", () => ({
    store: (store) =>
      wrapStore(store, {
        getMany: async (...args: Parameters<typeof store.getMany>) =>
          (await store.getMany(...args)).toSorted((one, other) => (one.key < other.key ? -1 : 1)),
      }),
  }));
  define("bulk-read-fails-whole", "one missing key fails getMany", () => ({
    store: (store) =>
      wrapStore(store, {
        async getMany(...args: Parameters<typeof store.getMany>) {
          const outcomes = await store.getMany(...args);
          for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
          return outcomes;
        },
      }),
  }));
  define("arena-overlaps", "results in the caller's arena all begin at its start", () => ({
    store: (store) =>
      wrapStore(store, {
        async getMany(...[keys, options]: Parameters<typeof store.getMany>) {
          const outcomes = await store.getMany(keys, options);
          const { arena } = options ?? {};
          if (arena === undefined) return outcomes;
          for (const one of outcomes) if (one.ok) arena.set(one.value.bytes.subarray(0, arena.byteLength));
          return outcomes.map((one) =>
            one.ok ? { ...one, value: { ...one.value, bytes: arena.subarray(0, one.value.info.size) } } : one,
          );
        },
      }),
  }));
  define("reset-noop", "the harness empties nothing", () => ({
    harness: (harness) => ({ ...harness, reset: async () => {} }),
  }));
  define("one-namespace", "all namespaces are one", () => ({
    harness: (harness) => ({
      ...harness,
      open: (namespace, options) => harness.open(namespace.replace(/-other$/, ""), options),
    }),
  }));
});
