import { forwardDriver } from "../instrument/forward.js";
import { alterReads, alterWrites, aMoment, bodyOf, collected, perNamespace } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, wrapStore } from "./wrap-store.js";

export const lostEffectMutants: readonly Mutant[] = defineMutants("lost effect", (define) => {
  define("del-noop", "delete resolves and does nothing", () => ({
    driver: (driver) =>
      forwardDriver(driver, { delete: async () => {}, deleteMany: async (keys) => keys.map(() => undefined) }),
  }));
  define("clear-noop", "deleteMany resolves and deletes nothing", () => ({
    driver: (driver) => forwardDriver(driver, { deleteMany: async (keys) => keys.map(() => undefined) }),
  }));
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

export const tornMutants: readonly Mutant[] = defineMutants("torn", (define) => {
  define("race-interleave", "two writes of one key at once store half of each", () => {
    const writing = perNamespace(() => new Map<string, Uint8Array>());
    return {
      driver: (driver, namespace) =>
        alterWrites(driver, async (key, bytes, _call, send) => {
          const other = writing(namespace).get(key);
          writing(namespace).set(key, bytes);
          await aMoment(1);
          const half = bytes.byteLength >> 1;
          const mixed =
            other === undefined || other.byteLength !== bytes.byteLength
              ? bytes
              : Buffer.concat([bytes.subarray(0, half), other.subarray(half)]);
          try {
            return await send(mixed);
          } finally {
            writing(namespace).delete(key);
          }
        }),
    };
  });
  define("write-in-two-steps", "half of the body shows before the rest", () => ({
    driver: (driver) =>
      alterWrites(driver, async (_key, bytes, call, send) => {
        if (bytes.byteLength < 10_000 || call.conditions !== undefined) return await send(bytes);
        await send(bytes.subarray(0, bytes.byteLength >> 1));
        await aMoment();
        return await send(bytes);
      }),
  }));
  define("overwrite-gap", "an overwrite deletes first", () => ({
    driver: (driver) =>
      alterWrites(driver, async (key, bytes, call, send) => {
        if (call.conditions !== undefined) return await send(bytes);
        await driver.delete(key, { ...call, conditions: undefined, versionId: undefined });
        await aMoment();
        return await send(bytes);
      }),
  }));
  define("stream-visible-early", "what a stream has brought shows as it comes", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (body.bytes !== undefined) return await driver.write(key, body, call);
          const pieces: Uint8Array[] = [];
          for await (const chunk of body.chunks()) {
            pieces.push(Uint8Array.from(chunk));
            await driver.write(key, bodyOf(Buffer.concat(pieces)), { ...call, onBytes: undefined });
          }
          return await driver.write(key, bodyOf(Buffer.concat(pieces)), call);
        },
      }),
  }));
  define("stream-failure-commits", "a source that fails commits what came before", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (body.bytes !== undefined) return await driver.write(key, body, call);
          const pieces: Uint8Array[] = [];
          try {
            for await (const chunk of body.chunks()) pieces.push(Uint8Array.from(chunk));
          } catch (error) {
            await driver.write(key, bodyOf(Buffer.concat(pieces)), { ...call, signal: undefined });
            throw error;
          }
          return await driver.write(key, bodyOf(Buffer.concat(pieces)), call);
        },
      }),
  }));
  define("stream-failure-deletes", "a source that fails loses the old object", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          try {
            return await driver.write(key, body, call);
          } catch (error) {
            await driver.delete(key, { ...call, conditions: undefined, versionId: undefined });
            throw error;
          }
        },
      }),
  }));
  define("stream-deletes-first", "a streamed write removes the old object when it begins", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (body.bytes === undefined && call.conditions === undefined) {
            await driver.delete(key, { ...call, conditions: undefined, versionId: undefined });
          }
          return await driver.write(key, body, call);
        },
      }),
  }));
  define("mixed-answers", "concurrent reads get each other's answers", () => ({
    store(store) {
      let waiting: { readonly answer: Promise<unknown>; readonly key: unknown } | undefined;
      return aroundStore(store, async (name, args, call) => {
        if (name !== "get" && name !== "stat") return await call(args);
        const before = waiting;
        const answer = call(args);
        answer.catch(() => {});
        waiting = { answer, key: args[0] };
        await aMoment(1);
        if (waiting.answer === answer) waiting = undefined;
        return await (before !== undefined && before.key !== args[0] ? before.answer : answer);
      });
    },
  }));
});

