import { forwardDriver } from "../instrument/forward.js";
import { oneChunk, readWhole } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { wrapStore } from "./wrap-store.js";

export const streamMutants: readonly Mutant[] = defineMutants("wrong extent", (define) => {
  define("stream-last-chunk-lost", "a streamed body ends before its last bytes", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (body.bytes !== undefined) return await driver.write(key, body, call);
          let size = 0;
          async function* shorter(): AsyncGenerator<Uint8Array> {
            let held: Uint8Array | undefined;
            for await (const chunk of body.chunks()) {
              if (held !== undefined) yield held;
              held = Uint8Array.from(chunk);
              size += chunk.byteLength;
            }
            if (held !== undefined && held.byteLength > 1) yield held.subarray(0, held.byteLength - 1);
          }
          const written = await driver.write(key, { ...body, size: undefined, chunks: shorter }, call);
          return { ...written, size };
        },
      }),
  }));
  define("stream-empty-chunk-ends", "an empty chunk is taken for the end", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          // `untilEmpty` gives back what it got, or an iterable in the place of one.
          store.put(key, untilEmpty(body) as typeof body, options),
      }),
  }));
  define("stream-chunk-repeated", "a chunk of exactly a thousand bytes is written twice", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (body.bytes !== undefined) return await driver.write(key, body, call);
          let size = 0;
          async function* repeated(): AsyncGenerator<Uint8Array> {
            for await (const chunk of body.chunks()) {
              size += chunk.byteLength;
              yield Uint8Array.from(chunk);
              if (chunk.byteLength === 1000 || chunk.byteLength === 977 || chunk.byteLength === 1)
                yield Uint8Array.from(chunk);
            }
          }
          const written = await driver.write(key, { ...body, size: undefined, chunks: repeated }, call);
          return { ...written, size };
        },
      }),
  }));
  define("stream-declared-size-ignored", "a declared size is not compared with the body", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          store.put(key, body, { ...options, size: undefined }),
      }),
  }));
  define("stream-cut-at-declared-size", "bytes beyond the declared size are dropped, missing ones are zeros", () => ({
    store: (store) =>
      wrapStore(store, {
        async put(...[key, body, options]: Parameters<typeof store.put>) {
          const { size } = options ?? {};
          if (size === undefined || !isAsyncIterable(body)) return await store.put(key, body, options);
          const pieces: Uint8Array[] = [];
          for await (const chunk of body)
            pieces.push(typeof chunk === "string" ? Buffer.from(chunk) : new Uint8Array(chunk));
          const fitted = new Uint8Array(size);
          fitted.set(Buffer.concat(pieces).subarray(0, size));
          return await store.put(key, fitted, options);
        },
      }),
  }));
  define("stream-out-chunk-lost", "a large object streamed out loses its first chunk", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async read(key, range, call) {
          const { info, range: served, bytes } = await readWhole(driver, key, range, call);
          if (bytes.byteLength < 60_000) return { info, range: served, chunks: oneChunk(bytes) };
          const holed = bytes.slice();
          holed.copyWithin(0, 4096);
          return { info, range: served, chunks: oneChunk(holed) };
        },
      }),
  }));
});

function isAsyncIterable(value: unknown): value is AsyncIterable<Uint8Array | string | ArrayBuffer> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function untilEmpty(body: unknown): unknown {
  if (!isAsyncIterable(body)) return body;
  return (async function* () {
    for await (const chunk of body) {
      if (typeof chunk !== "string" && chunk.byteLength === 0) return;
      yield chunk;
    }
  })();
}
