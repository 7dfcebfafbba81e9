import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations, THERE } from "./fault-operations.js";
import type { Operation, Way } from "./fault-operations.js";
import { BROKEN, BUSY, failureOf, faultRunOfThisFile, KIB } from "./fault-run.js";
import type { FaultyStores } from "./fault-run.js";

const run = faultRunOfThisFile();

describe.each(["direct", "sdk"] as const)("faults on the way, transport %s", (transport) => {
  let stores: FaultyStores;
  beforeAll(async () => {
    stores = await run.stores(transport);
    await stores.direct.put(THERE, new Uint8Array(KIB).fill(7));
  });
  afterAll(async () => {
    await stores.close();
  });

  /** The operation with everything that it needs made: retrying, or once. */
  const prepared = async ({ prepare, run: act }: Operation, retries: boolean, call: Way["call"] = {}) => {
    const subject = (await prepare?.(stores.direct, stores.directOptions)) ?? "";
    const { store, storeOptions, once, onceOptions } = stores;
    const way = retries ? { store, options: storeOptions } : { store: once, options: onceOptions };
    return () => act({ ...way, call, subject });
  };

  describe.each(operations)("%s", (_, operation) => {
    const { write } = operation;

    it("succeeds when a busy server, a broken one and a dropped connection are met first", async () => {
      const act = await prepared(operation, true);
      run.proxy.inject({ times: 1, answer: BUSY });
      run.proxy.inject({ times: 1, answer: BROKEN });
      run.proxy.inject({ times: 1, before: "reset" });
      await act();
      expect(run.proxy.requests.filter(({ faulty }) => faulty)).toHaveLength(3);
    });

    it("succeeds on a slow way, and is a Timeout when the way is slower than the idle limit", async () => {
      const patient = await prepared(operation, false);
      run.proxy.inject({ delayMs: 60, bytesPerSecond: 200 * KIB });
      await patient();
      run.proxy.clear();
      const impatient = await prepared(operation, false);
      run.proxy.inject({ delayMs: 700 });
      expect(await failureOf(impatient())).toMatchObject({ code: "Timeout", retryable: true });
    });

    it("tells a busy server as Throttled, retryable, and not committed", async () => {
      const act = await prepared(operation, false);
      run.proxy.inject({ answer: BUSY });
      const error = await failureOf(act());
      expect(error).toMatchObject({ code: "Throttled", retryable: true, status: 503 });
      if (write !== undefined) expect(error.committed).toBe(false);
    });

    it("tells a connection that is dropped as Unavailable, a silent one as Timeout", async () => {
      const act = await prepared(operation, false);
      run.proxy.inject({ before: "reset" });
      const dropped = await failureOf(act());
      expect(dropped).toMatchObject({ code: "Unavailable", retryable: true });
      if (write !== undefined) expect(dropped.committed).toBe(write);
      run.proxy.clear();
      const waiting = await prepared(operation, false);
      run.proxy.inject({ silent: true });
      expect(await failureOf(waiting())).toMatchObject({ code: "Timeout", retryable: true });
    });
  });

  it("an abort ends the request, frees its connection, and gives the reason itself", async () => {
    const before = run.proxy.openSockets();
    const reason = new Error("enough");
    for (const [name, operation] of operations) {
      const controller = new AbortController();
      const act = await prepared(operation, false, { signal: controller.signal });
      run.proxy.inject({ silent: true });
      setImmediate(() => controller.abort(reason));
      await expect(act(), name).rejects.toBe(reason);
      run.proxy.clear();
    }
    await expect.poll(() => run.proxy.openSockets()).toBeLessThanOrEqual(Math.max(before, 1));
  });
});
