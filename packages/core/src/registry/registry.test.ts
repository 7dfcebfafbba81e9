import { randomUUID } from "node:crypto";
import { describe, expect, expectTypeOf, it } from "vitest";
import { failure } from "../../test/support/scripted-store.js";
import { scripted } from "../../test/support/scripted-driver.js";
import type { Scripted } from "../../test/support/scripted-driver.js";
import { IDLE_DRIVERS_MAX } from "../constants/index.js";
import {
  copy,
  copyPrefix,
  createBudget,
  createContainer,
  createRegistry,
  deleteContainer,
  formatRawUri,
  isStoreError,
  knownSchemes,
  listContainers,
  openStore,
  parseRawUri,
  SPEC_VERSION,
} from "../index.js";
import type { CommonStoreOptions, OptionsOf, Registry, RegistryOptions, StoreDriver, StorePlugin } from "../index.js";

interface ShelfOptions {
  readonly room?: string | undefined;
  readonly shelves?: number | undefined;
  readonly password?: string | undefined;
  readonly client?: object | undefined;
}

declare module "../index.js" {
  interface StoreOptionsByScheme {
    shelf: ShelfOptions;
  }
}

/** A plugin whose stores are scripted drivers, by container. */
function shelfPlugin(more: Partial<StorePlugin<ShelfOptions>> = {}): {
  readonly plugin: StorePlugin<ShelfOptions>;
  readonly opened: [string, Scripted][];
} {
  const opened: [string, Scripted][] = [];
  const plugin: StorePlugin<ShelfOptions> = {
    name: "shelf-store",
    version: "1.2.3",
    specVersion: SPEC_VERSION,
    schemes: ["shelf"],
    parse: (uri, as) => parseRawUri("shelf", uri, as),
    format: (container, key) => formatRawUri("shelf", container, key),
    options: {
      room: { type: "string", values: ["attic", "cellar"], description: "where" },
      shelves: { type: "integer", description: "how many" },
      password: { type: "string", description: "to get in", secret: true },
      client: { type: "object", description: "who carries" },
    },
    open(container): StoreDriver {
      const script = scripted();
      opened.push([container, script]);
      return script.driver;
    },
    ...more,
  };
  return { plugin, opened };
}

function registryOf(
  more: Partial<StorePlugin<ShelfOptions>> = {},
  options: RegistryOptions = {},
): { readonly registry: Registry; readonly opened: [string, Scripted][] } {
  const { plugin, opened } = shelfPlugin(more);
  return { registry: createRegistry({ plugins: [plugin], importPackage: false, ...options }), opened };
}

describe("types", () => {
  it("the options of openStore follow from the URI's scheme", () => {
    expectTypeOf<OptionsOf<"shelf://a/">>().toEqualTypeOf<ShelfOptions & CommonStoreOptions>();
    expectTypeOf<OptionsOf<"nosuch://a/">>().toExtend<CommonStoreOptions>();
    const wrong = (): Promise<unknown> =>
      // @ts-expect-error -- an option that the scheme does not have
      openStore("shelf://a/", { rom: "attic" });
    const wrongValue = (): Promise<unknown> =>
      // @ts-expect-error -- a value of another type
      openStore("shelf://a/", { shelves: "3" });
    const wrongCommon = (): Promise<unknown> =>
      // @ts-expect-error -- a common option of another type
      openStore("shelf://a/", { partSize: "8MiB" });
    const dynamic = (uri: string): Promise<unknown> => openStore(uri, { room: "attic", whatever: 1 });
    const both = (): Promise<unknown> =>
      copy("shelf://a/b", "shelf://a/c", { from: { room: "attic" }, to: { shelves: 2 } });
    const bothWrong = (): Promise<unknown> =>
      // @ts-expect-error -- an option of the destination that its scheme does not have
      copy("shelf://a/b", "shelf://a/c", { to: { rom: "attic" } });
    expect([wrong, wrongValue, wrongCommon, dynamic, both, bothWrong]).toHaveLength(6);
  });
});

