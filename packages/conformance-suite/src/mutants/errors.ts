import { isStoreError, StoreError } from "@stowage/core";
import type { StoreErrorCode } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import { alterErrors, gathered, recode, throwing } from "./error-tools.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, wrapStore } from "./wrap-store.js";

const recoded: readonly (readonly [string, string, StoreErrorCode, StoreErrorCode])[] = [
  ["err-container-as-object", "a missing container is told as a missing object", "ContainerNotFound", "NotFound"],
  ["err-missing-as-container", "a missing object is told as a missing container", "NotFound", "ContainerNotFound"],
  ["err-range-as-argument", "a range beyond the end is told as a bad argument", "InvalidRange", "InvalidArgument"],
  [
    "err-exists-as-precondition",
    "an existing key is told as a failed precondition",
    "AlreadyExists",
    "PreconditionFailed",
  ],
  ["err-precondition-as-conflict", "a failed precondition is told as a conflict", "PreconditionFailed", "Conflict"],
  [
    "err-not-modified-as-precondition",
    "an unchanged object is told as a failed precondition",
    "NotModified",
    "PreconditionFailed",
  ],
  [
    "err-precondition-as-missing",
    "a failed precondition is told as a missing object",
    "PreconditionFailed",
    "NotFound",
  ],
  [
    "err-missing-as-unavailable",
    "a missing object is told as unavailable, and asked for again",
    "NotFound",
    "Unavailable",
  ],
];

