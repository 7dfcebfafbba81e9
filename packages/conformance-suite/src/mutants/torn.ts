import { forwardDriver } from "../instrument/forward.js";
import { alterWrites, aMoment, bodyOf, perNamespace } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore } from "./wrap-store.js";

export const tornMutants: readonly Mutant[] = defineMutants("torn", (define) => {
  define("race-interleave", "two writes of one key at once store half of each", () => {
    const writing = perNamespace(() => new Map<string, Uint8Array>());
    return {
      driver: (driver, namespace) =>
        alterWrites(driver, async (key, bytes, _call, send) => {
          const other = writing(namespace).get(key);
          writing(namespace).set(key, bytes);
          await aMoment(1);
          const half = bytes.byteLength >> 1;
          const mixed =
            other === undefined || other.byteLength !== bytes.byteLength
              ? bytes
              : Buffer.concat([bytes.subarray(0, half), other.subarray(half)]);
          try {
            return await send(mixed);
          } finally {
            writing(namespace).delete(key);
          }
        }),
    };
  });
  define("write-in-two-steps", "half of the body shows before the rest", () => ({
    driver: (driver) =>
      alterWrites(driver, async (_key, bytes, call, send) => {
        if (bytes.byteLength < 10_000 || call.conditions !== undefined) return await send(bytes);
        await send(bytes.subarray(0, bytes.byteLength >> 1));
        await aMoment();
        return await send(bytes);
      }),
  }));
  define("overwrite-gap", "an overwrite deletes first", () => ({
    driver: (driver) =>
      alterWrites(driver, async (key, bytes, call, send) => {
        if (call.conditions !== undefined) return await send(bytes);
        await driver.delete(key, { ...call, conditions: undefined, versionId: undefined });
        await aMoment();
        return await send(bytes);
      }),
  }));
  define("stream-visible-early", "what a stream has brought shows as it comes", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (body.bytes !== undefined) return await driver.write(key, body, call);
          const pieces: Uint8Array[] = [];
          for await (const chunk of body.chunks()) {
            pieces.push(Uint8Array.from(chunk));
            await driver.write(key, bodyOf(Buffer.concat(pieces)), { ...call, onBytes: undefined });
          }
          return await driver.write(key, bodyOf(Buffer.concat(pieces)), call);
        },
      }),
  }));
  define("stream-failure-commits", "a source that fails commits what came before", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (body.bytes !== undefined) return await driver.write(key, body, call);
          const pieces: Uint8Array[] = [];
          try {
            for await (const chunk of body.chunks()) pieces.push(Uint8Array.from(chunk));
          } catch (error) {
            await driver.write(key, bodyOf(Buffer.concat(pieces)), { ...call, signal: undefined });
            throw error;
          }
          return await driver.write(key, bodyOf(Buffer.concat(pieces)), call);
        },
      }),
  }));
  define("stream-failure-deletes", "a source that fails loses the old object", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          try {
            return await driver.write(key, body, call);
          } catch (error) {
            await driver.delete(key, { ...call, conditions: undefined, versionId: undefined });
            throw error;
          }
        },
      }),
  }));
  define("stream-deletes-first", "a streamed write removes the old object when it begins", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (body.bytes === undefined && call.conditions === undefined) {
            await driver.delete(key, { ...call, conditions: undefined, versionId: undefined });
          }
          return await driver.write(key, body, call);
        },
      }),
  }));
  define("mixed-answers", "concurrent reads get each other's answers", () => ({
    store(store) {
      let waiting: { readonly answer: Promise<unknown>; readonly key: unknown } | undefined;
      return aroundStore(store, async (name, args, call) => {
        if (name !== "get" && name !== "stat") return await call(args);
        const before = waiting;
        const answer = call(args);
        answer.catch(() => {});
        waiting = { answer, key: args[0] };
        await aMoment(1);
        if (waiting.answer === answer) waiting = undefined;
        return await (before !== undefined && before.key !== args[0] ? before.answer : answer);
      });
    },
  }));
});
