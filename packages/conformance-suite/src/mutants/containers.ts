import { StoreError } from "@stowage/core";
import type { StorePlugin } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";

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

function alterContainers(
  plugin: StorePlugin,
  change: (containers: NonNullable<StorePlugin["containers"]>) => StorePlugin["containers"],
): StorePlugin {
  const { containers } = plugin;
  return containers === undefined ? plugin : { ...plugin, containers: { ...containers, ...change(containers) } };
}

const safe = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .slice(0, 63);
