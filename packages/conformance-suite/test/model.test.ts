import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStoreError } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { positionedBytes } from "../src/engine/bytes.js";
import { loadHarness } from "../src/harness/load-harness.js";

/** Sequences of operations against a map; fast-check shrinks what fails to the shortest. */

const KEYS = ["a", "ab", "d/1", "d/2", "d/e/3"] as const;
const key = fc.constantFrom(...KEYS);
const size = fc.oneof(fc.nat(40), fc.constantFrom(0, 4095, 4096, 70_000));

const operation = fc.oneof(
  fc.record({ what: fc.constant("put" as const), key, size, salt: fc.nat(99) }),
  fc.record({ what: fc.constant("create" as const), key, size, salt: fc.nat(99) }),
  fc.record({ what: fc.constant("get" as const), key }),
  fc.record({ what: fc.constant("range" as const), key, offset: fc.nat(5000), length: fc.nat(5000) }),
  fc.record({ what: fc.constant("delete" as const), key }),
  fc.record({ what: fc.constant("copy" as const), key, to: key }),
  fc.record({ what: fc.constant("rename" as const), key, to: key }),
  fc.record({ what: fc.constant("list" as const), prefix: fc.constantFrom("", "a", "d", "d/", "d/e") }),
);

type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;
type Model = Map<string, Uint8Array>;

/** Performs the operation on both, and compares what they say. */
async function perform(store: ObjectStore, model: Model, step: Operation): Promise<void> {
  const outcome = await act(store, step).catch((error: unknown) => (isStoreError(error) ? error.code : error));
  expect(outcome).toEqual(expected(model, step));
}

async function act(store: ObjectStore, step: Operation): Promise<unknown> {
  switch (step.what) {
    case "put":
    case "create": {
      const condition = step.what === "create" ? { ifNoneMatch: "*" as const } : {};
      return (await store.put(step.key, positionedBytes(step.size, step.salt), condition)).size;
    }
    case "get":
      return hashOf((await store.get(step.key)).bytes);
    case "range":
      return hashOf((await store.get(step.key, { range: { offset: step.offset, length: step.length } })).bytes);
    case "delete":
      return await store.delete(step.key);
    case "copy":
      return (await store.copy(step.key, step.to)).size;
    case "rename":
      return (await store.rename(step.key, step.to)).size;
    case "list":
      return (await store.list({ prefix: step.prefix, order: "utf8" }).toArray()).map((entry) => [
        entry.key,
        entry.size,
      ]);
  }
}

function expected(model: Model, step: Operation): unknown {
  const there = "key" in step ? model.get(step.key) : undefined;
  switch (step.what) {
    case "put":
    case "create":
      if (step.what === "create" && there !== undefined) return "AlreadyExists";
      model.set(step.key, positionedBytes(step.size, step.salt));
      return step.size;
    case "get":
      return there === undefined ? "NotFound" : hashOf(there);
    case "range":
      if (there === undefined) return "NotFound";
      if (step.offset >= there.byteLength) return "InvalidRange";
      return hashOf(there.subarray(step.offset, step.offset + step.length));
    case "delete":
      model.delete(step.key);
      return undefined;
    case "copy":
    case "rename":
      if (step.key === step.to) return "InvalidArgument";
      if (there === undefined) return "NotFound";
      if (step.what === "rename") model.delete(step.key);
      model.set(step.to, there);
      return there.byteLength;
    case "list":
      return [...model]
        .filter(([name]) => name.startsWith(step.prefix))
        .map(([name, bytes]) => [name, bytes.byteLength] as const)
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map((pair) => [...pair]);
  }
}

function hashOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

describe.each(["@stowage/store-memory/conformance", "@stowage/store-file/conformance"])(
  "%s agrees with a map",
  (specifier) => {
    it("in any sequence of operations", { timeout: 120_000 }, async () => {
      const harness = await loadHarness(specifier);
      await harness.start?.();
      try {
        await fc.assert(
          fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (steps) => {
            await harness.reset("model");
            const store = await harness.open("model");
            const model: Model = new Map();
            for (const step of steps) await perform(store, model, step);
            await store.close();
          }),
          { numRuns: 60 },
        );
      } finally {
        await harness.stop?.();
      }
    });

    it("in any sequences at once, each on keys of its own", { timeout: 120_000 }, async () => {
      const harness = await loadHarness(specifier);
      await harness.start?.();
      try {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(operation, { maxLength: 12 }), { minLength: 2, maxLength: 4 }),
            async (walkers) => {
              await harness.reset("model");
              const store = await harness.open("model");
              await Promise.all(
                walkers.map(async (steps, walker) => {
                  const own = store.withPrefix(`walker-${walker}/`);
                  const model: Model = new Map();
                  for (const step of steps) await perform(own, model, step);
                }),
              );
              await store.close();
            },
          ),
          { numRuns: 40 },
        );
      } finally {
        await harness.stop?.();
      }
    });
  },
);
