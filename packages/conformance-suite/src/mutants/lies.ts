import { StoreError } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, wrapStore } from "./wrap-store.js";

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

const frozenAway = (store: ObjectStore, change: (capabilities: ObjectStore["capabilities"]) => object): ObjectStore =>
  wrapStore(store, { capabilities: change(store.capabilities) });

function deepFreeze(value: object): object {
  for (const inner of Object.values(value)) if (typeof inner === "object" && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
