import { StoreError } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, optionsOf, withOptions, wrapStore } from "./wrap-store.js";

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
