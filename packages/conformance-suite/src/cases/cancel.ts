import { getEventListeners } from "node:events";
import { StoreError } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { bounded } from "../engine/bounded.js";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";
import { beforeReads } from "../instrument/before-reads.js";
import { inChunks } from "../instrument/in-chunks.js";
import { fill } from "./list.js";

type Call = (store: ObjectStore, signal: AbortSignal) => PromiseLike<unknown>;

/** Every method that takes a signal; `a` is there, `b` is not. */
export const callsWithSignal: Readonly<Record<string, Call>> = {
  get: (store, signal) => store.get("a", { signal }),
  getInto: (store, signal) => store.getInto("a", new Uint8Array(100), { signal }),
  getStream: (store, signal) => store.getStream("a", { signal }),
  getRanges: (store, signal) => store.getRanges("a", [{ offset: 0, length: 1 }], { signal }),
  getMany: (store, signal) => store.getMany(["a"], { signal }),
  put: (store, signal) => store.put("b", "1", { signal }),
  "put over": (store, signal) => store.put("a", "1", { signal }),
  stat: (store, signal) => store.stat("a", { signal }),
  exists: (store, signal) => store.exists("a", { signal }),
  list: (store, signal) => store.list({ signal }).toArray(),
  delete: (store, signal) => store.delete("a", { signal }),
  deleteMany: (store, signal) => store.deleteMany(["a"], { signal }),
  deletePrefix: (store, signal) => store.deletePrefix("a", { signal }),
  copy: (store, signal) => store.copy("a", "b", { signal }),
  rename: (store, signal) => store.rename("a", "b", { signal }),
  containerExists: (store, signal) => store.containerExists({ signal }),
};

export async function prepared(t: CaseContext): Promise<void> {
  await t.store.put("a", t.data(100));
}

