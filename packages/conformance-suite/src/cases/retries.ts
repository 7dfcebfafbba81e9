import { StoreError } from "@stowage/core";
import { bounded } from "../engine/bounded.js";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import { forwardDriver } from "../instrument/forward.js";
import { fill } from "./list.js";

export const retryCases: readonly Case[] = defineArea("P", (define) => {
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
        // The literal above has these keys and no others, which Object.entries forgets.
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
