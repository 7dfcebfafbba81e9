import { inspect } from "node:util";
import { isStoreError, reviveStoreError, STORE_ERROR_CODES, StoreError } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";
import { forwardDriver } from "../instrument/forward.js";

/** One failing call of every operation, without any harness. */
function failures(t: CaseContext): Readonly<Record<string, () => PromiseLike<unknown>>> {
  const { store } = t;
  return {
    get: () => store.get("missing"),
    stat: () => store.stat("missing"),
    getStream: () => store.getStream("missing"),
    getRanges: () => store.getRanges("missing", [{ offset: 0, length: 1 }]),
    copy: () => store.copy("missing", "b"),
    rename: () => store.rename("missing", "b"),
    put: () => store.put("../x", "1"),
    delete: () => store.delete("../x"),
    deletePrefix: () => store.deletePrefix(""),
  };
}

export const errorCases: readonly Case[] = defineArea("P", (define) => {
  define("err.taxonomy", 279, "an error of the service's client let through", async (t) => {
    for (const [name, call] of t.offered(failures(t))) {
      const error = await t.failure(call, name);
      if (!isStoreError(error)) return t.fail(`${name} rejected with ${inspect(error)}`);
      t.ok(STORE_ERROR_CODES.includes(error.code), `${error.code} is a known code`);
      t.equal(
        [error.operation, error.scheme, error.name],
        [name, t.store.scheme, "StoreError"],
        `operation, scheme and name of ${name}`,
      );
      t.ok(error.uri?.startsWith(`${t.store.scheme}:`) === true, `${name} names the URI, not ${String(error.uri)}`);
      t.ok(error instanceof StoreError && error instanceof Error, "an Error and a StoreError");
    }
  });

  define("err.committed", 279, "a write that fails without saying whether it took effect", async (t) => {
    for (const name of ["put", "copy", "rename", "delete"] as const) {
      const call = failures(t)[name];
      if (call === undefined || (name !== "put" && name !== "delete" && !t.has(name))) continue;
      const error = await t.rejects(call, ["InvalidKey", "NotFound"], name);
      t.equal(error.committed, false, `committed of ${name}`);
    }
    const error = await t.rejects(() => t.store.get("missing"), "NotFound", "get");
    t.equal(error.committed, undefined, "committed of a read");
  });

  define("err.not-retryable", 280, "a missing object asked for again and again", async (t) => {
    for (const [name, call] of t.offered(failures(t))) {
      const error = await t.failure(call, name);
      t.equal(isStoreError(error) && error.retryable, false, `retryable of ${name}`);
    }
  });

  define("err.codes", 280, "one failure, two codes", async (t) => {
    await t.store.put("a", "1");
    await t.rejects(() => t.store.get("b"), "NotFound", "a missing object");
    await t.rejects(() => t.store.get("../b"), "InvalidKey", "an illegal key");
    await t.rejects(
      () => t.store.get("a", { range: { offset: 5, length: 1 } }),
      "InvalidRange",
      "a range beyond the end",
    );
    const unknown = (): Promise<unknown> => Reflect.apply(t.store.get, t.store, ["a", { rnage: 1 }]);
    await t.rejects(unknown, "InvalidArgument", "an unknown option");
    await t.rejects(() => t.store.get("a", { retries: -1 }), "InvalidArgument", "a bad option");
  });

  define("err.foreign-options", 280, "options of another service ignored", async (t) => {
    await t.store.put("a", "1");
    const foreign = (): Promise<unknown> =>
      Reflect.apply(t.store.get, t.store, ["a", { native: { "no-such-service": {} } }]);
    await t.rejects(foreign, "Unsupported", "options of another service");
  });

  define("err.message-has-key", 281, "an error that does not say which object", async (t) => {
    const error = await t.rejects(() => t.store.get("some dir/ö key"), "NotFound", "get");
    t.equal(error.key, "some dir/ö key", "key");
    t.equal(error.uri, t.store.uriOf("some dir/ö key"), "uri");
    t.ok(error.message.includes("NotFound"), `the message names the code: ${error.message}`);
  });

  define(
    "err.no-secrets",
    281,
    "keys and signatures in logs",
    async (t) => {
      const secrets = ["s3cr3tSignature", "AccountKeyS3cret", "Bearer tok3n"];
      const store = await t.over((driver) =>
        forwardDriver(driver, {
          async stat() {
            throw new StoreError({
              code: "Unavailable",
              message: `GET https://x/?sig=${secrets[0]}&x failed; AccountKey=${secrets[1]}; authorization: ${secrets[2]}`,
              retryable: false,
            });
          },
        }),
      );
      const error = await t.rejects(() => store.stat("a"), "Unavailable", "stat");
      for (const secret of secrets) {
        for (const text of [
          error.message,
          error.stack ?? "",
          JSON.stringify(error),
          inspect(error, { depth: 9, showHidden: true }),
        ]) {
          t.ok(!text.includes(secret), `a secret shows in ${text.slice(0, 80)}`);
        }
      }
    },
    { parts: ["driver"] },
  );

  define(
    "err.untyped-driver-error",
    279,
    "a driver's own exception let through",
    async (t) => {
      const store = await t.over((driver) =>
        forwardDriver(driver, {
          async stat() {
            throw new TypeError("cannot read properties of undefined");
          },
        }),
      );
      const error = await t.rejects(() => store.stat("a"), "Internal", "stat");
      t.ok(error.cause instanceof Error && error.cause.message.includes("of undefined"), "the cause is kept");
    },
    { parts: ["driver"] },
  );

  define(
    "err.permission-denied",
    282,
    "a 403 told as 404",
    async (t) => {
      await t.store.put("a", "1");
      const denied = await t.denied();
      const calls: Readonly<Record<string, () => PromiseLike<unknown>>> = {
        get: () => denied.get("a"),
        stat: () => denied.stat("a"),
        exists: () => denied.exists("a"),
        list: () => denied.list().toArray(),
        put: () => denied.put("b", "1"),
        delete: () => denied.delete("a"),
      };
      for (const [name, call] of Object.entries(calls)) {
        const error = await t.rejects(call, ["PermissionDenied", "Unauthenticated"], name);
        t.equal(error.retryable, false, `retryable of ${name}`);
      }
      await t.lists(["a"]);
    },
    { parts: ["openDenied"] },
  );

  define(
    "err.container-missing",
    283,
    "a missing container told as a missing object",
    async (t) => {
      const missing = await t.missingContainer();
      const calls: Readonly<Record<string, () => PromiseLike<unknown>>> = {
        get: () => missing.get("a"),
        stat: () => missing.stat("a"),
        exists: () => missing.exists("a"),
        list: () => missing.list().toArray(),
        put: () => missing.put("a", "1"),
        delete: () => missing.delete("a"),
      };
      for (const [name, call] of Object.entries(calls)) await t.rejects(call, "ContainerNotFound", name);
    },
    { parts: ["openMissingContainer"] },
  );

  define("err.clone", 284, "an error that loses its code on the way from a worker", async (t) => {
    const error = await t.rejects(() => t.store.get("missing"), "NotFound", "get");
    const revived = reviveStoreError(structuredClone(error));
    t.equal(
      [revived?.code, revived?.operation, revived?.uri],
      [error.code, error.operation, error.uri],
      "code, operation and uri",
    );
    const plain: unknown = JSON.parse(JSON.stringify(error));
    t.ok(typeof plain === "object" && plain !== null && "code" in plain && plain.code === "NotFound", "code in JSON");
  });
});