describe("openStore", () => {
  it("opens a container at a prefix with the options of its plugin", async () => {
    const { registry, opened } = registryOf();
    await using store = await registry.openStore("shelf://a/deep", {
      room: "attic",
      partSize: 5,
      budget: createBudget(100),
    });
    expect([store.uri, store.container, store.prefix, opened.length]).toEqual(["shelf://a/deep/", "a", "deep/", 1]);
    const { store: whole, key } = await registry.openObject("shelf://a/deep/k", { room: "attic" });
    expect([whole.uri, key]).toEqual(["shelf://a/", "deep/k"]);
    await whole.close();
  });

  it.each([
    [{ rom: "attic" }, 'shelf:// has no option "rom"'],
    [{ room: "garage" }, "attic, cellar"],
    [{ shelves: 1.5 }, "whole number"],
    [{ shelves: "3" }, "whole number"],
    [{ password: 5 }, "a string"],
    [{ partSize: 0 }, "positive"],
    [{ retries: 21 }, "retries"],
    [{ timeouts: { attempt: "1s" } }, "milliseconds"],
    [{ keyRules: "all" }, "keyRules"],
    [{ budget: 5 }, "createBudget"],
    [[], "an object"],
    [null, "null"],
  ])("refuses the options %j, naming what is wrong", async (options, message) => {
    const { registry, opened } = registryOf();
    await expect(registry.openStore("shelf://a/", options as never)).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining(message),
      operation: "openStore",
      uri: "shelf://a/",
      scheme: "shelf",
    });
    for (const [, script] of opened) expect(script.closed).toBe(1);
  });

  it("never shows the value of a secret option", async () => {
    const { registry } = registryOf({
      options: { ...shelfPlugin().plugin.options, password: { type: "integer", description: "", secret: true } },
    });
    const error: unknown = await registry
      .openStore("shelf://a/", { password: "S3cr3t" })
      .catch((thrown: unknown) => thrown);
    expect(isStoreError(error) && error.message).not.toContain("S3cr3t");
  });

  it("refuses what is no URI, and schemes that nobody knows, listing the known ones", async () => {
    const { registry } = registryOf();
    for (const uri of [5, null, undefined, {}, "", "a/b", "shelf:", "shelf://", "/abs", new URL("shelf://a/b")]) {
      await expect(registry.openStore(uri as never)).rejects.toMatchObject({
        code: "InvalidUri",
        operation: "openStore",
      });
    }
    await expect(registry.openStore("nosuch://a/")).rejects.toMatchObject({
      code: "UnknownScheme",
      uri: "nosuch://a/",
      message: expect.stringContaining("shelf://"),
    });
    await expect(registry.parse("shelf://a/b", "x" as never)).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  it("names what the plugin throws while it opens, without what it carries", async () => {
    const { registry } = registryOf({
      open() {
        throw Object.assign(new Error("AccountKey=S3cr3t"), { key: "S3cr3t" });
      },
    });
    const error: unknown = await registry.openStore("shelf://a/").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "Internal", operation: "openStore", uri: "shelf://a/" });
    expect(JSON.stringify([error, String(error)])).not.toContain("S3cr3t");
  });
});

