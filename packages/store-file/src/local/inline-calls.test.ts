import { tmpdir } from "node:os";
import { INLINE_TURN_BUDGET_MS } from "@stowage/core";
import { beforeEach, describe, expect, it } from "vitest";
import { InlineCalls, turnBudget } from "./inline-calls.js";

const local = process.platform === "linux";
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Reports a call as one that took so many milliseconds. */
const report = (calls: InlineCalls, milliseconds: number): void => calls.took(performance.now() - milliseconds);

/** A count of blocks read that grows between any two looks. */
const readMore = (): (() => number) => {
  let blocks = 0;
  return () => (blocks += 8);
};

beforeEach(nextTurn);

describe.runIf(local)("calls on the calling thread", () => {
  it("are allowed on local file systems, not on others, nor where switched off", () => {
    expect(new InlineCalls(tmpdir(), true).allowed()).toBe(true);
    expect(new InlineCalls("/proc", true).allowed()).toBe(false);
    expect(new InlineCalls("/nowhere", true).allowed()).toBe(false);
    expect(new InlineCalls(tmpdir(), false).allowed()).toBe(false);
  });

  it("go to the pool after slow ones in succession, for a while", async () => {
    const calls = new InlineCalls(tmpdir(), true, readMore());
    report(calls, 1);
    expect(calls.allowed()).toBe(true);
    report(calls, 1);
    expect(calls.allowed()).toBe(false);
    const until = performance.now() + 1000;
    while (!calls.allowed() && performance.now() < until) await nextTurn();
    expect(calls.allowed()).toBe(true);
  });

  it("stay after slow ones that read nothing from a device: another process had the processor", () => {
    const calls = new InlineCalls(tmpdir(), true, () => 0);
    for (let round = 0; round < 5; round++) report(calls, 1);
    expect(calls.allowed()).toBe(true);
    report(calls, 20);
    expect(calls.allowed()).toBe(true);
  });

  it("go to the pool after two very slow ones in succession, whatever held them up", () => {
    const calls = new InlineCalls(tmpdir(), true, () => 0);
    report(calls, 20);
    report(calls, 20);
    expect(calls.allowed()).toBe(false);
  });

  it("stay after a slow one among many fast ones", () => {
    const calls = new InlineCalls(tmpdir(), true, readMore());
    for (let round = 0; round < 5; round++) {
      report(calls, 1);
      for (let fast = 0; fast < 20; fast++) report(calls, 0.01);
    }
    expect(calls.allowed()).toBe(true);
  });

  it("go to the pool at once after a very slow one that met a device", () => {
    const calls = new InlineCalls(tmpdir(), true, readMore());
    report(calls, 20);
    expect(calls.allowed()).toBe(false);
  });

  it("wait for the next turn of the event loop once they have used up this one's share", async () => {
    const calls = new InlineCalls(tmpdir(), true);
    expect(turnBudget()).toBeUndefined();
    report(calls, INLINE_TURN_BUDGET_MS + 0.1);
    expect(calls.allowedNow()).toBe(false);
    let timers = 0;
    setImmediate(() => timers++);
    await turnBudget();
    expect(turnBudget()).toBeUndefined();
    await nextTurn();
    expect(timers).toBe(1);
  });

  it("and those through the pool give the same answer or error", async () => {
    const calls = new InlineCalls(tmpdir(), true, readMore());
    expect(
      await calls.run(
        () => "now",
        async () => "pool",
      ),
    ).toBe("now");
    report(calls, 20);
    expect(
      await calls.run(
        () => "now",
        async () => "pool",
      ),
    ).toBe("pool");
  });
});