export const aliasingMutants: readonly Mutant[] = defineMutants("aliasing", (define) => {
  define("alias-input", "the caller's buffer is what is stored", () => {
    const kept = perNamespace(() => new Map<string, Uint8Array>());
    return {
      driver: (driver, namespace) =>
        alterReads(
          forwardDriver(driver, {
            async write(key, body, call) {
              if (body.bytes !== undefined) kept(namespace).set(key, body.bytes);
              return await driver.write(key, body, call);
            },
          }),
          (answer, key, range) => {
            const bytes = kept(namespace).get(key);
            return range !== undefined || bytes?.byteLength !== answer.bytes.byteLength
              ? answer
              : { ...answer, bytes: Uint8Array.from(bytes) };
          },
        ),
    };
  });
  define("alias-output", "what the caller does to its answer changes the object", () => ({
    store(store) {
      const given = new Map<string, Uint8Array>();
      return wrapStore(store, {
        async get(...[key, options]: Parameters<typeof store.get>) {
          const answer = await store.get(key, options);
          if (options?.range !== undefined) return answer;
          const known = given.get(answer.info.etag);
          if (known !== undefined) answer.bytes.set(known.subarray(0, answer.bytes.byteLength));
          given.set(answer.info.etag, answer.bytes);
          return answer;
        },
      });
    },
  }));
  define("subarray-whole-buffer", "a view is stored with the whole buffer behind it", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          store.put(key, ArrayBuffer.isView(body) ? Uint8Array.from(new Uint8Array(body.buffer)) : body, options),
      }),
  }));
  define("pooled-output", "answers are views into a pool", () => ({
    store: (store) =>
      wrapStore(store, {
        async get(...args: Parameters<typeof store.get>) {
          const { bytes, info, range } = await store.get(...args);
          const pool = new Uint8Array(bytes.byteLength + 64);
          pool.set(bytes, 32);
          const view = pool.subarray(32, 32 + bytes.byteLength);
          return { bytes: view, info, range, text: () => Buffer.from(view).toString() };
        },
      }),
  }));
  define("input-mutated", "the body is padded in the caller's buffer", () => ({
    store: (store) =>
      wrapStore(store, {
        async put(...[key, body, options]: Parameters<typeof store.put>) {
          const done = await store.put(key, body, options);
          if (body instanceof Uint8Array && body.byteLength > 0) body[body.byteLength - 1] = 0;
          return done;
        },
      }),
  }));
  define("options-mutated", "defaults are filled into the caller's options", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) => {
        const options = args.at(-1);
        if (
          args.length > 1 &&
          typeof options === "object" &&
          options !== null &&
          Object.getPrototypeOf(options) === Object.prototype
        ) {
          Object.assign(options, { retries: 3 });
        }
        return call(args);
      }),
  }));
  define("get-into-spills", "getInto writes one byte beyond the caller's view", () => ({
    store: (store) =>
      wrapStore(store, {
        async getInto(...[key, buffer, options]: Parameters<typeof store.getInto>) {
          const done = await store.getInto(key, buffer, options);
          const whole = new Uint8Array(buffer.buffer);
          const end = buffer.byteOffset + buffer.byteLength;
          if (end < whole.byteLength) whole[end] = 0;
          return done;
        },
      }),
  }));
  define("get-into-truncates", "getInto cuts an object to the caller's buffer", () => ({
    store: (store) =>
      wrapStore(store, {
        async getInto(...[key, buffer, options]: Parameters<typeof store.getInto>) {
          if (options?.range !== undefined || buffer.byteLength === 0) return await store.getInto(key, buffer, options);
          const { bytes, info, range } = await store.get(key, options);
          buffer.set(bytes.subarray(0, buffer.byteLength));
          return { bytesRead: Math.min(bytes.byteLength, buffer.byteLength), info, range };
        },
      }),
  }));
  define("metadata-alias", "the caller's metadata object is what is kept", () => {
    const kept = perNamespace(() => new Map<string, Readonly<Record<string, string>>>());
    return {
      store: (store) =>
        wrapStore(store, {
          async put(...[key, body, options]: Parameters<typeof store.put>) {
            const done = await store.put(key, body, options);
            if (options?.metadata !== undefined) kept("all").set(key, options.metadata);
            else kept("all").delete(key);
            return done;
          },
          async stat(...args: Parameters<typeof store.stat>) {
            const info = await store.stat(...args);
            const alias = kept("all").get(args[0]);
            return alias === undefined ? info : { ...info, metadata: alias };
          },
        }),
    };
  });
});
