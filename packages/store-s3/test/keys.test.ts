import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startMiniflare } from "./support/servers.js";
import type { TestServer } from "./support/servers.js";

let target: TestServer;
beforeAll(async () => {
  target = await startMiniflare();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

/** Legal keys; without line breaks, which miniflare refuses (see known-failures.ts), and short enough for any prefix. */
const legalKey = fc
  .string({ unit: "binary", minLength: 1, maxLength: 60 })
  .filter((key) => key.isWellFormed() && !/[\0\r\n]/.test(key) && !key.startsWith("/"))
  .filter((key) => !key.split("/").some((segment) => segment === "." || segment === ".."));

const odd = [
  "a+b c",
  "%2F",
  "100%",
  "a?b#c",
  "ü/ö",
  "😀",
  "a\\b",
  "~!*'()",
  "a&b=c;d",
  "x\u0001y",
  " lead",
  "trail ",
  "a//b",
  "a/",
];

describe.each(["direct", "sdk"] as const)("every legal key (%s)", (transport) => {
  it("signs, comes back and is listed exactly", { timeout: 120_000 }, async () => {
    const store = await target.store({ transport, prefix: `keys-${transport}` });
    const property = fc.asyncProperty(legalKey, async (key) => {
      await store.put(key, key);
      expect((await store.get(key)).text()).toBe(key);
      const listed: string[] = [];
      for await (const entry of store.list({ prefix: key })) listed.push(entry.key);
      expect(listed).toContain(key);
      await store.delete(key);
      expect(await store.exists(key)).toBe(false);
    });
    await fc.assert(property, { numRuns: 25, examples: odd.map((key) => [key]) });
    await store.close();
  });

  it("is deleted in a batch, exactly", async () => {
    const store = await target.store({ transport, prefix: `batch-${transport}` });
    for (const key of odd) await store.put(key, "x");
    const kept = ["a b c", "100", "ab", "lead", "trail"];
    for (const key of kept) await store.put(key, "x");
    const outcomes = await store.deleteMany(odd);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    const left: string[] = [];
    for await (const entry of store.list()) left.push(entry.key);
    expect(left.toSorted()).toEqual(kept.toSorted());
    await store.close();
  });

  it("keys that only the service knows can be read, copied and deleted with its own rules", async () => {
    const store = await target.store({ transport, keyRules: "service" });
    await store.put("/leading", "x");
    expect((await store.get("/leading")).text()).toBe("x");
    await store.copy("/leading", "portable");
    await store.deleteMany(["/leading", "portable"]);
    expect(await store.exists("/leading")).toBe(false);
    await store.close();
  });
});
