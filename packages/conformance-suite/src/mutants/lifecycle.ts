import { openSync } from "node:fs";
import { StoreError } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, optionsOf, withOptions, wrapStore } from "./wrap-store.js";

function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  const signal =
    optionsOf(args)?.["signal"] ??
    (args.length === 1 && typeof args[0] === "object" && args[0] !== null && "signal" in args[0]
      ? args[0].signal
      : undefined);
  return signal instanceof AbortSignal ? signal : undefined;
}

const withoutSignal = (args: readonly unknown[]): readonly unknown[] =>
  withOptions(args, ({ signal: _, ...options }) => options).map((arg, index) =>
    index === 0 && args.length === 1 && typeof arg === "object" && arg !== null && "signal" in arg ? {} : arg,
  );

/** Listings whose options go through `change`. */
function relist(
  store: ObjectStore,
  change: (options: Parameters<ObjectStore["list"]>[0]) => Parameters<ObjectStore["list"]>[0],
): ObjectStore {
  return wrapStore(store, { list: (...[options]: Parameters<typeof store.list>) => store.list(change(options)) });
}

export const cancelMutants: readonly Mutant[] = defineMutants("cancel", (define) => {
  define("signal-ignored", "signals are not looked at", () => ({
    store: (store) =>
      wrapStore(
        relist(
          aroundStore(store, (_name, args, call) => call(withoutSignal(args))),
          (options) => ({ ...options, signal: undefined }),
        ),
        {
          createWriter: (...[key, options]: Parameters<typeof store.createWriter>) =>
            store.createWriter(key, { ...options, signal: undefined }),
        },
      ),
  }));
  define("signal-looked-at-once", "a signal that aborts later is not seen", () => ({
    store: (store) =>
      relist(
        aroundStore(store, (_name, args, call) => call(signalOf(args)?.aborted === true ? args : withoutSignal(args))),
        (options) => (options?.signal?.aborted === true ? options : { ...options, signal: undefined }),
      ),
  }));
  define("writer-signal-ignored", "a writer does not look at its signal", () => ({
    store: (store) =>
      wrapStore(store, {
        createWriter: (...[key, options]: Parameters<typeof store.createWriter>) =>
          store.createWriter(key, { ...options, signal: undefined }),
      }),
  }));
  define("list-signal-ignored", "a listing does not look at its signal", () => ({
    store: (store) => relist(store, (options) => ({ ...options, signal: undefined })),
  }));
  define("reason-wrapped", "the reason of an abort is wrapped", () => ({
    store: (store) =>
      aroundStore(store, async (_name, args, call) => {
        try {
          return await call(args);
        } catch (error) {
          if (signalOf(args)?.aborted === true)
            throw new StoreError({ code: "Internal", message: "aborted", cause: error });
          throw error;
        }
      }),
  }));
  define("reason-always-abort-error", "every abort rejects with a fresh AbortError", () => ({
    store: (store) =>
      aroundStore(store, async (_name, args, call) => {
        try {
          return await call(args);
        } catch (error) {
          if (signalOf(args)?.aborted === true) throw new DOMException("aborted", "AbortError");
          throw error;
        }
      }),
  }));
  define("pre-aborted-does-io", "an aborted call looks at the store first", () => ({
    store: (store) =>
      aroundStore(store, async (name, args, call) => {
        if (signalOf(args)?.aborted === true && name !== "exists") await store.exists("a").catch(() => {});
        return await call(args);
      }),
  }));
  define("aborted-write-goes-on", "an aborted write rejects, and is made all the same", () => ({
    store: (store) =>
      aroundStore(store, async (name, args, call) => {
        const signal = signalOf(args);
        if (signal?.aborted !== true || !/^(?:put|delete|deleteMany|deletePrefix|copy|rename)$/.test(name))
          return await call(args);
        await call(withoutSignal(args)).catch(() => {});
        throw signal.reason;
      }),
  }));
  define("abort-commits", "an aborted put or writer commits what it has", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (body.bytes !== undefined) return await driver.write(key, body, call);
          async function* untilFailure(): AsyncGenerator<Uint8Array> {
            try {
              for await (const chunk of body.chunks()) yield chunk;
            } catch {
              return;
            }
          }
          return await driver.write(
            key,
            { ...body, size: undefined, chunks: untilFailure },
            { ...call, signal: undefined },
          );
        },
      }),
  }));
  define("writer-dispose-commits", "disposing a writer closes it", () => ({
    store: (store) =>
      wrapStore(store, {
        createWriter(...args: Parameters<typeof store.createWriter>) {
          const writer = store.createWriter(...args);
          return { ...writer, [Symbol.asyncDispose]: async () => void (await writer.close()) };
        },
      }),
  }));
  define("writer-abort-closes", "aborting a writer closes it", () => ({
    store: (store) =>
      wrapStore(store, {
        createWriter(...args: Parameters<typeof store.createWriter>) {
          const writer = store.createWriter(...args);
          return {
            ...writer,
            abort: async () => void (await writer.close()),
            writable: new WritableStream({
              write: writer.write,
              close: async () => void (await writer.close()),
              abort: async () => void (await writer.close()),
            }),
          };
        },
      }),
  }));
  define("writer-abort-once", "a second abort of a writer fails, and a closed one takes more", () => ({
    store: (store) =>
      wrapStore(store, {
        createWriter(...args: Parameters<typeof store.createWriter>) {
          const writer = store.createWriter(...args);
          let ended = false;
          return {
            ...writer,
            async write(chunk: Parameters<typeof writer.write>[0]) {
              if (!ended) await writer.write(chunk);
            },
            async close() {
              ended = true;
              return await writer.close();
            },
            async abort() {
              if (ended) throw new StoreError({ code: "Closed", message: "aborted already" });
              ended = true;
              await writer.abort();
            },
          };
        },
      }),
  }));
  define("writer-close-again-empties", "a second close of a writer writes an empty object", () => ({
    store: (store) =>
      wrapStore(store, {
        createWriter(...[key, options]: Parameters<typeof store.createWriter>) {
          const writer = store.createWriter(key, options);
          let closed = false;
          return {
            ...writer,
            async close() {
              if (closed) return await store.put(key, "");
              closed = true;
              return await writer.close();
            },
          };
        },
      }),
  }));
  define("writer-empty-writes-nothing", "a writer closed without a write makes no object", () => ({
    store: (store) =>
      wrapStore(store, {
        createWriter(...[key, options]: Parameters<typeof store.createWriter>) {
          const writer = store.createWriter(key, options);
          let bytes = 0;
          return {
            ...writer,
            async write(chunk: Parameters<typeof writer.write>[0]) {
              bytes += 1;
              await writer.write(chunk);
            },
            async close() {
              if (bytes > 0) return await writer.close();
              await writer.abort();
              return { key, size: 0, etag: "" };
            },
          };
        },
      }),
  }));
  define("writer-pipe-not-closed", "a pipe into a writer ends without its last chunk", () => ({
    store: (store) =>
      wrapStore(store, {
        createWriter(...args: Parameters<typeof store.createWriter>) {
          const writer = store.createWriter(...args);
          let held: Parameters<typeof writer.write>[0] | undefined;
          return {
            ...writer,
            writable: new WritableStream<Parameters<typeof writer.write>[0]>({
              async write(chunk) {
                if (held !== undefined) await writer.write(held);
                held = chunk;
              },
              close: async () => void (await writer.close()),
              abort: writer.abort,
            }),
          };
        },
      }),
  }));
  define("siblings-aborted", "one aborted call fails those beside it", () => ({
    store(store) {
      let shared = new AbortController();
      return aroundStore(store, async (name, args, call) => {
        const signal = signalOf(args);
        if (name !== "get" || signal === undefined) return await call(args);
        if (shared.signal.aborted) shared = new AbortController();
        const mine = shared;
        const onAbort = (): void => mine.abort(signal.reason);
        signal.addEventListener("abort", onAbort);
        try {
          return await call(withOptions(args, (options) => ({ ...options, signal: mine.signal })));
        } finally {
          signal.removeEventListener("abort", onAbort);
        }
      });
    },
  }));
  define("late-abort-undoes", "an abort after the end deletes what was put", () => ({
    store: (store) =>
      wrapStore(store, {
        async put(...[key, body, options]: Parameters<typeof store.put>) {
          const done = await store.put(key, body, options);
          const { signal } = options ?? {};
          const undo = (): void => void store.delete(key).catch(() => {});
          signal?.addEventListener("abort", undo, { once: true });
          setTimeout(() => signal?.removeEventListener("abort", undo), 1).unref();
          return done;
        },
      }),
  }));
  define("aborted-tried-again", "an aborted read is tried again", () => ({
    store: (store) =>
      aroundStore(store, async (name, args, call) => {
        try {
          return await call(args);
        } catch (error) {
          if (name === "get" && signalOf(args)?.aborted === true) await call(withoutSignal(args)).catch(() => {});
          throw error;
        }
      }),
  }));
  define("stream-abort-ends", "an aborted stream ends as if complete", () => ({
    store: (store) =>
      wrapStore(store, {
        async getStream(...[key, options]: Parameters<typeof store.getStream>) {
          const answer = await store.getStream(key, options);
          const reader = answer.stream.getReader();
          const stream = new ReadableStream<Uint8Array>(
            {
              async pull(controller) {
                const { done, value } = await reader.read().catch(() => ({ done: true as const, value: undefined }));
                if (done) controller.close();
                else controller.enqueue(value);
              },
              cancel: (reason) => reader.cancel(reason),
            },
            { highWaterMark: 0 },
          );
          return { ...answer, stream, [Symbol.asyncDispose]: () => answer[Symbol.asyncDispose]() };
        },
      }),
  }));
});

