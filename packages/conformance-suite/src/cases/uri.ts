import { createRegistry, formatUri, SPEC_VERSION } from "@stowage/core";
import { bounded } from "../engine/bounded.js";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";
import { legalKeys } from "./key-tables.js";

export const uriCases: readonly Case[] = defineArea("T", (define) => {
  define("uri.store", 324, "a store that does not know where it is", async (t) => {
    t.ok(t.store.uri.startsWith(`${t.store.scheme}:`), `${t.store.uri} begins with ${t.store.scheme}:`);
    const parsed = await t.registry.parse(t.store.uri, "store");
    t.equal(parsed.scheme, t.store.scheme, "scheme");
    t.equal(parsed.key === "" || parsed.key.endsWith("/"), true, "a prefix that is empty or ends with /");
  });

  for (const { name, key } of legalKeys) {
    define(`uri.roundtrip/${name}`, [325, 328], "a key altered by its way through a URI", async (t) => {
      const uri = t.store.uriOf(key);
      const parsed = await t.registry.parse(uri, "object");
      t.equal(formatUri(parsed), uri, "format(parse(uri))");
      // The key may have gained the store's prefix, or (local files: the container is the parent directory) lost directories.
      const same = parsed.key === key || parsed.key.endsWith(`/${key}`) || key.endsWith(`/${parsed.key}`);
      t.ok(same && parsed.key !== "", `the key of ${uri} is ${parsed.key}`);
    });
  }

  for (const [name, uri] of Object.entries({
    "no-scheme": "bucket/key",
    empty: "",
    "only-scheme": "nosuchscheme:",
    space: " ",
    "scheme-chars": "s 3://a/b",
  })) {
    define(`uri.bad/${name}`, 326, "a bad URI that opens something else", async (t) => {
      await t.rejects(() => t.registry.openStore(uri), ["InvalidUri", "UnknownScheme"], JSON.stringify(uri));
    });
  }

  define("uri.unknown-scheme", 326, "an unknown scheme told as a missing file", async (t) => {
    const error = await t.rejects(() => t.registry.openStore("nosuchscheme://a/b"), "UnknownScheme", "openStore");
    t.ok(error.message.includes(t.store.scheme), `the message names the known schemes: ${error.message}`);
  });

  define("uri.unknown-option", 326, "a misspelt option ignored", async (t) => {
    const open = (): Promise<unknown> =>
      Reflect.apply(t.registry.openStore, t.registry, [t.store.uri, { regoin: "x" }]);
    const error = await t.rejects(open, "InvalidArgument", "openStore");
    t.ok(error.message.includes("regoin"), "the message names the option");
  });

  define("uri.wrong-scheme", 327, "a URI of another store taken", async (t) => {
    const { plugin } = await t.registry.parse(t.store.uri, "store");
    await t.rejects(async () => plugin.parse("nosuchscheme://a/b", "object"), "InvalidUri", "parse");
  });

  define(
    "uri.missing-key",
    326,
    "a container taken for an object",
    async (t) => {
      await t.rejects(() => t.registry.openObject(containerUri(t)), ["InvalidUri", "InvalidKey"], "openObject");
    },
    { unless: ({ keys }) => (keys.trailingSlash ? undefined : "a directory is as good as an object here") },
  );

  define(
    "uri.open-object",
    325,
    "an object URI that opens another object",
    async (t) => {
      await t.store.put("dir/a b+c", "found");
      const { store, key } = await t.registry.openObject(t.store.uriOf("dir/a b+c"));
      t.equal((await t.adopt(store).get(key)).text(), "found", "text");
    },
    { parts: ["containers"] },
  );

  define("reg.duplicate", 330, "one scheme, two packages, the last one wins", async (t) => {
    const { plugin } = await t.registry.parse(t.store.uri, "store");
    const registry = createRegistry({ plugins: [plugin], importPackage: false });
    registry.register(plugin);
    await t.rejects(
      async () => registry.register({ ...plugin, name: "another-package" }),
      "InvalidArgument",
      "register",
    );
    t.equal((await registry.pluginOf(t.store.uri)).name, plugin.name, "plugin");
  });

  define("reg.spec-version", 330, "a plugin of another contract that fails somewhere inside", async (t) => {
    const { plugin } = await t.registry.parse(t.store.uri, "store");
    t.equal(plugin.specVersion, SPEC_VERSION, "specVersion");
    const registry = createRegistry({ importPackage: false });
    const old = { ...plugin, specVersion: SPEC_VERSION + 1 };
    await t.rejects(
      async () => {
        registry.register(old);
        await registry.openStore(t.store.uri);
      },
      "PluginIncompatible",
      "a plugin of the next contract",
    );
  });

  define(
    "wrap.prefix",
    332,
    "a prefix that shows in keys, errors, tokens, or is left out of startAfter",
    async (t) => {
      const view = t.store.withPrefix("in side/");
      for (const key of ["a", "b", "c", "d"]) await view.put(key, key);
      await t.store.put("in side", "beside").catch(() => {});
      await t.store.put("in sideways", "beside");
      t.equal(await t.keys({}, view), ["a", "b", "c", "d"], "keys of the view");
      t.equal(await t.keys({ startAfter: "b" }, view), ["c", "d"], "keys after b");
      t.equal(await t.keys({ prefix: "in side" }, view), [], "keys with the view's own prefix");
      const pages = view.list().pages({ pageSize: 2 });
      for await (const { token } of pages) {
        const rest: string[] = [];
        for await (const page of bounded(
          view.list().pages({ pageSize: 2, ...(token === undefined ? {} : { token }) }),
        )) {
          rest.push(...page.entries.map((entry) => (entry.kind === "object" ? entry.key : "")));
        }
        t.equal(rest, ["c", "d"], "keys by token");
        break;
      }
      const error = await t.rejects(() => view.get("x"), "NotFound", "get");
      t.equal(error.key, "x", "key of the error");
      t.equal(view.uriOf("a"), t.store.uriOf("in side/a"), "uri");
      t.equal((await view.stat("a")).key, "a", "key of stat");
      await t.holds("in side/a", "a");
    },
    {
      unless: ({ listOrder }) =>
        listOrder === "utf8" || listOrder === "utf16" ? undefined : "the listing has no total order",
    },
  );

  define("wrap.prefix-writes", 332, "a view that copies, renames or deletes outside its prefix", async (t) => {
    const view = t.store.withPrefix("v");
    await t.store.put("a", "outside");
    await t.store.put("x", "outside");
    await view.put("a", "inside");
    if (t.has("copy") && t.has("rename")) {
      await view.copy("a", "b");
      await view.rename("b", "c");
    } else {
      await view.put("c", "inside");
    }
    await view.delete("x");
    if (t.has("deleteMany")) await view.deleteMany(["x", "none"]);
    await t.lists(["a", "v/a", "v/c", "x"]);
    t.equal((await view.deletePrefix("", { all: true })).deleted, 2, "deleted");
    await t.lists(["a", "x"]);
    await t.holds("a", "outside");
  });
});

/** The URI of the container itself, also where the namespace is a prefix of it. */
function containerUri(t: CaseContext): string {
  const uri = t.store.uri.replace(/\/*$/, "/");
  const prefix = t.harness.keyPrefix?.(t.namespace) ?? "";
  return prefix !== "" && uri.endsWith(prefix) ? uri.slice(0, -prefix.length) : uri;
}
