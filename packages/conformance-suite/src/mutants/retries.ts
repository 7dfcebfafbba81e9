import { StoreError } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { readWhole } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, withOptions, wrapStore } from "./wrap-store.js";

export const retryMutants: readonly Mutant[] = defineMutants("retry", (define) => {
  define("retry-never", "nothing is tried again", () => ({
    store: (store) =>
      wrapStore(
        aroundStore(store, (_name, args, call) =>
          call(
            args.length === 1
              ? [...args, { retries: 0 }]
              : withOptions(args, (options) => ({ ...options, retries: 0 })),
          ),
        ),
        {
          list: (...[options]: Parameters<typeof store.list>) => store.list({ ...options, retries: 0 }),
        },
      ),
  }));
  define("retry-always", "every failed call is made again", () => ({
    store: (store) =>
      aroundStore(store, async (_name, args, call) => {
        try {
          return await call(args);
        } catch {
          return await call(args);
        }
      }),
  }));
  define("retry-conditional", "a conditional write of unknown outcome is sent again", () => ({
    store: (store) =>
      aroundStore(store, async (name, args, call) => {
        try {
          return await call(args);
        } catch (error) {
          if (name === "put" && error instanceof StoreError && error.committed === "unknown") return await call(args);
          throw error;
        }
      }),
  }));
  define("retry-sends-empty-body", "a body that can be read once is sent again, empty", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          store.put(key, body, options).catch((error: unknown) => {
            if (
              error instanceof StoreError &&
              error.retryable &&
              options?.ifNoneMatch === undefined &&
              options?.ifMatch === undefined
            )
              return store.put(key, "");
            throw error;
          }),
      }),
  }));
  define("retry-resume-from-start", "a resumed stream starts over", () => ({
    driver(driver) {
      let last: string | undefined;
      return forwardDriver(driver, {
        async read(key, range, call) {
          const resumed =
            last === key &&
            range !== undefined &&
            "offset" in range &&
            range.offset > 100_000 &&
            call.conditions?.ifMatch !== undefined;
          last = key;
          if (!resumed) return await driver.read(key, range, call);
          const { bytes } = await readWhole(driver, key, { offset: 0, length: range.length ?? 1 }, call);
          const { info, range: served } = await readWhole(driver, key, range, call);
          return { info, range: served, chunks: chunksOf(bytes) };
        },
      });
    },
  }));
  define("retry-list-restarts", "a listing resumed after a failure starts over", () => ({
    driver: (driver) => {
      let failures = 0;
      return forwardDriver(driver, {
        async *list(call) {
          failures += call.token === undefined ? 0 : 1;
          yield* driver.list(failures === 2 && call.pageSize === 3 ? { ...call, token: undefined } : call);
        },
      });
    },
  }));
  define("timeouts-ignored", "timeouts are not looked at", () => ({
    store: (store) =>
      aroundStore(store, async (_name, args, call) => {
        const later = new Promise((resolve) => setTimeout(resolve, 400).unref());
        const timed = args.some((arg) => typeof arg === "object" && arg !== null && "timeouts" in arg);
        if (!timed) return await call(args);
        await later;
        throw new StoreError({ code: "Unavailable", message: "no answer" });
      }),
  }));
});

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, undefined, undefined> {
  yield bytes;
  return undefined;
}