export const leakMutants: readonly Mutant[] = defineMutants("leak", (define) => {
  define("listener-leak", "each call leaves a listener on its signal", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) => {
        signalOf(args)?.addEventListener("abort", () => {});
        return call(args);
      }),
  }));
  define("descriptor-leak", "each read leaves a file open", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async stat(key, call) {
          openSync(process.execPath, "r");
          return await driver.stat(key, call);
        },
      }),
  }));
  define("timer-leak", "each open store keeps a timer", () => ({
    driver: (driver) => {
      let running = false;
      return forwardDriver(driver, {
        async write(key, body, call) {
          if (!running) setTimeout(() => {}, 3000);
          running = true;
          return await driver.write(key, body, call);
        },
      });
    },
  }));
  define("rejection-leak", "failures reject once more where nobody listens", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) => {
        const answer = call(args);
        void answer.then(() => {});
        return answer;
      }),
  }));
  define("source-not-released", "the source of a refused body is left open", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          store.put(key, held(body) as typeof body, options),
      }),
  }));
  define("upload-left-by-failed-put", "parts of a put that fails stay", () => ({
    driver(driver) {
      const { multipart } = forwardDriver(driver);
      return forwardDriver(driver, { ...(multipart && { multipart: { ...multipart, abort: async () => {} } }) });
    },
  }));
  define("unread-stream-holds-store", "a stream that nobody reads blocks the next after two hundred", () => {
    let open = 0;
    return {
      store: (store) =>
        wrapStore(store, {
          async getStream(...args: Parameters<typeof store.getStream>) {
            open += 1;
            if (open > 19) {
              open = 0;
              throw new StoreError({ code: "Unavailable", message: "no connection is free" });
            }
            return await store.getStream(...args);
          },
        }),
    };
  });
  define("five-hundred-at-once-fail", "more than 256 operations at once fail", () => {
    let running = 0;
    return {
      driver(driver) {
        const { readBytes } = forwardDriver(driver);
        return forwardDriver(driver, {
          ...(readBytes && {
            async readBytes(...args) {
              running += 1;
              try {
                await new Promise((resolve) => setImmediate(resolve));
                if (running > 256) throw new StoreError({ code: "Unavailable", message: "EMFILE", retryable: false });
                return await readBytes(...args);
              } finally {
                running -= 1;
              }
            },
          }),
        });
      },
    };
  });
});

