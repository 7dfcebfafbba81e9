import { StoreError } from "@stowage/core";
import type { DriverPresignCall, Registry, StoreDriver, StorePlugin } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { readWhole } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, withOptions, wrapStore } from "./wrap-store.js";

function alterContainers(
  plugin: StorePlugin,
  change: (containers: NonNullable<StorePlugin["containers"]>) => StorePlugin["containers"],
): StorePlugin {
  const { containers } = plugin;
  return containers === undefined ? plugin : { ...plugin, containers: { ...containers, ...change(containers) } };
}

export const containerMutants: readonly Mutant[] = defineMutants("containers", (define) => {
  define("container-create-empties", "creating an existing container empties it", () => ({
    plugin: (plugin) =>
      alterContainers(plugin, (containers) => ({
        async create(name, options, call) {
          await containers.delete?.(name, options, { ...call, force: true }).catch(() => {});
          return (await containers.create?.(name, options, call)) ?? { created: true };
        },
      })),
  }));
  define("container-create-untold", "creating tells the same whether it was there or not", () => ({
    plugin: (plugin) =>
      alterContainers(plugin, (containers) => ({
        async create(name, options, call) {
          await containers.create?.(name, options, call);
          return { created: true };
        },
      })),
  }));
  define("container-create-existing-fails", "creating an existing container fails", () => ({
    plugin: (plugin) =>
      alterContainers(plugin, (containers) => ({
        async create(name, options, call) {
          const done = (await containers.create?.(name, options, call)) ?? { created: true };
          if (!done.created) throw new StoreError({ code: "AlreadyExists", message: "it exists" });
          return done;
        },
      })),
  }));
  define("container-delete-noop", "deleting a container does nothing", () => ({
    plugin: (plugin) => alterContainers(plugin, () => ({ delete: async () => {} })),
  }));
  define("container-delete-always-forced", "a container is deleted with what is in it", () => ({
    plugin: (plugin) =>
      alterContainers(plugin, (containers) => ({
        delete: async (name, options, call) => containers.delete?.(name, options, { ...call, force: true }),
      })),
  }));
  define("container-delete-missing-ok", "a missing container is deleted with success", () => ({
    plugin: (plugin) =>
      alterContainers(plugin, (containers) => ({
        delete: async (name, options, call) => containers.delete?.(name, options, call).catch(() => {}),
      })),
  }));
  define("container-comes-back", "a put brings a deleted container back", () => ({
    plugin: (plugin) => ({
      ...plugin,
      async open(container, options, context) {
        const driver = await plugin.open(container, options, context);
        return forwardDriver(driver, {
          async write(key, body, call) {
            await plugin.containers?.create?.(container, options, { ...call, transfer: context.transfer });
            return await driver.write(key, body, call);
          },
        });
      },
    }),
  }));
  define("containers-share-objects", "containers whose names begin alike share their objects", () => ({
    plugin: (plugin) => ({
      ...plugin,
      open: (container, options, context) => plugin.open(container.replace(/-more$/, ""), options, context),
    }),
  }));
  define("container-recreated-full", "a container created anew has its old objects", () => ({
    plugin(plugin) {
      return alterContainers(plugin, (containers) => ({
        async delete(name, options, call) {
          if (name.includes("again")) return;
          await containers.delete?.(name, options, call);
        },
      }));
    },
  }));
  define("container-list-short", "the list of containers lacks its last", () => ({
    plugin: (plugin) =>
      alterContainers(plugin, (containers) => ({
        async *list(parent, options, call) {
          let held: { readonly name: string; readonly uri: string } | undefined;
          for await (const one of containers.list?.(parent, options, call) ?? []) {
            if (held !== undefined) yield held;
            held = one;
          }
        },
      })),
  }));
  define("container-list-stale", "deleted containers stay in the list", () => {
    const seen = new Map<string, string>();
    return {
      plugin: (plugin) =>
        alterContainers(plugin, (containers) => ({
          async *list(parent, options, call) {
            for await (const { name, uri } of containers.list?.(parent, options, call) ?? []) seen.set(name, uri);
            for (const [name, uri] of seen) yield { name, uri };
          },
        })),
    };
  });
  define("container-names-altered", "names of containers are altered to be legal", () => ({
    plugin: (plugin) => ({
      ...alterContainers(plugin, (containers) => ({
        create: async (name, options, call) => containers.create?.(safe(name), options, call) ?? { created: true },
      })),
      format: (container, key) => plugin.format(container.replace("good", "goood"), key),
    }),
  }));
  define("read-only-writes", "a store that may not write writes", () => ({
    harness: (harness) => ({ ...harness, openReadOnly: (namespace) => harness.open(namespace) }),
  }));
  define("missing-container-made", "opening makes the container", () => ({
    harness: (harness) => ({ ...harness, openMissingContainer: () => harness.open("made-by-opening") }),
  }));
});

