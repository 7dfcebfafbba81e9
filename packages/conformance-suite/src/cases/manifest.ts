import { FEATURES } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";

const methods = [
  "get",
  "getInto",
  "getMany",
  "getStream",
  "getRanges",
  "put",
  "createWriter",
  "beginUpload",
  "resumeUpload",
  "listUploads",
  "abortUpload",
  "stat",
  "exists",
  "list",
  "delete",
  "deleteMany",
  "deletePrefix",
  "copy",
  "copyFrom",
  "rename",
  "presign",
  "containerExists",
  "cleanup",
  "withPrefix",
  "close",
  "uriOf",
] as const;

/** Values that are no key, a name each. TypeScript refuses them; JavaScript passes them. */
const noKeys: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  number: 7,
  object: {},
  array: ["a"],
  symbol: Symbol("key"),
};

const noBodies: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  number: 7,
  boolean: true,
  object: { bytes: 1 },
  function: () => {},
};

/** Calls by key with whatever it is given, as JavaScript would. */
function callsByKey(t: CaseContext, key: unknown): Readonly<Record<string, () => PromiseLike<unknown>>> {
  const { store } = t;
  const call =
    (
      method:
        | "get"
        | "getStream"
        | "getRanges"
        | "getInto"
        | "put"
        | "stat"
        | "exists"
        | "delete"
        | "copy"
        | "rename"
        | "beginUpload",
      ...rest: readonly unknown[]
    ) =>
    (): PromiseLike<unknown> =>
      Reflect.apply(store[method], store, [key, ...rest]);
  return {
    get: call("get"),
    getStream: call("getStream"),
    getRanges: call("getRanges", [{ offset: 0, length: 1 }]),
    getInto: call("getInto", new Uint8Array(8)),
    put: call("put", "body"),
    stat: call("stat"),
    exists: call("exists"),
    delete: call("delete"),
    copy: call("copy", "to"),
    rename: call("rename", "to"),
    beginUpload: call("beginUpload"),
  };
}

