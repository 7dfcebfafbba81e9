import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, countedSignal, failure, scriptedStore, settled } from "../../test/support/scripted-store.js";
import { createBudget } from "./budget.js";
import { runLanes } from "./lanes.js";

describe("a budget", () => {
  it("is first come, first served; an oversized request runs alone", async () => {
    const budget = createBudget(10);
    const order: string[] = [];
    const ask = async (name: string, bytes: number): Promise<() => void> => {
      const release = await budget.acquire(bytes);
      order.push(name);
      return release;
    };
    const first = await ask("6", 6);
    const [big, small] = [ask("100", 100), ask("1", 1)];
    await settled();
    expect(order).toEqual(["6"]);
    first();
    first();
    const releaseBig = await big;
    expect([order, budget.inUse]).toEqual([["6", "100"], 100]);
    releaseBig();
    (await small)();
    expect([order, budget.inUse]).toEqual([["6", "100", "1"], 0]);
  });

  it("never grants more than its capacity, whatever is asked, given back and aborted", async () => {
    const step = fc.record({
      bytes: fc.integer({ min: 1, max: 15 }),
      abort: fc.boolean(),
      hold: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const budget = createBudget(10);
        let holders = 0;
        const work = steps.map(async ({ bytes, abort, hold }) => {
          const controller = new AbortController();
          const granted = budget.acquire(bytes, controller.signal);
          if (abort) controller.abort();
          const release = await granted.catch(() => undefined);
          if (release === undefined) return;
          holders += 1;
          expect(budget.inUse <= 10 || holders === 1).toBe(true);
          for (let turn = 0; turn < hold; turn++) await settled();
          holders -= 1;
          release();
        });
        await Promise.all(work);
        expect(budget.inUse).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it("lets an aborted waiter go with the signal's reason, and the next in line take its place", async () => {
    const budget = createBudget(10);
    const release = await budget.acquire(8);
    const { controller, listeners } = countedSignal();
    const waiting = budget.acquire(9, controller.signal);
    const next = budget.acquire(2);
    const reason = new Error("no");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    (await next)();
    release();
    expect([budget.inUse, listeners()]).toEqual([0, 0]);
    await expect(budget.acquire(1, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, "1", undefined])("of %j bytes is refused", (bytes) => {
    expect(() => createBudget(bytes as never)).toThrow(expect.objectContaining({ code: "InvalidArgument" }));
    expect(() => scriptedStore({ budget: Object({ capacity: 1 }) })).toThrow(
      expect.objectContaining({ code: "InvalidArgument" }),
    );
  });

  it("bounds reads and writes of unknown size however many run at once, without a deadlock", async () => {
    const capacity = 1024 * 1024;
    const budget = createBudget(capacity);
    const options = {
      budget,
      partSize: 64 * 1024,
      rangeThreshold: 512 * 1024,
      multipartThreshold: 256 * 1024,
      concurrency: 4,
    };
    const { store, script } = scriptedStore(options);
    const large = bytesOf(700 * 1024);
    script.put("k", large);
    let most = 0;
    for (const method of ["readBytes", "readInto", "write", "uploadPart"] as const) {
      script.on(method, async () => {
        most = Math.max(most, budget.inUse);
        await settled();
      });
    }
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < large.byteLength; at += 10_000) yield large.subarray(at, at + 10_000);
    }
    const work = Array.from({ length: 8 }, async (_, index) => {
      // Compared as buffers: toEqual takes seconds for so many elements.
      expect(Buffer.compare((await store.get("k")).bytes, large)).toBe(0);
      await store.put(`p${index}`, body());
      expect(Buffer.compare(script.objects.get(`p${index}`)?.bytes ?? new Uint8Array(0), large)).toBe(0);
      const { ranges } = await store.getRanges("k", [{ offset: 5, length: 9 }, { suffix: 100_000 }]);
      expect(Buffer.compare(ranges[1] ?? new Uint8Array(0), large.subarray(-100_000))).toBe(0);
    });
    await Promise.all(work);
    expect(most).toBeGreaterThan(capacity / 2);
    expect(most).toBeLessThanOrEqual(capacity);
    expect([budget.inUse, script.uploads.size]).toEqual([0, 0]);
  });

  it("is given back whatever fails", async () => {
    const budget = createBudget(100);
    const { store, script } = scriptedStore({
      budget,
      partSize: 8,
      rangeThreshold: 16,
      multipartThreshold: 16,
      retries: 0,
    });
    script.put("k", bytesOf(50));
    const endless = (): ReadableStream<Uint8Array> =>
      new ReadableStream({ start: (controller) => controller.enqueue(bytesOf(40)) });
    for (const [method, act] of [
      ["readBytes", () => store.get("k")],
      ["readInto", () => store.getRanges("k", [{ offset: 0 }])],
      ["write", () => store.put("a", "x")],
      ["begin", () => store.put("a", endless())],
      ["uploadPart", () => store.put("a", endless())],
      ["complete", () => store.put("a", bytesOf(50))],
      ["readInto", () => store.copy("k", "c")],
    ] as const) {
      script.fail(method, failure("PermissionDenied"));
      await expect(act()).rejects.toMatchObject({ code: "PermissionDenied" });
      await settled();
      expect([method, budget.inUse]).toEqual([method, 0]);
    }
  });
});

describe("lanes", () => {
  it("run at most so many at once, in order of start", async () => {
    let running = 0;
    let most = 0;
    const started: number[] = [];
    await runLanes(
      Array.from({ length: 20 }, (_, index) => index),
      3,
      undefined,
      async (item) => {
        started.push(item);
        running += 1;
        most = Math.max(most, running);
        await settled();
        running -= 1;
      },
    );
    expect([most, started]).toEqual([3, Array.from({ length: 20 }, (_, index) => index)]);
  });

  it("stop at the first failure, abort the rest and wait for it", async () => {
    const reasons: unknown[] = [];
    const first = new Error("first");
    const lanes = runLanes([0, 1, 2, 3, 4], 3, undefined, async (item, signal) => {
      if (item === 1) throw first;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      reasons.push(signal.reason);
      throw new Error("later");
    });
    await expect(lanes).rejects.toBe(first);
    expect(reasons).toEqual([first, first].slice(0, reasons.length));
  });

  it("do not wait for items that never come once a lane has failed or the signal aborted", async () => {
    for (const ending of ["failure", "signal"] as const) {
      let ended = false;
      const source: AsyncIterable<number> = {
        [Symbol.asyncIterator]() {
          let next = 0;
          return {
            next: () => (next++ === 0 ? Promise.resolve({ done: false, value: 0 }) : new Promise(() => {})),
            return: async () => ((ended = true), { done: true, value: undefined }),
          };
        },
      };
      const { controller, listeners } = countedSignal();
      const reason = new Error("reason");
      const lanes = runLanes(source, 2, controller.signal, async () => {
        await settled();
        if (ending === "failure") throw reason;
        controller.abort(reason);
      });
      await expect(lanes).rejects.toBe(reason);
      expect([ended, listeners()]).toEqual([true, 0]);
    }
  });

  it("reject with what the items themselves throw", async () => {
    const error = new Error("source");
    function* items(): Generator<number> {
      yield 1;
      throw error;
    }
    await expect(runLanes(items(), 2, undefined, async () => {})).rejects.toBe(error);
  });
});