const safe = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .slice(0, 63);

function alterPresign(
  driver: StoreDriver,
  change: (call: DriverPresignCall) => DriverPresignCall,
  spell: (key: string) => string = (key) => key,
): StoreDriver {
  const { presign } = forwardDriver(driver);
  return forwardDriver(driver, { ...(presign && { presign: (key, call) => presign(spell(key), change(call)) }) });
}

export const presignMutants: readonly Mutant[] = defineMutants("presign", (define) => {
  define("presign-always-get", "every URL is one to read", () => ({
    driver: (driver) => alterPresign(driver, (call) => ({ ...call, method: "GET" })),
  }));
  define("presign-method-untold", "the method of a request is told as GET", () => ({
    store: (store) =>
      wrapStore(store, {
        presign: async (...args: Parameters<typeof store.presign>) => ({
          ...(await store.presign(...args)),
          method: "GET",
        }),
      }),
  }));
  define("presign-content-type-unbound", "the content type is not signed", () => ({
    driver: (driver) => alterPresign(driver, (call) => ({ ...call, contentType: undefined })),
  }));
  define("presign-create-only-unbound", "create-only is not signed", () => ({
    driver: (driver) => alterPresign(driver, (call) => ({ ...call, ifNoneMatch: undefined })),
  }));
  define("presign-response-headers-dropped", "overrides of the answer's headers are dropped", () => ({
    driver: (driver) =>
      alterPresign(driver, (call) => ({
        ...call,
        responseContentType: undefined,
        responseContentDisposition: undefined,
      })),
  }));
  define("presign-never-expires", "a URL works for a week whatever was asked", () => ({
    driver: (driver) => alterPresign(driver, (call) => ({ ...call, expiresIn: 604_800 })),
  }));
  define("presign-expiry-unvalidated", "an expiry out of range, or another method, is taken for the default", () => ({
    store: (store) =>
      wrapStore(store, {
        presign: (...[key, options]: Parameters<typeof store.presign>) => {
          const { expiresIn, method, contentType, ...rest } = options ?? {};
          const good = Number.isSafeInteger(expiresIn) && Number(expiresIn) > 0 && Number(expiresIn) <= 604_800;
          const known = method === "PUT" || method === "HEAD" || method === "DELETE" ? method : undefined;
          return store.presign(key === "" ? "_" : key, {
            ...rest,
            method: known,
            ...(good ? { expiresIn } : {}),
            ...(known === "PUT" ? { contentType } : {}),
          });
        },
      }),
  }));
  define("presign-key-decoded", "the key of a URL is decoded", () => ({
    driver: (driver) =>
      alterPresign(
        driver,
        (call) => call,
        (key) => unescaped(key),
      ),
  }));
  define("presign-key-cut", "the key of a URL is cut at '?', '#' or '&', and at what is no ASCII", () => ({
    driver: (driver) =>
      alterPresign(
        driver,
        (call) => call,
        (key) => key.replaceAll(/[^ -~]|[?#&'\\ ].*$/gs, "_"),
      ),
  }));
  define("presign-part-dropped", "a URL for a part writes the object", () => ({
    driver: (driver) => alterPresign(driver, (call) => ({ ...call, part: undefined })),
  }));
  define("presign-open-to-all", "an object can be read, and written, without a signature", () => ({
    harness: (harness) => ({
      ...harness,
      async fetch(input, init) {
        const answer = await (harness.fetch ?? fetch)(input, init);
        return answer.status === 403 ? new Response("x", { status: 200 }) : answer;
      },
    }),
  }));
  define("presign-missing-is-empty", "a missing object is answered with an empty one", () => ({
    harness: (harness) => ({
      ...harness,
      async fetch(input, init) {
        const answer = await (harness.fetch ?? fetch)(input, init);
        return answer.status === 404 ? new Response("", { status: 200 }) : answer;
      },
    }),
  }));
});

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return `${key}_`;
  }
}

