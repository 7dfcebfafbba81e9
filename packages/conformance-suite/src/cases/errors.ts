import { inspect } from "node:util";
import { isStoreError, reviveStoreError, STORE_ERROR_CODES, StoreError } from "@stowage/core";
import { bounded } from "../engine/bounded.js";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";
import { forwardDriver } from "../instrument/forward.js";
import { fill } from "./list.js";

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

  for (const kind of ["unavailable", "throttled", "lost"] as const) {
    define(
      `retry.transient/${kind}`,
      285,
      "one failed request that fails the call",
      async (t) => {
        await t.store.put("a", t.data(5000));
        const { store, inject } = await t.faulty();
        const calls: Readonly<Record<"read" | "stat" | "list" | "delete" | "write", () => PromiseLike<unknown>>> = {
          read: async () => t.bytes((await store.get("a")).bytes, t.data(5000), "get"),
          stat: async () => t.equal((await store.stat("a")).size, 5000, "size"),
          list: async () => t.equal((await store.list().toArray()).length, 1, "entries"),
          write: () => store.put("b", t.data(700, 1)),
          delete: () => store.delete("b"),
        };
        for (const [on, call] of Object.entries(calls) as [keyof typeof calls, () => PromiseLike<unknown>][]) {
          await inject({ on, kind, times: 2 });
          await call();
        }
        await t.lists(["a"]);
      },
      { parts: ["faults"] },
    );
  }

  define(
    "retry.read-resumes",
    286,
    "a broken connection that starts over, or splices",
    async (t) => {
      const body = t.data(400_000);
      await t.store.put("a", body);
      const { store, inject } = await t.faulty();
      await inject({ on: "read", kind: "cut", afterBytes: 100_001 });
      const { stream } = await store.getStream("a");
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      t.bytes(Buffer.concat(chunks), body, "the stream");
    },
    { parts: ["faults"], needs: ["conditionalRead"], size: "M" },
  );

  define(
    "retry.read-resume-changed",
    286,
    "the rest of another version joined to the first half",
    async (t) => {
      await t.store.put("a", t.data(400_000, 1));
      const { store, inject } = await t.faulty();
      await inject({ on: "read", kind: "cut", afterBytes: 100_001 });
      const { stream } = await store.getStream("a");
      await t.store.put("a", t.data(400_000, 2));
      const chunks: Uint8Array[] = [];
      const outcome = await (async () => {
        for await (const chunk of stream) chunks.push(chunk);
        return Buffer.concat(chunks);
      })().catch((error: unknown) => error);
      if (outcome instanceof Uint8Array) t.oneOf(outcome, [t.data(400_000, 1), t.data(400_000, 2)], "the stream");
      else await t.rejects(() => Promise.reject(outcome), "PreconditionFailed", "the stream");
    },
    { parts: ["faults"], needs: ["conditionalRead"], size: "M" },
  );

  define(
    "retry.non-replayable-body",
    287,
    "a one-shot stream sent again, empty",
    async (t) => {
      const { store, inject } = await t.faulty();
      await inject({ on: "write", kind: "unavailable" });
      async function* once(): AsyncGenerator<Uint8Array> {
        yield t.data(1000);
      }
      const outcome = await store.put("a", once(), { size: 1000 }).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        await t.rejects(() => Promise.reject(outcome), "Unavailable", "put");
        await t.absent("a");
      } else {
        await t.holds("a", t.data(1000));
      }
    },
    { parts: ["faults"] },
  );

  define(
    "retry.non-replayable-unknown",
    287,
    "a used-up body written as an empty object after a lost answer",
    async (t) => {
      const { store, inject } = await t.faulty();
      await inject({ on: "write", kind: "lost" });
      async function* once(): AsyncGenerator<Uint8Array> {
        yield t.data(1000);
      }
      await store.put("a", once()).catch(() => {});
      const there = await t.store.get("a").catch(() => undefined);
      if (there !== undefined) t.bytes(there.bytes, t.data(1000), "the object");
      else await t.absent("a");
    },
    { parts: ["faults"], needs: ["putStream"] },
  );

  define(
    "retry.bounded",
    288,
    "retries without end",
    async (t) => {
      const { store, inject } = await t.faulty();
      await inject({ on: "stat", kind: "unavailable", times: 1000 });
      const error = await t.rejects(() => store.stat("a", { retries: 2 }), "Unavailable", "stat");
      t.equal(error.retryable, true, "retryable");
    },
    { parts: ["faults"] },
  );

  define(
    "retry.count",
    288,
    "more, or fewer, attempts than asked for",
    async (t) => {
      const attempts: number[] = [];
      for (const retries of [0, 1, 3]) {
        let count = 0;
        const store = await t.over(
          (driver) =>
            forwardDriver(driver, {
              async stat() {
                count += 1;
                throw new StoreError({ code: "Unavailable", message: "down" });
              },
            }),
          { retries: 1 },
        );
        await t.rejects(() => store.stat("a", { retries }), "Unavailable", "stat");
        attempts.push(count);
      }
      t.equal(attempts, [1, 2, 4], "attempts for 0, 1 and 3 retries");
    },
    { parts: ["driver"], size: "M" },
  );

  define(
    "retry.deadline",
    288,
    "a total timeout that the waits between attempts ignore",
    async (t) => {
      const store = await t.over((driver) =>
        forwardDriver(driver, {
          async stat() {
            throw new StoreError({ code: "Throttled", message: "slow down", retryAfterMs: 30_000 });
          },
        }),
      );
      await t.rejects(() => store.stat("a", { timeouts: { total: 50 } }), ["Timeout", "Throttled"], "stat");
    },
    { parts: ["driver"] },
  );

  define(
    "retry.hanging-driver",
    288,
    "a driver that never answers and a timeout nobody watches",
    async (t) => {
      const store = await t.over((driver) =>
        forwardDriver(driver, {
          stat: (_key, { signal }) =>
            new Promise((_, reject) =>
              signal?.addEventListener("abort", () => reject(new Error("stopped")), { once: true }),
            ),
        }),
      );
      await t.rejects(() => store.stat("a", { timeouts: { attempt: 30 }, retries: 0 }), "Timeout", "stat");
      await t.rejects(() => store.stat("a", { timeouts: { total: 30 } }), "Timeout", "stat");
    },
    { parts: ["driver"] },
  );

  define(
    "retry.permanent-once",
    280,
    "a permanent failure tried again",
    async (t) => {
      const { store, calls } = await t.counting();
      await t.rejects(() => store.stat("missing"), "NotFound", "stat");
      t.equal(calls.of("stat"), 1, "stats of a missing object");
    },
    { parts: ["driver"] },
  );

  define(
    "err.list-midway",
    291,
    "a listing that fails told as complete",
    async (t) => {
      await fill(
        t,
        Array.from({ length: 9 }, (_, index) => `k${index}`),
      );
      const { store, inject } = await t.faulty();
      let pages = 0;
      await t.rejects(
        async () => {
          for await (const page of bounded(store.list({ retries: 0 }).pages({ pageSize: 3 }))) {
            pages += page.entries.length > 0 ? 1 : 0;
            if (pages === 1) await inject({ on: "list", kind: "unavailable", times: 50 });
          }
        },
        "Unavailable",
        "listing",
      );
      t.ok(pages >= 1 && pages < 3, `${pages} pages before the failure`);
    },
    { parts: ["faults"] },
  );

  define(
    "retry.list-midway",
    291,
    "entries lost or doubled by a retried page",
    async (t) => {
      const keys = Array.from({ length: 12 }, (_, index) => `k${String(index).padStart(2, "0")}`);
      await fill(t, keys);
      const { store, inject } = await t.faulty();
      const found: string[] = [];
      for await (const page of bounded(store.list().pages({ pageSize: 3 }))) {
        found.push(...page.entries.flatMap((entry) => (entry.kind === "object" ? [entry.key] : [])));
        await inject({ on: "list", kind: "unavailable" });
      }
      t.equal(found, t.ordered(keys), "keys");
    },
    { parts: ["faults"] },
  );
});
