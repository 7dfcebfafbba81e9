import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { needs } from "../../../tools/machine/needs.mjs";
import { startCeph } from "./support/servers.js";

describe("on Ceph RGW", () => {
  beforeEach((context) => needs(context, "radosgw"));

  it(
    "every legal key, of any length and with line breaks, signs, comes back and is listed exactly",
    { timeout: 120_000 },
    async () => {
      await using target = await startCeph();
      await using store = await target.store();
      const legalKey = fc
        .string({ unit: "binary", minLength: 1, maxLength: 1024 })
        .filter(
          (key) => key.isWellFormed() && Buffer.byteLength(key) <= 1024 && !/\0/.test(key) && !key.startsWith("/"),
        )
        .filter((key) => !key.split("/").some((segment) => segment === "." || segment === ".."));
      const property = fc.asyncProperty(legalKey, async (key) => {
        await store.put(key, "x");
        expect((await store.get(key)).text()).toBe("x");
        const listed: string[] = [];
        for await (const entry of store.list({ prefix: key })) listed.push(entry.key);
        expect(listed).toContain(key);
        expect(await store.deleteMany([key])).toEqual([{ key, ok: true }]);
        expect(await store.exists(key)).toBe(false);
      });
      const examples = ["a\rb", "a\nb", "a\r\nb", "\n", "é".repeat(512), "k".repeat(1024), "a/".repeat(500)];
      await fc.assert(property, { numRuns: 60, examples: examples.map((key) => [key]) });
    },
  );
});
