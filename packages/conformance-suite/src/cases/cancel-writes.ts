import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

/** A body that aborts after so many pieces and would go on. */
async function* abortingBody(
  controller: AbortController,
  reason: unknown,
  piece: Uint8Array,
  before = 1,
): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < before; index += 1) yield piece;
  controller.abort(reason);
  for (let index = 0; index < 50; index += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    yield piece;
  }
}

export const cancelWriteCases: readonly Case[] = defineArea("O", (define) => {
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
      // The first pieces tell that the body is a large one; parts have been sent when the last of these is asked for.
      const body = abortingBody(controller, reason, piece, 6);
      const options = { partSize, multipartThreshold: partSize, concurrency: 1, signal: controller.signal };
      await t.rejectsWith(() => t.store.put("a", body, options), reason, "put");
      await t.absent("a");
      const door = await t.sideDoor();
      t.equal(await door.listUploads?.(), [], "uploads left");
    },
    { needs: ["putStream", "multipart"], parts: ["listUploads"], size: "M" },
  );

  define(
    "abort.multipart-early",
    266,
    "an upload left behind by a call that was given up while the service began it",
    async (t) => {
      const partSize = Math.max(t.capabilities.limits.partBytesMin ?? 1, 65_536);
      const body = t.data(2 * partSize);
      const parts = { partSize, multipartThreshold: partSize };
      await t.store.put("a", body, parts);
      // Whatever moment each of them meets, only a leftover is wrong.
      for (const afterMs of [0, 1, 2, 3, 5, 8, 13]) {
        const controller = t.controller();
        const { signal } = controller;
        const reason = new Error("enough");
        const timer = setTimeout(() => controller.abort(reason), afterMs);
        const begun = t.store.beginUpload("b", { partSize, signal });
        const outcomes = await Promise.allSettled([
          t.store.put("a", body, { ...parts, signal }),
          begun.then(async (upload) => await upload.abort()),
        ]);
        clearTimeout(timer);
        for (const outcome of outcomes) {
          t.ok(
            outcome.status === "fulfilled" || outcome.reason === reason,
            "the reason of the abort is what it rejects with",
          );
        }
      }
      const door = await t.sideDoor();
      t.equal(await door.listUploads?.(), [], "uploads left");
    },
    { needs: ["multipart"], parts: ["listUploads"], size: "M" },
  );
});