export const manifestCases: readonly Case[] = defineArea("A", (define) => {
  define("harness.two-handles", 1, "a store that keeps data in the handle", async (t) => {
    const second = await t.another();
    await t.store.put("a", "from the first");
    await t.holds("a", "from the first", second);
    await second.put("a", "from the second");
    await t.holds("a", "from the second");
    await second.delete("a");
    await t.absent("a");
  });

  define("harness.isolation", 2, "two containers over one map", async (t) => {
    const beside = await t.another({}, await t.besides("other"));
    await t.store.put("a", "here");
    await t.absent("a", beside);
    await beside.put("a", "there");
    await t.holds("a", "here");
    await beside.delete("a");
    await t.lists(["a"]);
  });

  define("harness.reset", 3, "teardown that needs what is under test hides its faults", async (t) => {
    await t.store.put("a", "1");
    await t.store.put("deep/er/b", "2");
    await t.harness.reset(t.namespace);
    await t.lists([], {}, await t.another());
    await t.absent("a", await t.another());
  });

  define("manifest.shape", 4, "a capability that is missing or mistyped is read as 'no'", async (t) => {
    const { capabilities } = t;
    for (const feature of FEATURES) {
      t.ok(
        ["native", "emulated", "unsupported"].includes(capabilities[feature]),
        `${feature} is ${capabilities[feature]}`,
      );
    }
    t.ok(
      ["utf8", "utf16", "hierarchical", "none"].includes(capabilities.listOrder),
      `listOrder is ${capabilities.listOrder}`,
    );
    t.ok(["strong", "weak"].includes(capabilities.etag), `etag is ${capabilities.etag}`);
    t.equal<unknown>(JSON.parse(JSON.stringify(capabilities)), capabilities, "capabilities after JSON");
    for (const part of [capabilities, capabilities.limits, capabilities.keys, capabilities.multipartBehaviour]) {
      t.ok(Object.isFrozen(part), "the capabilities are frozen in depth");
    }
  });

  define("manifest.stable", 5, "a record that changes with use cannot be planned with", async (t) => {
    const before = JSON.stringify(t.capabilities);
    await t.store.put("a", "1");
    await t.store.get("a");
    await t.keys();
    t.equal(JSON.stringify(t.store.capabilities), before, "capabilities after operations");
    const second = await t.another();
    t.equal(JSON.stringify(second.capabilities), before, "capabilities of a second handle");
    await second.close();
    t.equal(JSON.stringify(second.capabilities), before, "capabilities after close");
  });

  define("manifest.limits-consistent", 6, "limits from which no part size follows", async (t) => {
    const { limits } = t.capabilities;
    const { partBytesMin = 1, partBytesMax = Infinity, parts = Infinity, objectBytes, writeBytes = Infinity } = limits;
    for (const [name, value] of Object.entries(limits)) {
      t.ok(Number.isSafeInteger(value) && Number(value) > 0, `limits.${name} is ${String(value)}`);
    }
    t.ok(partBytesMin <= partBytesMax, "the smallest part is above the largest");
    if (objectBytes !== undefined && t.capabilities.multipart !== "unsupported") {
      t.ok(
        Math.max(parts * partBytesMax, writeBytes) >= objectBytes,
        "an object of the declared size cannot be written",
      );
    }
  });

  define("manifest.methods", 7, "'undefined is not a function' instead of Unsupported", async (t) => {
    for (const method of methods) t.equal(typeof Reflect.get(t.store, method), "function", `typeof store.${method}`);
  });

  define("api.promises", 9, "an argument error thrown instead of rejected escapes catch handlers", async (t) => {
    for (const [name, call] of t.offered(callsByKey(t, ""))) {
      await t.rejects(
        () => {
          const returned = call();
          t.ok(returned instanceof Promise, `${name} returns a promise`);
          return returned;
        },
        "InvalidKey",
        name,
      );
    }
  });

  for (const [kind, key] of Object.entries(noKeys)) {
    define(`api.bad-args/key-${kind}`, 10, "a key made of 'undefined' or '[object Object]'", async (t) => {
      for (const [name, call] of t.offered(callsByKey(t, key))) {
        await t.rejects(call, ["InvalidKey", "InvalidArgument"], `${name} with ${kind}`);
      }
      await t.lists([]);
    });
  }

  for (const [kind, body] of Object.entries(noBodies)) {
    define(`api.bad-args/body-${kind}`, 10, "a body made of 'undefined' or '[object Object]'", async (t) => {
      await t.store.put("kept", "old");
      const put = (key: string): Promise<unknown> => Reflect.apply(t.store.put, t.store, [key, body]);
      await t.rejects(() => put("new"), "InvalidArgument", `put of ${kind}`);
      await t.rejects(() => put("kept"), "InvalidArgument", `put of ${kind}`);
      await t.holds("kept", "old");
      await t.absent("new");
    });
  }

  define("api.options-not-mutated", 11, "options shared by calls change under the caller", async (t) => {
    const range = Object.freeze({ offset: 1, length: 2 });
    const get = Object.freeze({ range });
    const list = Object.freeze({ prefix: "a", startAfter: "a" });
    const put = Object.freeze({ size: 4, partSize: 16 * 1024 * 1024 });
    await t.store.put("a", "body", put);
    t.equal((await t.store.get("a", get)).text(), "od", "a range");
    await t.lists([], list);
    await t.store.deletePrefix("a", Object.freeze({ all: false }));
    t.equal(
      [range, get, list, put],
      [{ offset: 1, length: 2 }, { range }, { prefix: "a", startAfter: "a" }, { size: 4, partSize: 16 * 1024 * 1024 }],
      "options after use",
    );
    await t.absent("a");
  });

  define(
    "api.metadata-not-mutated",
    11,
    "names lower-cased in the caller's own object",
    async (t) => {
      const metadata = Object.freeze({ Colour: "red" });
      await t.store.put("a", "body", Object.freeze({ metadata, contentType: "text/x-test" }));
      t.equal(metadata, { Colour: "red" }, "metadata after use");
      t.equal({ ...(await t.store.stat("a")).metadata }, { colour: "red" }, "stored metadata");
    },
    { needs: ["attributes"] },
  );
});