export const cancelCases: readonly Case[] = defineArea("O", (define) => {
  for (const [name, call] of Object.entries(callsWithSignal)) {
    const id = name.replace(" ", "-");
    define(`abort.pre-aborted/${id}`, 263, "a call that goes on although it was aborted before it began", async (t) => {
      await prepared(t);
      const controller = t.controller();
      const reason = new Error("never mind");
      controller.abort(reason);
      await t.rejectsWith(() => call(t.store, controller.signal), reason, name);
      await t.holds("a", t.data(100));
      await t.lists(["a"]);
    });
  }

  define(
    "abort.pre-aborted/no-io",
    263,
    "requests sent for aborted calls",
    async (t) => {
      await prepared(t);
      const { store, calls: counts } = await t.counting();
      const controller = t.controller();
      controller.abort(new Error("never mind"));
      for (const [name, call] of Object.entries(callsWithSignal)) {
        await t.failure(() => call(store, controller.signal), name);
        t.equal(counts.toJSON(), {}, `driver calls of ${name}`);
      }
    },
    { parts: ["driver"] },
  );

  define(
    "abort.get-midway",
    267,
    "a stream that goes on, or ends as if complete",
    async (t) => {
      await t.store.put("a", t.data(3_000_000));
      const controller = t.controller();
      const reason = new Error("enough");
      const store = t.harness.driver === undefined ? t.store : await t.over((driver) => inChunks(driver, 65_536));
      const { stream } = await store.getStream("a", { signal: controller.signal });
      const reader = stream.getReader();
      const first = await reader.read();
      t.ok(first.value !== undefined && first.value.byteLength < 3_000_000, "the first chunk is not the whole object");
      controller.abort(reason);
      await t.rejectsWith(
        async () => {
          for (let next = await reader.read(); !next.done; next = await reader.read());
        },
        reason,
        "reading on",
      );
      t.equal((await t.store.stat("a")).size, 3_000_000, "the store works on");
    },
    { size: "M" },
  );

  define(
    "abort.get-in-parts",
    267,
    "ranges still read after the abort",
    async (t) => {
      await t.store.put("a", t.data(1_000_000));
      const controller = t.controller();
      const reason = new Error("enough");
      let reads = 0;
      const store = await t.over((driver) =>
        beforeReads(driver, async (read) => {
          reads = read;
          if (read === 2) controller.abort(reason);
        }),
      );
      const options = { partSize: 65_536, rangeThreshold: 65_536, concurrency: 1, signal: controller.signal };
      await t.rejectsWith(() => store.get("a", options), reason, "get");
      t.ok(reads <= 3, `${reads} reads of 16 after the abort at the second`);
    },
    { size: "M", parts: ["driver"], needs: ["conditionalRead"] },
  );

  define("abort.list-midway", 268, "a listing that goes on, or ends as if complete", async (t) => {
    await fill(
      t,
      Array.from({ length: 20 }, (_, index) => `k${index}`),
    );
    const controller = t.controller();
    const reason = new Error("enough");
    let pages = 0;
    await t.rejectsWith(
      async () => {
        for await (const page of bounded(t.store.list({ signal: controller.signal }).pages({ pageSize: 5 }))) {
          pages += page.entries.length > 0 ? 1 : 0;
          controller.abort(reason);
        }
      },
      reason,
      "listing on",
    );
    t.equal(pages, 1, "pages seen");
    t.equal((await t.keys()).length, 20, "keys by a new listing");
  });

  define(
    "abort.copy",
    269,
    "half a copy",
    async (t) => {
      await t.store.put("a", t.data(500_000, 1));
      await t.store.put("b", t.data(400, 2));
      const controller = t.controller();
      const reason = new Error("enough");
      const copying = t.store.copy("a", "b", { signal: controller.signal });
      queueMicrotask(() => controller.abort(reason));
      const outcome = await copying.catch((error: unknown) => error);
      if (outcome instanceof Error) t.ok(outcome === reason, "the reason itself");
      t.oneOf((await t.store.get("b")).bytes, [t.data(500_000, 1), t.data(400, 2)], "the target");
      await t.holds("a", t.data(500_000, 1));
    },
    { needs: ["copy"], size: "M" },
  );

  define("abort.after-done", 270, "an abort after the end that undoes, or rejects where nobody listens", async (t) => {
    await prepared(t);
    for (const [name, call] of t.offered(callsWithSignal)) {
      if (/put|delete|copy|rename|getStream/.test(name)) continue;
      const controller = t.controller();
      await call(t.store, controller.signal);
      controller.abort(new Error("too late"));
    }
    const controller = t.controller();
    await t.store.put("b", "1", { signal: controller.signal });
    controller.abort(new Error("too late"));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await t.holds("b", "1");
    await t.holds("a", t.data(100));
  });

  for (const [name, reason] of Object.entries<unknown>({
    error: new Error("mine"),
    string: "a string",
    undefined: undefined,
    timeout: new DOMException("late", "TimeoutError"),
    object: { mine: true },
  })) {
    define(
      `abort.reason-identity/${name}`,
      271,
      "a reason wrapped, or taken for a failure to be retried",
      async (t) => {
        await prepared(t);
        const controller = t.controller();
        controller.abort(reason);
        for (const method of ["get", "put", "list", "delete"] as const) {
          const call = callsWithSignal[method];
          if (call !== undefined)
            await t.rejectsWith(() => call(t.store, controller.signal), controller.signal.reason, method);
        }
      },
    );
  }

  define(
    "abort.not-retried",
    271,
    "an aborted call tried again",
    async (t) => {
      await prepared(t);
      const controller = t.controller();
      const reason = new Error("mine");
      let reads = 0;
      const store = await t.over((driver) =>
        beforeReads(driver, async (read) => {
          reads = read;
          controller.abort(reason);
          throw new StoreError({ code: "Unavailable", message: "the connection broke" });
        }),
      );
      await t.rejectsWith(() => store.get("a", { signal: controller.signal }), reason, "get");
      t.equal(reads, 1, "reads");
    },
    { parts: ["driver"] },
  );

  define(
    "abort.listener-leak",
    272,
    "one more listener a call on a long-lived signal",
    async (t) => {
      const controller = t.controller();
      const { signal } = controller;
      await prepared(t);
      for (let round = 0; round < 100; round += 1) {
        await t.store.stat("a", { signal });
        await t.store.get("a", { signal });
        await t.store.exists("missing", { signal });
        await t.store.get("missing", { signal }).catch(() => {});
        await t.store.put("b", "1", { signal });
        await t.store.list({ signal }).toArray();
      }
      for (let round = 0; round < 20; round += 1) {
        const { stream } = await t.store.getStream("a", { signal });
        await stream.cancel();
        await t.store.copy("a", "c", { signal }).catch(() => {});
        await t.store.delete("b", { signal });
      }
      t.equal(getEventListeners(signal, "abort").length, 0, "listeners left");
    },
    { size: "M" },
  );

  define(
    "abort.one-of-many",
    273,
    "one aborted call that takes others with it",
    async (t) => {
      await t.store.put("a", t.data(300_000));
      const controllers = Array.from({ length: 6 }, () => t.controller());
      const reason = new Error("just me");
      const reads = controllers.map(({ signal }) => t.store.get("a", { signal }));
      controllers[2]?.abort(reason);
      const outcomes = await Promise.allSettled(reads);
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.status === "fulfilled") t.bytes(outcome.value.bytes, t.data(300_000), `reader ${index}`);
        else t.equal([index, outcome.reason === reason], [2, true], "the one that was aborted");
      }
    },
    { size: "M" },
  );
});