/** An iterable that swallows `return`. */
function held(body: unknown): unknown {
  if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body)) return body;
  const iterable = body as AsyncIterable<Uint8Array>;
  return { [Symbol.asyncIterator]: () => withoutReturn(iterable[Symbol.asyncIterator]()) };
}

function withoutReturn(iterator: AsyncIterator<Uint8Array>): AsyncIterator<Uint8Array> {
  return { next: () => iterator.next() };
}

const frozenAway = (store: ObjectStore, change: (capabilities: ObjectStore["capabilities"]) => object): ObjectStore =>
  wrapStore(store, { capabilities: change(store.capabilities) });

export const lieMutants: readonly Mutant[] = defineMutants("lie", (define) => {
  define("manifest-drift", "each handle has other capabilities", () => {
    let handles = 0;
    return {
      store: (store) =>
        frozenAway(store, (capabilities) => deepFreeze({ ...capabilities, notes: { handle: (handles += 1) } })),
    };
  });
  define("manifest-mutable", "the capabilities can be changed", () => ({
    store: (store) => frozenAway(store, (capabilities) => ({ ...capabilities })),
  }));
  define("manifest-incomplete", "a capability is missing", () => ({
    store: (store) => frozenAway(store, ({ rename: _, ...rest }) => Object.freeze(rest)),
  }));
  define("manifest-limits", "the smallest part is above the largest", () => ({
    store: (store) =>
      frozenAway(store, (capabilities) =>
        deepFreeze({ ...capabilities, limits: { ...capabilities.limits, partBytesMin: 5000, partBytesMax: 4000 } }),
      ),
  }));
  define("method-missing", "a method that cannot be offered is undefined", () => ({
    store: (store) => wrapStore(store, { cleanup: undefined }),
  }));
  define("result-key-wrong", "put tells another key", () => ({
    store: (store) =>
      wrapStore(store, {
        put: async (...args: Parameters<typeof store.put>) => ({ ...(await store.put(...args)), key: `/${args[0]}` }),
      }),
  }));
  define("result-size-text", "put tells its size as text", () => ({
    store: (store) =>
      wrapStore(store, {
        put: async (...args: Parameters<typeof store.put>) => ({ ...(await store.put(...args)), size: "5" }),
      }),
  }));
  define("info-without-key", "what is read does not tell its key", () => ({
    store: (store) =>
      wrapStore(store, {
        async get(...args: Parameters<typeof store.get>) {
          const { bytes, info, range } = await store.get(...args);
          return { bytes, info: { ...info, key: "" }, range, text: () => Buffer.from(bytes).toString() };
        },
        stat: async (...args: Parameters<typeof store.stat>) => ({ ...(await store.stat(...args)), key: "" }),
      }),
  }));
  define("uri-of-other-container", "uri and uriOf tell another place", () => ({
    store: (store) => wrapStore(store, { uri: "nowhere:else", uriOf: (key: string) => `nowhere://else/${key}` }),
  }));
  define("prefix-view-escapes", "a prefix view deletes, and lists, outside its prefix", () => ({
    store: (store) =>
      wrapStore(store, {
        withPrefix(prefix: string) {
          const view = store.withPrefix(prefix);
          return wrapStore(view, { delete: store.delete.bind(store), list: store.list.bind(store) });
        },
      }),
  }));
  define("prefix-view-unstripped", "errors of a prefix view name whole keys", () => ({
    store: (store) =>
      wrapStore(store, {
        withPrefix(prefix: string) {
          const view = store.withPrefix(prefix);
          return wrapStore(view, {
            get: (...args: Parameters<typeof view.get>) =>
              view.get(...args).catch((error: unknown) => {
                throw error instanceof StoreError ? error.with({ key: prefix + args[0] }) : error;
              }),
          });
        },
      }),
  }));
  define("prefix-view-joins-with-url", "a prefix view resolves '..' in keys", () => ({
    store: (store) =>
      wrapStore(store, {
        withPrefix: (prefix: string) =>
          wrapStore(store, {
            get: (...[key, options]: Parameters<typeof store.get>) =>
              store.get(new URL(key, `x://x/${prefix}`).pathname.slice(1), options),
            put: (...[key, body, options]: Parameters<typeof store.put>) =>
              store.put(new URL(key, `x://x/${prefix}`).pathname.slice(1), body, options),
          }),
      }),
  }));
  define("close-noop", "a closed store works on", () => ({
    store: (store) => wrapStore(store, { close: async () => {}, [Symbol.asyncDispose]: async () => {} }),
  }));
  define("close-twice-fails", "a second close fails", () => ({
    store(store) {
      let closed = 0;
      return wrapStore(store, {
        async close() {
          closed += 1;
          await store.close();
          if (closed === 2) throw new StoreError({ code: "Closed", message: "closed already" });
        },
      });
    },
  }));
  define("close-does-not-wait", "close cuts off what is in flight, and it fails as internal", () => ({
    store(store) {
      let closing = false;
      return wrapStore(store, {
        close() {
          closing = true;
          return store.close();
        },
        async put(...args: Parameters<typeof store.put>) {
          const done = await store.put(...args);
          if (closing) throw new StoreError({ code: "Internal", message: "socket hang up" });
          return done;
        },
      });
    },
  }));
  define("close-ends-streams", "an open stream ends as if complete when its store closes", () => ({
    store(store) {
      const open = new Set<ReadableStreamDefaultController<Uint8Array>>();
      return wrapStore(store, {
        async close() {
          for (const controller of open) controller.close();
          open.clear();
          await store.close();
        },
        async getStream(...args: Parameters<typeof store.getStream>) {
          const { bytes, info, range } = await store.get(...args);
          let at = 0;
          const stream = new ReadableStream<Uint8Array>(
            {
              start: (controller) => void open.add(controller),
              pull(controller) {
                if (at >= bytes.byteLength) {
                  open.delete(controller);
                  return controller.close();
                }
                controller.enqueue(bytes.slice(at, (at += 65_536)));
              },
            },
            { highWaterMark: 0 },
          );
          return { stream, info, range, async [Symbol.asyncDispose]() {} };
        },
      });
    },
  }));
  define("closed-is-internal", "a closed store fails as internal", () => ({
    store: (store) =>
      aroundStore(store, async (_name, args, call) => {
        try {
          return await call(args);
        } catch (error) {
          if (error instanceof StoreError && error.code === "Closed")
            throw new StoreError({ code: "Internal", message: error.detail });
          throw error;
        }
      }),
  }));
  define("dispose-noop", "await using leaves the store open", () => ({
    store: (store) => wrapStore(store, { [Symbol.asyncDispose]: async () => {} }),
  }));
});

function deepFreeze(value: object): object {
  for (const inner of Object.values(value)) if (typeof inner === "object" && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
