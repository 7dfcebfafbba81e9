import { forwardDriver } from "../instrument/forward.js";
import { alterReads, perNamespace } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, wrapStore } from "./wrap-store.js";

export const aliasingMutants: readonly Mutant[] = defineMutants("aliasing", (define) => {
  define("alias-input", "the caller's buffer is what is stored", () => {
    const kept = perNamespace(() => new Map<string, Uint8Array>());
    return {
      driver: (driver, namespace) =>
        alterReads(
          forwardDriver(driver, {
            async write(key, body, call) {
              if (body.bytes !== undefined) kept(namespace).set(key, body.bytes);
              return await driver.write(key, body, call);
            },
          }),
          (answer, key, range) => {
            const bytes = kept(namespace).get(key);
            return range !== undefined || bytes?.byteLength !== answer.bytes.byteLength
              ? answer
              : { ...answer, bytes: Uint8Array.from(bytes) };
          },
        ),
    };
  });
  define("input-read-late", "the caller's buffer is read again after the put has settled", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          const written = await driver.write(key, body, call);
          const { bytes } = body;
          if (bytes !== undefined)
            setTimeout(() => void driver.write(key, body, { ...call, conditions: undefined }).catch(() => {}), 0);
          return written;
        },
      }),
  }));
  define("date-alias", "what the caller does to a date changes what others are told", () => ({
    store(store) {
      const dates = new Map<number, Date>();
      return wrapStore(store, {
        async stat(...args: Parameters<typeof store.stat>) {
          const info = await store.stat(...args);
          if (info.lastModified === undefined) return info;
          const at = info.lastModified.getTime();
          const known = dates.get(at) ?? info.lastModified;
          dates.set(at, known);
          return { ...info, lastModified: known };
        },
      });
    },
  }));
  define("alias-output", "what the caller does to its answer changes the object", () => ({
    store(store) {
      const given = new Map<string, Uint8Array>();
      return wrapStore(store, {
        async get(...[key, options]: Parameters<typeof store.get>) {
          const answer = await store.get(key, options);
          if (options?.range !== undefined) return answer;
          const known = given.get(answer.info.etag);
          if (known !== undefined) answer.bytes.set(known.subarray(0, answer.bytes.byteLength));
          given.set(answer.info.etag, answer.bytes);
          return answer;
        },
      });
    },
  }));
  define("subarray-whole-buffer", "a view is stored with the whole buffer behind it", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          store.put(key, ArrayBuffer.isView(body) ? Uint8Array.from(new Uint8Array(body.buffer)) : body, options),
      }),
  }));
  define("pooled-output", "answers are views into a pool", () => ({
    store: (store) =>
      wrapStore(store, {
        async get(...args: Parameters<typeof store.get>) {
          const { bytes, info, range } = await store.get(...args);
          const pool = new Uint8Array(bytes.byteLength + 64);
          pool.set(bytes, 32);
          const view = pool.subarray(32, 32 + bytes.byteLength);
          return { bytes: view, info, range, text: () => Buffer.from(view).toString() };
        },
      }),
  }));
  define("input-mutated", "the body is padded in the caller's buffer", () => ({
    store: (store) =>
      wrapStore(store, {
        async put(...[key, body, options]: Parameters<typeof store.put>) {
          const done = await store.put(key, body, options);
          if (body instanceof Uint8Array && body.byteLength > 0) body[body.byteLength - 1] = 0;
          return done;
        },
      }),
  }));
  define("options-mutated", "defaults are filled into the caller's options", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) => {
        const options = args.at(-1);
        if (
          args.length > 1 &&
          typeof options === "object" &&
          options !== null &&
          Object.getPrototypeOf(options) === Object.prototype
        ) {
          Object.assign(options, { retries: 3 });
        }
        return call(args);
      }),
  }));
  define("get-into-spills", "getInto writes one byte beyond the caller's view", () => ({
    store: (store) =>
      wrapStore(store, {
        async getInto(...[key, buffer, options]: Parameters<typeof store.getInto>) {
          const done = await store.getInto(key, buffer, options);
          const whole = new Uint8Array(buffer.buffer);
          const end = buffer.byteOffset + buffer.byteLength;
          if (end < whole.byteLength) whole[end] = 0;
          return done;
        },
      }),
  }));
  define("get-into-truncates", "getInto cuts an object to the caller's buffer", () => ({
    store: (store) =>
      wrapStore(store, {
        async getInto(...[key, buffer, options]: Parameters<typeof store.getInto>) {
          if (options?.range !== undefined || buffer.byteLength === 0) return await store.getInto(key, buffer, options);
          const { bytes, info, range } = await store.get(key, options);
          buffer.set(bytes.subarray(0, buffer.byteLength));
          return { bytesRead: Math.min(bytes.byteLength, buffer.byteLength), info, range };
        },
      }),
  }));
  define("metadata-alias", "the caller's metadata object is what is kept", () => ({
    store(store) {
      const kept = new Map<string, Readonly<Record<string, string>>>();
      return wrapStore(store, {
        async put(...[key, body, options]: Parameters<typeof store.put>) {
          const done = await store.put(key, body, options);
          if (options?.metadata === undefined) kept.delete(key);
          else kept.set(key, options.metadata);
          return done;
        },
        async stat(...args: Parameters<typeof store.stat>) {
          const info = await store.stat(...args);
          const alias = kept.get(args[0]);
          return alias === undefined ? info : { ...info, metadata: alias };
        },
      });
    },
  }));
});