describe("packages", () => {
  const notFound = (name: string): Error =>
    Object.assign(new Error(`Cannot find package '${name}' imported from x`), { code: "ERR_MODULE_NOT_FOUND" });

  it("that are not installed are named, with the command that installs them", async () => {
    const registry = createRegistry({ importPackage: (name) => Promise.reject(notFound(name)) });
    await expect(registry.openStore("s3://b/")).rejects.toMatchObject({
      code: "PluginMissing",
      message: expect.stringContaining("npm install @stowage/store-s3"),
      operation: "openStore",
    });
    await expect(copy("s3://b/k", "shelf://a/b", { registry })).rejects.toMatchObject({
      code: "PluginMissing",
      operation: "copy",
      uri: "s3://b/k",
    });
  });

  it("that are broken inside keep their own error as the cause", async () => {
    const inner = notFound("some-sdk");
    const registry = createRegistry({ importPackage: () => Promise.reject(inner) });
    await expect(registry.openStore("s3://b/")).rejects.toMatchObject({ code: "PluginIncompatible", cause: inner });
    const empty = createRegistry({ importPackage: async () => ({}) });
    await expect(empty.openStore("s3://b/")).rejects.toMatchObject({ code: "PluginIncompatible" });
  });

  it("are loaded when first needed, and once", async () => {
    let loads = 0;
    const { plugin } = shelfPlugin({
      name: "@stowage/store-memory",
      schemes: ["memory"],
      parse: (uri, as) => parseRawUri("memory", uri, as),
    });
    const registry = createRegistry({ importPackage: async () => ((loads += 1), { plugin }) });
    await (await registry.openStore("memory://a/")).close();
    await (await registry.openStore("memory://b/")).close();
    expect(loads).toBe(1);
    expect(registry.schemes().find(({ scheme }) => scheme === "memory")).toMatchObject({
      plugin: { version: "1.2.3" },
    });
  });

  it("that speak another contract are refused when registered, and when used, with both versions", async () => {
    const { plugin } = shelfPlugin({ specVersion: SPEC_VERSION + 1 });
    const refused = expect.objectContaining({
      code: "PluginIncompatible",
      message: expect.stringMatching(/shelf-store 1\.2\.3.*version 2.*version 1.*npm install/),
    });
    expect(() => createRegistry({ plugins: [plugin] })).toThrow(refused);
    const registry = createRegistry({
      importPackage: async () => ({ plugin: { ...plugin, name: "@stowage/store-s3", schemes: ["s3"] } }),
    });
    await expect(registry.openStore("s3://b/")).rejects.toMatchObject({ code: "PluginIncompatible" });
  });
});

