import type { ObjectStore } from "@stowage/core";
import { callsWithSignal, prepared } from "./cancel.js";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

/** Every method, after close. */
const closedCalls: Readonly<Record<string, (store: ObjectStore) => PromiseLike<unknown>>> = {
  ...Object.fromEntries(
    Object.entries(callsWithSignal).map(([name, call]) => [
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

export const lifecycleCases: readonly Case[] = defineArea("O", (define) => {
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
    for (const key of ["a", "b", "c", "d", "e"]) await store.put(key, t.data(100));
    await store.get("a");
    await store.list().toArray();
    await store.close();
    for (let turn = 0; turn < 60 && countHandles() > before; turn += 1)
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
