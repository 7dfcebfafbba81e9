import { openSync } from "node:fs";
import { StoreError } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, optionsOf, wrapStore } from "./wrap-store.js";

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
  define("timer-leak", "each write keeps a timer", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          setTimeout(() => {}, 3000);
          return await driver.write(key, body, call);
        },
      }),
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
          // `held` gives back what it got, or an iterable in the place of one.
          store.put(key, held(body) as typeof body, options),
      }),
  }));
  define("upload-left-by-failed-put", "parts of a put that fails stay", () => ({
    driver(driver) {
      const { multipart } = forwardDriver(driver);
      return forwardDriver(driver, { ...(multipart && { multipart: { ...multipart, abort: async () => {} } }) });
    },
  }));
  define("unread-stream-holds-store", "a store has nineteen streams, ended or not", () => ({
    store(store) {
      let open = 0;
      return wrapStore(store, {
        async getStream(...args: Parameters<typeof store.getStream>) {
          open += 1;
          if (open > 19)
            throw new StoreError({ code: "Unavailable", message: "no connection is free", retryable: false });
          return await store.getStream(...args);
        },
      });
    },
  }));
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

function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  const signal =
    optionsOf(args)?.["signal"] ??
    (args.length === 1 && typeof args[0] === "object" && args[0] !== null && "signal" in args[0]
      ? args[0].signal
      : undefined);
  return signal instanceof AbortSignal ? signal : undefined;
}

/** An iterable that swallows `return`. */
function held(body: unknown): unknown {
  if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body)) return body;
  // An iterable among the bodies that `put` takes is one of bytes.
  const iterable = body as AsyncIterable<Uint8Array>;
  return { [Symbol.asyncIterator]: () => withoutReturn(iterable[Symbol.asyncIterator]()) };
}

function withoutReturn(iterator: AsyncIterator<Uint8Array>): AsyncIterator<Uint8Array> {
  return { next: () => iterator.next() };
}
