import { createRequire } from "node:module";
import { formatRawUri, parseRawUri, SPEC_VERSION, StoreError } from "@stowage/core";
import type { Feature, StorePlugin } from "@stowage/core";
import type { MemoryAccess } from "./access.js";
import { limitAccess } from "./access.js";
import { emptyContainer, memoryContainers } from "./containers.js";
import { memoryDriver } from "./driver.js";

export interface MemoryOptions {
  /** Features to switch off: operations that need them are refused with `Unsupported`. For tests. */
  readonly disable?: readonly Feature[] | undefined;
  /** May the container be missing until `createContainer`? Default false: opening makes it. */
  readonly mustExist?: boolean | undefined;
  /** What this store may do, as credentials would limit it: `full`, `read` or `none`. Default `full`. For tests. */
  readonly access?: MemoryAccess | undefined;
}

const { version }: { version: string } = createRequire(import.meta.url)("../package.json");

/** `memory://name/key`: containers live in this process, by name, until deleted. */
export const plugin: StorePlugin<MemoryOptions> = {
  name: "@stowage/store-memory",
  version,
  specVersion: SPEC_VERSION,
  schemes: ["memory"],
  parse: (uri, as) => parseRawUri("memory", uri, as),
  format: (container, key) => formatRawUri("memory", container, key),
  options: {
    disable: { type: "json", description: "Features to switch off, for tests", default: "none" },
    access: {
      type: "string",
      values: ["full", "read", "none"],
      description: "What the store may do, for tests",
      default: "full",
    },
    mustExist: { type: "boolean", description: "Do not make the container by opening it", default: "false" },
  },
  open(container, { disable = [], mustExist = false, access = "full" }) {
    if (!mustExist && !memoryContainers.has(container)) memoryContainers.set(container, emptyContainer());
    return limitAccess(
      memoryDriver(() => memoryContainers.get(container), disable),
      access,
    );
  },
  containers: {
    async create(container) {
      if (memoryContainers.has(container)) return { created: false };
      memoryContainers.set(container, emptyContainer());
      return { created: true };
    },
    async delete(container, _options, { force }) {
      const found = memoryContainers.get(container);
      if (found === undefined)
        throw new StoreError({ code: "ContainerNotFound", message: `memory://${container}/ does not exist` });
      if (found.objects.size > 0 && !force) {
        throw new StoreError({
          code: "ContainerNotEmpty",
          message: `memory://${container}/ holds ${found.objects.size} objects; delete them first, or give { force: true }`,
        });
      }
      memoryContainers.delete(container);
    },
    async *list() {
      for (const [name, { created }] of memoryContainers)
        yield { name, created, uri: formatRawUri("memory", name, "") };
    },
  },
};