export const registryMutants: readonly Mutant[] = defineMutants("registry", (define) => {
  const parsed = (change: (key: string) => string) => (): ReturnType<Mutant["create"]> => ({
    plugin: (plugin) => ({
      ...plugin,
      parse(uri, as) {
        const location = plugin.parse(uri, as);
        return { ...location, key: change(location.key) };
      },
    }),
  });
  define("uri-key-decoded", "the key of a URI is percent-decoded", parsed(unescaped));
  define(
    "uri-key-through-url",
    "the key of a URI goes through URL",
    parsed((key) => (key === "" ? "" : URL.canParse(`x://x/${key}`) ? new URL(`x://x/${key}`).pathname.slice(1) : "")),
  );
  define(
    "uri-key-loses-directory",
    "the key of a URI is its last segment's beginning",
    parsed((key) => key.slice(0, -1)),
  );
  define(
    "uri-key-lower-cased",
    "the key of a URI is lower-cased and trimmed",
    parsed((key) => key.toLowerCase().trim()),
  );
  define("uri-prefix-without-slash", "a prefix comes without its final slash", () => ({
    plugin: (plugin) => ({
      ...plugin,
      schemes: ["other"],
      parse: (uri, as) => ({
        ...plugin.parse(String(uri).replace(/^other:/, `${plugin.schemes[0]}:`), as),
        key: "prefix",
      }),
      format: (container, key) => plugin.format(container, key).replace(/^[a-z]+:/, "other:"),
    }),
  }));
  define("uri-foreign-scheme-taken", "a plugin takes the URIs of another", () => ({
    plugin: (plugin) => ({
      ...plugin,
      parse: (uri, as) =>
        plugin.parse(String(uri).startsWith(`${plugin.schemes[0]}:`) ? uri : `${plugin.schemes[0]}://a/b`, as),
    }),
  }));
  define("uri-container-as-object", "a container is taken for an object", () => ({
    plugin: (plugin) => ({
      ...plugin,
      parse(uri, as) {
        try {
          return plugin.parse(uri, as);
        } catch {
          return { ...plugin.parse(uri, "store"), key: "index" };
        }
      },
    }),
  }));
  define("spec-version-wrong", "a plugin speaks another version of the contract", () => ({
    plugin: (plugin) => ({ ...plugin, specVersion: plugin.specVersion + 1 }),
  }));
  define("registry-unknown-options-ignored", "options that the plugin does not know are ignored", () => ({
    registry: (registry) => replaced(registry, { openStore: (uri: string) => registry.openStore(uri) }),
  }));
  define("registry-unknown-scheme-is-missing", "an unknown scheme is told as a missing object", () => ({
    registry: (registry) =>
      replaced(registry, {
        openStore: (uri: string, options?: object) =>
          registry.openStore(uri, { ...options }).catch((error: unknown) => {
            throw error instanceof StoreError ? new StoreError({ code: "NotFound", message: "no such file" }) : error;
          }),
      }),
  }));
  define("registry-opens-anything", "what is no URI of a store, or has unknown options, opens some store", () => {
    let anywhere = "";
    return {
      plugin(plugin) {
        anywhere = plugin.format("suite-anywhere", "");
        return plugin;
      },
      registry: (registry) =>
        replaced(registry, {
          openStore: (uri: string, options?: object) =>
            registry.openStore(uri, { ...options }).catch(() => registry.openStore(anywhere)),
        }),
    };
  });
  define("registry-last-wins", "names of plugins are not told apart", () => ({
    plugin: (plugin) =>
      Object.defineProperty({ ...plugin }, "name", { get: () => "another-package", enumerable: false }),
  }));
});

function replaced(registry: Registry, changes: Readonly<Record<string, unknown>>): Registry {
  return new Proxy(registry, {
    get(target, name) {
      if (typeof name === "string" && name in changes) return changes[name];
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === "function" ? (...args: unknown[]) => Reflect.apply(own, target, args) : own;
    },
  });
}

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
