import { randomUUID } from "node:crypto";
import { describe, expect, expectTypeOf, it } from "vitest";
import { registryOf, shelfPlugin } from "../../test/support/shelf-plugin.js";
import type { ShelfOptions } from "../../test/support/shelf-plugin.js";
import {
  copy,
  createBudget,
  createRegistry,
  isStoreError,
  knownSchemes,
  openStore,
  parseRawUri,
  SPEC_VERSION,
} from "../index.js";
import type { CommonStoreOptions, OptionsOf } from "../index.js";

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
