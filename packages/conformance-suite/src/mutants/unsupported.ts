import { FEATURES, isStoreError, StoreError } from "@stowage/core";
import type { Feature, ObjectStore, StoreDriver } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Fault, Mutant } from "./mutant.js";
import { aroundStore, wrapStore } from "./wrap-store.js";

/** The driver as if it lacked features: they are declared unsupported. */
export function withoutFeatures(driver: StoreDriver, features: readonly Feature[]): StoreDriver {
  const { capabilities } = driver;
  return forwardDriver(driver, {
    capabilities: {
      ...capabilities,
      native: capabilities.native.filter((feature) => !features.includes(feature)),
      unsupported: [...(capabilities.unsupported ?? []), ...features],
    },
  });
}

/** What an operation in place of the refused one would have done, by method. */
const effects = (store: ObjectStore): Readonly<Record<string, (args: readonly unknown[]) => Promise<unknown>>> => ({
  put: ([key]) => store.put(String(key), "ignored"),
  get: ([key]) => store.get(String(key)),
  stat: ([key]) => store.stat(String(key)),
  getStream: ([key]) => store.getStream(String(key)),
  delete: ([key]) => store.delete(String(key)),
  copy: ([from, to]) => store.get(String(from)).then(({ bytes }) => store.put(String(to), bytes)),
  rename: ([from, to]) => store.get(String(from)).then(({ bytes }) => store.put(String(to), bytes)),
});

function refusing(features: readonly Feature[], store: (store: ObjectStore) => ObjectStore): Fault {
  return {
    driver: (driver) => withoutFeatures(driver, features),
    plugin: ({ containers: _, ...plugin }) => plugin,
    store,
  };
}

/** Writers and listings refuse by what they return; everything else by its promise. */
const refusedWriter = (store: ObjectStore, change: (error: StoreError) => unknown): ObjectStore =>
  wrapStore(store, {
    async *listUploads(...args: Parameters<typeof store.listUploads>) {
      try {
        yield* store.listUploads(...args);
      } catch (error) {
        throw isStoreError(error) ? change(error) : error;
      }
    },
  });

export const unsupportedMutants: readonly Mutant[] = defineMutants("unsupported ignored", (define) => {
  define(
    "unsupported-containers-work",
    "containers are created, deleted and listed by a store that declares it cannot",
    () => ({
      driver: (driver) => withoutFeatures(driver, ["createContainer", "deleteContainer", "listContainers"]),
    }),
  );
  // Every feature off at once, then in groups: what needs another feature is refused in its own name only where that is there.
  const groups: Readonly<Record<string, readonly Feature[]>> = {
    conditions: ["conditionalRead", "createOnly", "replaceIf", "deleteIf", "copyCreateOnly"],
    bodies: ["attributes", "putStream", "getInto", "lease", "getRanges", "deleteMany", "versions"],
    copies: ["copy", "rename", "copyCreateOnly"],
    uploads: ["multipart", "listParts", "listUploads", "putStream"],
    "upload-lists": ["listParts", "listUploads"],
    services: ["presign", "cleanup", "createContainer", "deleteContainer", "listContainers"],
    everything: FEATURES,
  };
  for (const [name, features] of Object.entries(groups)) {
    define(
      `unsupported-ignored/${name}`,
      `options and methods that are declared unsupported (${name}) are ignored`,
      () =>
        refusing(features, (store) =>
          refusedWriter(
            aroundStore(store, async (method, args, call) => {
              try {
                return await call(args);
              } catch (error) {
                if (!isStoreError(error) || error.code !== "Unsupported") throw error;
                return await effects(store)[method]?.(args);
              }
            }),
            () => undefined,
          ),
        ),
    );
    define(`unsupported-unnamed/${name}`, `refusals of what is unsupported (${name}) do not name it`, () =>
      refusing(features, (store) => {
        const unnamed = (error: StoreError): StoreError => new StoreError({ code: error.code, message: error.detail });
        return refusedWriter(
          aroundStore(store, async (_method, args, call) => {
            try {
              return await call(args);
            } catch (error) {
              throw isStoreError(error) && error.code === "Unsupported" ? unnamed(error) : error;
            }
          }),
          unnamed,
        );
      }),
    );
    define(`unsupported-late/${name}`, `what is unsupported (${name}) is refused after it took effect`, () =>
      refusing(features, (store) =>
        aroundStore(store, async (method, args, call) => {
          try {
            return await call(args);
          } catch (error) {
            if (isStoreError(error) && error.code === "Unsupported") {
              const effect = effects(store)[method];
              await effect?.(args).catch(() => {});
            }
            throw error;
          }
        }),
      ),
    );
  }
});