describe("registering", () => {
  it("refuses another package for a scheme, and what is no plugin; the same package is welcome again", () => {
    const { registry } = registryOf();
    const { plugin } = shelfPlugin();
    registry.register(shelfPlugin().plugin);
    for (const wrong of [
      { ...plugin, name: "other" },
      { ...plugin, open: undefined },
      { ...plugin, schemes: [] },
      { ...plugin, schemes: ["Bad Scheme"] },
      {},
      null,
      5,
    ]) {
      expect(() => registry.register(Object(wrong) === wrong ? (wrong as never) : (wrong as never))).toThrow(
        expect.objectContaining({ code: "InvalidArgument" }),
      );
    }
  });

  it("leaves nothing of a plugin of which one scheme is taken", () => {
    const { registry } = registryOf();
    const { plugin } = shelfPlugin({ name: "other", schemes: ["book", "shelf"] });
    expect(() => registry.register(plugin)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
    expect(registry.schemes().map(({ scheme }) => scheme)).not.toContain("book");
  });

  it("lets one plugin claim an https URI; two claims are an error", async () => {
    const claims = {
      matches: (uri: string) => uri.startsWith("https://shelf.example/"),
      parse: () => ({ container: "a", key: "" }),
    };
    const { registry } = registryOf(claims);
    await using store = await registry.openStore("https://shelf.example/a/");
    expect(store.uri).toBe("shelf://a/");
    registry.register(shelfPlugin({ ...claims, name: "other", schemes: ["other"] }).plugin);
    await expect(registry.openStore("https://shelf.example/a/")).rejects.toMatchObject({
      code: "InvalidUri",
      message: expect.stringContaining("other"),
    });
  });

  it("in one registry shows in no other", async () => {
    registryOf();
    const empty = createRegistry({ importPackage: false });
    await expect(empty.openStore("shelf://a/")).rejects.toMatchObject({ code: "UnknownScheme" });
    expect(knownSchemes().map(({ scheme }) => scheme)).not.toContain("shelf");
  });

  it("by one copy of core is known to every other", async () => {
    const other: typeof import("./default-registry.js") = await import(
      /* @vite-ignore */ `./default-registry.js?copy=${randomUUID()}`
    );
    const { plugin } = shelfPlugin({
      name: "copied",
      schemes: ["copied"],
      parse: (uri, as) => parseRawUri("copied", uri, as),
    });
    other.registerPlugin(plugin);
    await using store = await openStore("copied://a/");
    expect([store.scheme, knownSchemes().some(({ scheme }) => scheme === "copied")]).toEqual(["copied", true]);
  });
});

describe("connections", () => {
  it("are shared by stores of one container with equal options, and close with the last of them", async () => {
    const { registry, opened } = registryOf();
    const client = new (class Client {})();
    const stores = await Promise.all([
      registry.openStore("shelf://a/", { room: "attic", client }),
      registry.openStore("shelf://a/deep", { client, room: "attic", shelves: undefined }),
      registry.openStore("shelf://a/", { room: "attic", client: new (class Client {})() }),
      registry.openStore("shelf://b/", { room: "attic", client }),
    ]);
    expect(opened).toHaveLength(3);
    await stores[0]?.close();
    expect(opened[0]?.[1].closed).toBe(0);
    await stores[1]?.close();
    expect(opened[0]?.[1].closed).toBe(1);
    await Promise.all(stores.map((store) => store.close()));
    expect(opened.map(([, { closed }]) => closed)).toEqual([1, 1, 1]);
  });

  it("are opened again after a failure to open", async () => {
    let attempts = 0;
    const { registry } = registryOf({
      open() {
        attempts += 1;
        if (attempts === 1) throw failure("Unauthenticated");
        return scripted().driver;
      },
    });
    await expect(registry.openStore("shelf://a/")).rejects.toMatchObject({
      code: "Unauthenticated",
      operation: "openStore",
    });
    await (await registry.openStore("shelf://a/")).close();
  });

  it("of URI-level functions stay with the registry for the next one, so many at most, until it is disposed", async () => {
    const { registry, opened } = registryOf();
    for (let each = 0; each < IDLE_DRIVERS_MAX + 5; each++) {
      await copy(`shelf://c${each}/k`, `shelf://c${each}/l`, { registry }).catch(() => {});
    }
    await copy("shelf://c68/k", "shelf://c68/l", { registry }).catch(() => {});
    expect(opened).toHaveLength(IDLE_DRIVERS_MAX + 5);
    expect(opened.filter(([, { closed }]) => closed > 0).map(([name]) => name)).toEqual(["c0", "c1", "c2", "c3", "c4"]);
    await registry[Symbol.asyncDispose]();
    expect(opened.every(([, { closed }]) => closed === 1)).toBe(true);
  });
});

describe("copy and copyPrefix", () => {
  it("copy between URIs; a destination that ends in a slash gets the source's name", async () => {
    const { registry, opened } = registryOf();
    await using a = await registry.openStore("shelf://a/");
    await a.put("dir/k.txt", "hello", { metadata: { a: "b" } });
    await copy("shelf://a/dir/k.txt", "shelf://b/out/", { registry });
    expect(opened.find(([name]) => name === "b")?.[1].objects.get("out/k.txt")).toMatchObject({
      attributes: { metadata: { a: "b" } },
    });
    expect(await copyPrefix("shelf://a/dir", "shelf://c/", { registry })).toEqual({ objects: 1, bytes: 5, failed: [] });
    await expect(copyPrefix("shelf://a/", "shelf://a/dir", { registry })).rejects.toMatchObject({
      code: "InvalidArgument",
      operation: "copyPrefix",
    });
    await expect(copy("shelf://a/none", "shelf://b/x", { registry })).rejects.toMatchObject({
      code: "NotFound",
      operation: "copy",
      uri: "shelf://a/none",
    });
  });

  it("reject wrong arguments with a StoreError that names them, and open nothing once aborted", async () => {
    const { registry, opened } = registryOf();
    for (const [from, to, options] of [
      ["shelf://a/k", "shelf://b/k", { registry, fron: {} }],
      ["shelf://a/k", "shelf://b/k", { registry: {} }],
      ["shelf://a/k", "shelf://b/k", { registry, from: { rom: 1 } }],
      ["shelf://a/k", 5, { registry }],
      ["shelf://a/", "shelf://b/k", { registry }],
      [5, "shelf://b/k", { registry }],
    ] as const) {
      await expect(copy(from as never, to as never, Object(options))).rejects.toMatchObject({
        code: expect.stringMatching(/^Invalid/),
        operation: "copy",
      });
      if (from !== "shelf://a/")
        await expect(copyPrefix(from as never, to as never, Object(options))).rejects.toMatchObject({
          code: expect.stringMatching(/^Invalid/),
          operation: "copyPrefix",
        });
    }
    const before = opened.length;
    const reason = new Error("stop");
    const signal = AbortSignal.abort(reason);
    await expect(copy("shelf://x/k", "shelf://y/k", { registry, signal })).rejects.toBe(reason);
    await expect(copyPrefix("shelf://x/", "shelf://y/", { registry, signal })).rejects.toBe(reason);
    expect(opened).toHaveLength(before);
    await registry[Symbol.asyncDispose]();
  });
});

describe("containers", () => {
  function withContainers(): { readonly registry: Registry; readonly made: string[]; fail(error: Error): void } {
    const made: string[] = [];
    const errors: Error[] = [];
    const { registry } = registryOf({
      containers: {
        async create(container) {
          const error = errors.shift();
          if (error !== undefined) throw error;
          if (made.includes(container)) return { created: false };
          made.push(container);
          return { created: true };
        },
        async delete(container, _options, { force }) {
          if (!force) throw failure("ContainerNotEmpty");
          made.splice(made.indexOf(container), 1);
        },
        async *list(parent) {
          for (const name of made) yield { name, uri: `shelf://${name}/`, created: undefined };
          if (parent === "broken") throw new TypeError("x");
        },
      },
    });
    return { registry, made, fail: (error) => void errors.push(error) };
  }

  it("are created, listed and deleted by URI", async () => {
    const { registry } = withContainers();
    expect(await createContainer("shelf://a", {}, { registry })).toEqual({ created: true });
    expect(await createContainer("shelf://a/", {}, { registry })).toEqual({ created: false });
    const names = [];
    for await (const { name } of listContainers("shelf://", {}, { registry })) names.push(name);
    expect(names).toEqual(["a"]);
    await expect(deleteContainer("shelf://a", {}, { registry })).rejects.toMatchObject({
      code: "ContainerNotEmpty",
      operation: "deleteContainer",
      uri: "shelf://a",
      committed: false,
    });
    await deleteContainer("shelf://a", {}, { registry, force: true });
  });

  it("functions try again what is retryable, and name operation and URI in every error", async () => {
    const { registry, made, fail } = withContainers();
    fail(failure("Unavailable"));
    await createContainer("shelf://a", {}, { registry });
    expect(made).toEqual(["a"]);
    fail(failure("Throttled"));
    await expect(createContainer("shelf://b", {}, { registry, retries: 0 })).rejects.toMatchObject({
      code: "Throttled",
      operation: "createContainer",
      uri: "shelf://b",
    });
    fail(new TypeError("x"));
    await expect(createContainer("shelf://b", {}, { registry })).rejects.toMatchObject({
      code: "Internal",
      operation: "createContainer",
      committed: "unknown",
    });
    const listing = listContainers("shelf://broken", {}, { registry });
    await listing.next();
    await expect(listing.next()).rejects.toMatchObject({
      code: "Internal",
      operation: "listContainers",
      uri: "shelf://broken",
    });
    const reason = new Error("stop");
    await expect(createContainer("shelf://c", {}, { registry, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });

  it("functions refuse what a scheme lacks, prefixes, and options nobody knows", async () => {
    const { registry } = registryOf();
    await expect(createContainer("shelf://a", {}, { registry })).rejects.toMatchObject({
      code: "Unsupported",
      capability: "createContainer",
    });
    await expect(deleteContainer("shelf://a", {}, { registry })).rejects.toMatchObject({
      capability: "deleteContainer",
    });
    await expect(listContainers("shelf://a", {}, { registry }).next()).rejects.toMatchObject({
      capability: "listContainers",
    });
    const full = withContainers().registry;
    await expect(createContainer("shelf://a/prefix", {}, { registry: full })).rejects.toMatchObject({
      code: "InvalidUri",
      operation: "createContainer",
    });
    for (const options of [{ force: true }, { regstry: 1 }, { signal: 5 }, null, 5]) {
      await expect(
        createContainer(
          "shelf://a",
          {},
          (Object(options) === options ? { registry: full, ...Object(options) } : options) as never,
        ),
      ).rejects.toMatchObject({ code: "InvalidArgument", operation: "createContainer" });
    }
    await expect(deleteContainer("shelf://a", {}, { registry: full, force: 1 as never })).rejects.toMatchObject({
      code: "InvalidArgument",
    });
    await expect(createContainer("nosuch://a", {}, { registry: full })).rejects.toMatchObject({
      code: "UnknownScheme",
      operation: "createContainer",
    });
  });
});
