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
const calls: Readonly<Record<string, Call>> = {
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

/** Every method, after close. */
const closedCalls: Readonly<Record<string, (store: ObjectStore) => PromiseLike<unknown>>> = {
  ...Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [
      name,
      (store: ObjectStore) => call(store, new AbortController().signal),
    ]),
  ),
  writer: async (store) => {
    await using writer = store.createWriter("b");
    await writer.write("x");
    await writer.close();
  },
  beginUpload: (store) => store.beginUpload("b"),
  presign: (store) => store.presign("a"),
};

/** A body that aborts after its first piece and would go on. */
async function* abortingBody(
  controller: AbortController,
  reason: unknown,
  piece: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield piece;
  controller.abort(reason);
  for (let index = 0; index < 50; index += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    yield piece;
  }
}

async function prepared(t: CaseContext): Promise<void> {
  await t.store.put("a", t.data(100));
}

export const cancelCases: readonly Case[] = defineArea("O", (define) => {
  for (const [name, call] of Object.entries(calls)) {
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
      for (const [name, call] of Object.entries(calls)) {
        await t.failure(() => call(store, controller.signal), name);
        t.equal(counts.toJSON(), {}, `driver calls of ${name}`);
      }
    },
    { parts: ["driver"] },
  );

  define(
    "abort.put-midway",
    264,
    "half an object committed by an aborted put",
    async (t) => {
      for (const [key, old] of [
        ["fresh", undefined],
        ["kept", "old"],
      ] as const) {
        if (old !== undefined) await t.store.put(key, old);
        const controller = t.controller();
        const reason = new Error("enough");
        const body = abortingBody(controller, reason, t.data(20_000));
        await t.rejectsWith(() => t.store.put(key, body, { signal: controller.signal }), reason, "put");
        if (old === undefined) await t.absent(key);
        else await t.holds(key, old);
      }
      await t.lists(["kept"]);
    },
    { needs: ["putStream"] },
  );

  define(
    "abort.writer",
    265,
    "a writer that commits although its signal aborted",
    async (t) => {
      const controller = t.controller();
      const reason = new Error("enough");
      const writer = t.store.createWriter("a", { signal: controller.signal });
      await writer.write(t.data(1000));
      controller.abort(reason);
      await t.rejectsWith(() => writer.close(), reason, "close");
      await t.absent("a");
    },
    { needs: ["putStream"] },
  );

  define(
    "abort.multipart",
    266,
    "parts left behind by an aborted put",
    async (t) => {
      const partSize = Math.max(t.capabilities.limits.partBytesMin ?? 1, 65_536);
      const controller = t.controller();
      const reason = new Error("enough");
      const piece = t.data(partSize);
      const body = abortingBody(controller, reason, piece);
      const options = { partSize, multipartThreshold: partSize, concurrency: 1, signal: controller.signal };
      await t.rejectsWith(() => t.store.put("a", body, options), reason, "put");
      await t.absent("a");
      const door = await t.sideDoor();
      t.equal(await door.listUploads?.(), [], "uploads left");
    },
    { needs: ["putStream", "multipart"], parts: ["listUploads"], size: "M" },
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
    for (const [name, call] of t.offered(calls)) {
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
          const call = calls[method];
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

  define("close.idempotent", 274, "a second close that fails", async (t) => {
    const store = await t.another();
    await store.put("a", "1");
    await store.close();
    t.equal(await store.close(), undefined, "second close");
    await t.holds("a", "1");
  });

  define(
    "close.inflight",
    274,
    "an operation cut off by close",
    async (t) => {
      const store = await t.another();
      const writing = store.put("a", t.data(200_000));
      const closing = store.close();
      const outcome = await writing.catch((error: unknown) => error);
      await closing;
      if (outcome instanceof Error) {
        await t.rejects(() => Promise.reject(outcome), "Closed", "put");
        await t.absent("a");
      } else {
        await t.holds("a", t.data(200_000));
      }
    },
    { size: "M" },
  );

  for (const [name, call] of Object.entries(closedCalls)) {
    define(
      `close.use-after/${name.replace(" ", "-")}`,
      274,
      "a closed store that works on, or fails with some other error",
      async (t) => {
        await prepared(t);
        const store = await t.another();
        await store.close();
        await t.rejects(() => call(store), ["Closed", "Unsupported"], name);
        await t.holds("a", t.data(100));
        await t.lists(["a"]);
      },
    );
  }

  define(
    "close.open-stream",
    274,
    "a stream that hangs, or ends as if complete, when its store closes",
    async (t) => {
      await t.store.put("a", t.data(3_000_000));
      const store = await t.another();
      const { stream } = await store.getStream("a");
      const reader = stream.getReader();
      await reader.read();
      await store.close();
      const rest = await (async () => {
        let bytes = 0;
        for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.byteLength;
        return bytes;
      })().catch((error: unknown) => error);
      if (typeof rest === "number") t.ok(rest > 2_000_000, `${rest} more bytes, then the end`);
      else await t.rejects(() => Promise.reject(rest), "Closed", "reading on");
    },
    { size: "M" },
  );

  define("close.async-dispose", 275, "await using that leaves the store open", async (t) => {
    const escaped: ObjectStore[] = [];
    {
      await using store = await t.another();
      escaped.push(store);
      await store.put("a", "1");
    }
    for (const store of escaped) await t.rejects(() => store.get("a"), "Closed", "get");
    await t.holds("a", "1");
  });

  define("life.no-open-handles", 276, "timers or sockets that keep a process alive after close", async (t) => {
    // The engine's own deadline is there from the second turn on.
    await new Promise((resolve) => setImmediate(resolve));
    const before = countHandles();
    const store = await t.another();
    await store.put("a", t.data(100));
    await store.get("a");
    await store.list().toArray();
    await store.close();
    for (let turn = 0; turn < 200 && countHandles() > before; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    t.ok(countHandles() <= before, `handles left: ${process.getActiveResourcesInfo().join(", ")}`);
  });

  define("life.reopen", 277, "data that goes with its handle", async (t) => {
    for (let round = 0; round < 5; round += 1) {
      const store = await t.another();
      if (round > 0) await t.holds("a", `round ${round - 1}`, store);
      await store.put("a", `round ${round}`);
      await store.close();
    }
    await t.holds("a", "round 4");
  });
});

/** Timers and sockets in use; files are watched by the engine. */
function countHandles(): number {
  return process.getActiveResourcesInfo().filter((kind) => /^(?:Timeout|TCPSocketWrap|TLSWrap)$/.test(kind)).length;
}