export const errorMutants: readonly Mutant[] = defineMutants("wrong error", (define) => {
  for (const [name, fault, from, to] of recoded)
    define(name, fault, () => ({ driver: (driver) => recode(driver, from, to) }));

  define("err-untyped", "a missing object is a plain Error", () => ({
    driver: (driver) =>
      throwing(driver, (error) =>
        isStoreError(error) && error.code === "NotFound" ? new Error("ENOENT: no such file") : error,
      ),
  }));
  define("err-copy-names-target", "a copy of a missing object tells that its target is missing", () => ({
    store: (store) =>
      aroundStore(store, async (name, args, call) => {
        try {
          return await call(args);
        } catch (error) {
          const [, key] = args;
          if ((name !== "copy" && name !== "rename") || typeof key !== "string") throw error;
          throw isStoreError(error) ? error.with({ key, uri: undefined }) : error;
        }
      }),
  }));
  define("err-service-exception", "errors of the service's client reach the caller", () => ({
    store: (store) =>
      alterErrors(store, (error) =>
        isStoreError(error) ? Object.assign(new Error(error.detail), { Code: error.code, $metadata: {} }) : error,
      ),
  }));
  define("del-lies-about-missing", "delete of a missing key is NotFound", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async delete(key, call) {
          await driver.stat(key, { ...call, conditions: undefined, versionId: undefined });
          await driver.delete(key, call);
        },
        async deleteMany(keys, call) {
          return await Promise.all(
            keys.map(async (key) => {
              try {
                await driver.stat(key, { ...call, conditions: undefined, versionId: undefined });
                await driver.delete(key, { ...call, conditions: undefined, versionId: undefined });
                return undefined;
              } catch (error) {
                return error instanceof Error ? error : new Error("failed");
              }
            }),
          );
        },
      }),
  }));
  define("err-denied-as-missing", "a 403 is told as a missing object", () => ({
    store: (store) =>
      alterErrors(store, (error) =>
        isStoreError(error) && error.code === "PermissionDenied"
          ? new StoreError({ code: "NotFound", message: error.detail, key: error.key })
          : error,
      ),
  }));
  define("err-denied-as-internal", "a 403 is told as an internal error, to be tried again", () => ({
    store: (store) =>
      alterErrors(store, (error) =>
        isStoreError(error) && error.code === "PermissionDenied"
          ? new StoreError({ code: "Internal", message: error.detail, retryable: true })
          : error,
      ),
  }));
  define("exists-swallows-errors", "exists is false for every error", () => ({
    store: (store) =>
      wrapStore(store, {
        exists: (...args: Parameters<typeof store.exists>) =>
          store.stat(...args).then(
            () => true,
            () => false,
          ),
      }),
  }));
  define("missing-container-is-empty", "a missing container is listed as empty, and deleted from", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async *list(call) {
          if (await driver.containerExists(call)) yield* driver.list(call);
        },
        async delete(key, call) {
          if (await driver.containerExists(call)) await driver.delete(key, call);
        },
        deleteMany: async (keys, call) => {
          for (const key of keys)
            await driver.delete(key, { ...call, conditions: undefined, versionId: undefined }).catch(() => {});
          return keys.map(() => undefined);
        },
      }),
  }));
  define("container-always-there", "every container exists", () => ({
    driver: (driver) => forwardDriver(driver, { containerExists: async () => true }),
  }));
  define("missing-container-accepts-uploads", "an upload can be begun in a missing container", () => ({
    driver(driver) {
      const { multipart } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(multipart && {
          multipart: {
            ...multipart,
            begin: async (key, options) =>
              (await driver.containerExists(options)) ? await multipart.begin(key, options) : { id: "none" },
            uploadPart: async (upload, number, body, call) =>
              upload.id === "none"
                ? { partNumber: number, size: 1, etag: "none" }
                : await multipart.uploadPart(upload, number, body, call),
          },
        }),
      });
    },
  }));
  define("missing-container-puts", "a put into a missing container succeeds", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        write: async (key, body, call) =>
          (await driver.containerExists(call))
            ? await driver.write(key, body, call)
            : { size: body.size ?? 0, etag: "nowhere" },
      }),
  }));
  define("err-without-key", "errors do not say which object", () => ({
    store: (store) =>
      alterErrors(store, (error) => (isStoreError(error) ? error.with({ key: undefined, uri: undefined }) : error)),
  }));
  define("err-key-of-service", "errors name the key as the service knows it", () => ({
    store: (store) =>
      alterErrors(store, (error) =>
        isStoreError(error) && error.key !== undefined ? error.with({ key: `bucket/${error.key}` }) : error,
      ),
  }));
  define("err-without-committed", "errors of writes do not say whether they took effect", () => ({
    store: (store) =>
      alterErrors(store, (error) => (isStoreError(error) ? error.with({ committed: undefined }) : error)),
  }));
  define("err-committed-always-unknown", "every failed write is of unknown outcome", () => ({
    store: (store) =>
      alterErrors(store, (error) =>
        isStoreError(error) && error.committed !== undefined ? error.with({ committed: "unknown" }) : error,
      ),
  }));
  define("err-committed-always-false", "every failed write is told as not done", () => ({
    store: (store) =>
      alterErrors(store, (error) =>
        isStoreError(error) && error.committed !== undefined ? error.with({ committed: false }) : error,
      ),
  }));
  define("err-retryable-always", "every error is told as worth another attempt", () => ({
    store: (store) => alterErrors(store, (error) => (isStoreError(error) ? error.with({ retryable: true }) : error)),
  }));
  define("err-retryable-never", "no error is told as worth another attempt", () => ({
    store: (store) => alterErrors(store, (error) => (isStoreError(error) ? error.with({ retryable: false }) : error)),
  }));
  define("err-secrets", "messages carry the signature of the request", () => ({
    store: (store) =>
      alterErrors(store, (error) => {
        if (!isStoreError(error)) return error;
        return Object.defineProperty(error, "request", {
          value: "GET /?s3cr3tSignature AccountKeyS3cret Bearer tok3n",
          enumerable: true,
        });
      }),
  }));
  define("err-not-cloneable", "errors carry what structuredClone refuses to keep", () => ({
    store: (store) =>
      alterErrors(store, (error) => {
        if (!isStoreError(error)) return error;
        return Object.defineProperty(error, "message", { value: error.detail });
      }),
  }));
  define("err-sync-throw", "argument errors are thrown, not rejected", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) => {
        if (args[0] === "" || typeof args[0] !== "string") {
          if (!Array.isArray(args[0])) throw new StoreError({ code: "InvalidKey", message: "no key" });
        }
        return call(args);
      }),
  }));
  define("err-unknown-options-ignored", "unknown options, and those of other services, are ignored", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) =>
        call(
          args.map((arg, index) =>
            index > 0 && typeof arg === "object" && arg !== null && ("rnage" in arg || "native" in arg) ? {} : arg,
          ),
        ),
      ),
  }));
  define("err-bad-numbers-repaired", "numbers out of range are repaired", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) =>
        call(
          args.map((arg, index) =>
            index > 0 && typeof arg === "object" && arg !== null && "retries" in arg
              ? { ...arg, retries: Math.max(0, Number(arg.retries)) }
              : arg,
          ),
        ),
      ),
  }));
  define("err-operation-unnamed", "errors do not say which operation failed", () => ({
    store: (store) =>
      alterErrors(store, (error) => (isStoreError(error) ? error.with({ operation: "request" }) : error)),
  }));
  define("err-internal-unwrapped", "the cause of an internal error is lost", () => ({
    store: (store) =>
      alterErrors(store, (error) =>
        isStoreError(error) && error.code === "Internal"
          ? new StoreError({ code: "Internal", message: "failed" })
          : error,
      ),
  }));
  define("list-error-ends", "a listing that fails ends as if complete", () => ({
    store: (store) => {
      const quiet = async function* <Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
        try {
          yield* items;
        } catch (error) {
          if (isStoreError(error) && error.code === "InvalidArgument") throw error;
        }
      };
      return wrapStore(store, {
        list(...args: Parameters<typeof store.list>) {
          const below = store.list(...args);
          return {
            pages: (options: Parameters<typeof below.pages>[0]) => quiet(below.pages(options)),
            [Symbol.asyncIterator]: () => quiet(below),
            toArray: () => gathered(quiet(below)),
          };
        },
      });
    },
  }));
  define("read-cut-ends", "a body that is cut ends as if complete", () => ({
    store: (store) =>
      wrapStore(store, {
        async getStream(...args: Parameters<typeof store.getStream>) {
          const answer = await store.getStream(...args);
          const reader = answer.stream.getReader();
          const stream = new ReadableStream<Uint8Array>({
            async pull(controller) {
              try {
                const { done, value } = await reader.read();
                if (done) controller.close();
                else controller.enqueue(value);
              } catch {
                controller.close();
              }
            },
            cancel: (reason) => reader.cancel(reason),
          });
          return { ...answer, stream, [Symbol.asyncDispose]: () => answer[Symbol.asyncDispose]() };
        },
      }),
  }));
  define("written-size-not-compared", "a write that stored less than it was given is told as success", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          store.put(key, body, options).catch((error: unknown) => {
            if (isStoreError(error) && error.code === "IntegrityMismatch") return { key, size: 0, etag: "" };
            throw error;
          }),
      }),
  }));
});
