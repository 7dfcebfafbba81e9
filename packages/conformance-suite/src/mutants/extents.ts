import { StoreError } from "@stowage/core";
import type { ByteRange, DriverBytes, DriverInfo, DriverReadCall, StoreDriver } from "@stowage/core";
import { forwardDriver, without } from "../instrument/forward.js";
import { alterReads, alterWrites, oneChunk, readWhole } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { wrapStore } from "./wrap-store.js";

const readCall = (call: {
  readonly signal: AbortSignal | undefined;
  readonly timeouts: DriverReadCall["timeouts"];
}): DriverReadCall => ({
  signal: call.signal,
  timeouts: call.timeouts,
  native: undefined,
  conditions: undefined,
  versionId: undefined,
});

/** A range asked for otherwise; the answer tells the range that was asked. */
function askOtherwise(driver: StoreDriver, change: (range: ByteRange) => ByteRange | undefined): StoreDriver {
  return alterReads(
    driver,
    (answer) => answer,
    async (key, range, call) => {
      if (range === undefined) return await readWhole(driver, key, range, call);
      const answer = await readWhole(driver, key, change(range), call);
      return pretended(answer, range);
    },
  );
}

/** The bytes as they are, said to be those of `range`. */
function pretended(answer: DriverBytes, range: ByteRange): DriverBytes {
  const { size } = answer.info;
  const offset = "suffix" in range ? Math.max(0, size - range.suffix) : Math.min(range.offset, size);
  const wanted = "suffix" in range ? Math.min(range.suffix, size) : Math.min(range.length ?? Infinity, size - offset);
  const bytes = new Uint8Array(wanted);
  bytes.set(answer.bytes.subarray(0, wanted));
  return { info: answer.info, range: { offset, length: wanted }, bytes };
}

function alterInfo(driver: StoreDriver, alter: (info: DriverInfo, key: string) => DriverInfo): StoreDriver {
  return forwardDriver(
    alterReads(driver, (answer, key) => ({ ...answer, info: alter(answer.info, key) })),
    { stat: async (key, call) => alter(await driver.stat(key, call), key) },
  );
}

export const extentMutants: readonly Mutant[] = defineMutants("wrong extent", (define) => {
  define("put-no-truncate", "a shorter body leaves the tail of the old one", () => ({
    driver: (driver) =>
      alterWrites(driver, async (key, bytes, call, send) => {
        const old = await readWhole(driver, key, undefined, readCall(call)).catch(() => undefined);
        return await send(
          old === undefined || call.conditions !== undefined
            ? bytes
            : Buffer.concat([bytes, old.bytes.subarray(bytes.byteLength)]),
        );
      }),
  }));
  define("put-append", "a put appends to what is there", () => ({
    driver: (driver) =>
      alterWrites(driver, async (key, bytes, call, send) => {
        const old = await readWhole(driver, key, undefined, readCall(call)).catch(() => undefined);
        return await send(
          old === undefined || call.conditions !== undefined ? bytes : Buffer.concat([old.bytes, bytes]),
        );
      }),
  }));
  define("truncate-64k", "objects are cut at 64 KiB, and nobody is told", () => ({
    driver: (driver) =>
      alterWrites(driver, async (_key, bytes, _call, send) => ({
        ...(await send(bytes.subarray(0, 65_536))),
        size: bytes.byteLength,
      })),
  }));
  define("pads-to-512", "bodies are padded to blocks of 512 bytes", () => ({
    driver: (driver) =>
      alterWrites(driver, async (_key, bytes, _call, send) => {
        const padded = new Uint8Array(Math.ceil(bytes.byteLength / 512) * 512);
        padded.set(bytes);
        return { ...(await send(padded)), size: bytes.byteLength };
      }),
  }));
  define("bytes-utf8", "bodies go through a string", () => ({
    driver: (driver) =>
      alterWrites(driver, async (_key, bytes, _call, send) => ({
        ...(await send(Buffer.from(Buffer.from(bytes).toString("utf8")))),
        size: bytes.byteLength,
      })),
  }));
  define("bom-stripped", "a byte order mark, or a NUL, at the start or end is removed", () => ({
    driver: (driver) =>
      alterReads(driver, (answer) => ({
        ...answer,
        bytes: answer.bytes.map((byte, index, all) =>
          index > 0 && index < all.length - 1 ? byte : byte === 0xef || byte === 0 ? 0x20 : byte,
        ),
      })),
  }));
  define("get-zeroed", "bodies come back as zeros", () => ({
    driver: (driver) => alterReads(driver, (answer) => ({ ...answer, bytes: answer.bytes.map(() => 0) })),
  }));
  define("get-missing-empty", "a missing object is read as an empty one", () => ({
    driver: (driver) =>
      alterReads(
        driver,
        (answer) => answer,
        async (key, range, call) => {
          try {
            return await readWhole(driver, key, range, call);
          } catch (error) {
            if (!(error instanceof StoreError) || error.code !== "NotFound") throw error;
            const info = { size: 0, etag: "none", lastModified: undefined, attributes: { metadata: {} } };
            return { info, range: { offset: 0, length: 0 }, bytes: new Uint8Array(0) };
          }
        },
      ),
  }));
  define("empty-as-missing", "an empty object is told as missing", () => {
    const refuse = (info: DriverInfo): DriverInfo => {
      if (info.size === 0) throw new StoreError({ code: "NotFound", message: "nothing there" });
      return info;
    };
    return { driver: (driver) => alterInfo(driver, refuse) };
  });
  define("size-wrong", "stat tells one byte too many", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        stat: async (key, call) => ({
          ...(await driver.stat(key, call)),
          size: (await driver.stat(key, call)).size + 1,
        }),
      }),
  }));
  define("size-cached", "the size is remembered from the first stat", () => ({
    driver(driver) {
      const known = new Map<string, number>();
      return forwardDriver(driver, {
        async stat(key, call) {
          const info = await driver.stat(key, call);
          const size = known.get(key) ?? info.size;
          known.set(key, size);
          return { ...info, size };
        },
      });
    },
  }));
  define("range-off-by-one", "a range is one byte short", () => ({
    driver: (driver) =>
      askOtherwise(driver, (range) =>
        "suffix" in range || range.length === undefined
          ? range
          : { offset: range.offset, length: Math.max(1, range.length - 1) },
      ),
  }));
  define("range-shifted", "a range begins one byte late", () => ({
    driver: (driver) =>
      askOtherwise(driver, (range) =>
        "suffix" in range || range.offset === 0
          ? range
          : { offset: range.offset - 1, ...(range.length === undefined ? {} : { length: range.length }) },
      ),
  }));
  define("range-last-byte-lost", "the last byte of the object is never in a range", () => ({
    driver: (driver) =>
      alterReads(driver, (answer, _key, range) => {
        const { range: served, info } = answer;
        if (range === undefined || served.offset + served.length !== info.size) return answer;
        const bytes = answer.bytes.slice();
        bytes[bytes.byteLength - 1] = 0;
        return { ...answer, bytes };
      }),
  }));
  define("range-from-start", "every range is read from the start of the object", () => ({
    driver: (driver) => askOtherwise(driver, () => undefined),
  }));
  define("range-32-bit", "offsets are kept in 32 bits", () => ({
    driver: (driver) =>
      askOtherwise(driver, (range) =>
        "suffix" in range
          ? range
          : { offset: range.offset >>> 0, ...(range.length === undefined ? {} : { length: range.length >>> 0 || 1 }) },
      ),
  }));
  define("range-open-end-one-byte", "an open end is one byte", () => ({
    driver: (driver) =>
      askOtherwise(driver, (range) =>
        "suffix" in range || range.length !== undefined ? range : { offset: range.offset, length: 1 },
      ),
  }));
  define("range-suffix-as-prefix", "a suffix is read from the start", () => ({
    driver: (driver) =>
      askOtherwise(driver, (range) => ("suffix" in range ? { offset: 0, length: range.suffix } : range)),
  }));
  define("range-suffix-too-long-fails", "a suffix longer than the object is InvalidRange", () => ({
    driver: (driver) =>
      alterReads(driver, (answer, _key, range) => {
        if (range !== undefined && "suffix" in range && range.suffix > answer.info.size)
          throw new StoreError({ code: "InvalidRange", message: "too long" });
        return answer;
      }),
  }));
  define("range-beyond-is-empty", "a range beyond the end is empty", () => ({
    store: (store) => {
      const empty = async <Value>(run: () => Promise<Value>, make: () => Value): Promise<Value> => {
        try {
          return await run();
        } catch (error) {
          if (error instanceof StoreError && error.code === "InvalidRange") return make();
          throw error;
        }
      };
      const info = { key: "", size: 0, etag: "", lastModified: undefined, contentType: "", metadata: {} };
      const range = { offset: 0, length: 0 };
      return wrapStore(store, {
        get: (...args: Parameters<typeof store.get>) =>
          empty(
            () => store.get(...args),
            () => ({ bytes: new Uint8Array(0), info, range, text: () => "" }),
          ),
        getRanges: (...args: Parameters<typeof store.getRanges>) =>
          empty(
            () => store.getRanges(...args),
            () => ({ ranges: [], info }),
          ),
      });
    },
  }));
  define("range-end-not-clamped", "an end beyond the object is InvalidRange", () => ({
    driver: (driver) =>
      alterReads(driver, (answer, _key, range) => {
        if (range !== undefined && "offset" in range && range.offset + (range.length ?? 0) > answer.info.size)
          throw new StoreError({ code: "InvalidRange", message: "too far" });
        return answer;
      }),
  }));
  define("range-size-told-as-object-size", "the size of the range is told as the object's", () => ({
    store: (store) =>
      wrapStore(store, {
        async get(...[key, options]: Parameters<typeof store.get>) {
          const { bytes, info, range } = await store.get(key, options);
          return {
            bytes,
            info: options?.range === undefined ? info : { ...info, size: range.length },
            range,
            text: () => Buffer.from(bytes).toString(),
          };
        },
      }),
  }));
  define("range-empty-without-stat", "an empty range is answered without looking at the object", () => ({
    store: (store) =>
      wrapStore(store, {
        async get(...[key, options]: Parameters<typeof store.get>) {
          const { range } = options ?? {};
          if (
            range === undefined ||
            (!("length" in range && range.length === 0) && !("suffix" in range && range.suffix === 0))
          )
            return await store.get(key, options);
          const info = { key, size: 1000, etag: "", lastModified: undefined, contentType: "", metadata: {} };
          return {
            bytes: new Uint8Array(0),
            info,
            range: { offset: "offset" in range ? range.offset : 1000, length: 0 },
            text: () => "",
          };
        },
      }),
  }));
  define("range-empty-is-one-byte", "a range of no bytes is one of one byte, as in HTTP", () => ({
    store: (store) =>
      wrapStore(store, {
        get: (...[key, options]: Parameters<typeof store.get>) => {
          const { range } = options ?? {};
          if (range !== undefined && "suffix" in range && range.suffix === 0)
            return store.get(key, { ...options, range: undefined });
          return store.get(
            key,
            range !== undefined && "offset" in range && range.length === 0
              ? { ...options, range: { offset: range.offset, length: 1 } }
              : options,
          );
        },
      }),
  }));
  define("range-unvalidated", "a malformed range is ignored", () => ({
    store(store) {
      const repaired = (options: { readonly range?: unknown } | undefined): object | undefined => {
        const { range } = options ?? {};
        if (range === undefined) return options;
        const numbers = typeof range === "object" && range !== null ? Object.values(range) : [];
        const good =
          numbers.length > 0 &&
          numbers.every((value) => Number.isSafeInteger(value) && Number(value) >= 0) &&
          numbers.length < 3 &&
          !(typeof range === "object" && range !== null && "suffix" in range && "offset" in range);
        return good ? options : { ...options, range: undefined };
      };
      return wrapStore(store, {
        get: (...[key, options]: Parameters<typeof store.get>) => store.get(key, repaired(options)),
        getStream: (...[key, options]: Parameters<typeof store.getStream>) => store.getStream(key, repaired(options)),
      });
    },
  }));
  define("ranges-sorted", "several ranges are answered in the order of their offsets", () => ({
    driver: (driver) =>
      forwardDriver(without(driver, "readRanges"), {
        async readRanges(key, ranges, call) {
          const sorted = [...ranges].toSorted((one, other) => one.offset - other.offset);
          const answers = await Promise.all(sorted.map((range) => readWhole(driver, key, range, call)));
          const info = answers[0]?.info ?? (await driver.stat(key, call));
          return { info, bytes: answers.map(({ bytes }) => bytes) };
        },
      }),
  }));
  define("ranges-deduplicated", "a range asked for twice is answered once", () => ({
    store: (store) =>
      wrapStore(store, {
        getRanges: (...[key, ranges, options]: Parameters<typeof store.getRanges>) =>
          store.getRanges(
            key,
            ranges.filter(
              (range, index) => ranges.findIndex((other) => JSON.stringify(other) === JSON.stringify(range)) === index,
            ),
            options,
          ),
      }),
  }));
  define("ranges-coalesced-wrongly", "ranges cut from one read are cut from its start", () => ({
    store: (store) =>
      wrapStore(store, {
        async getRanges(...[key, ranges, options]: Parameters<typeof store.getRanges>) {
          const answer = await store.getRanges(key, ranges, options);
          if (ranges.length === 0) return answer;
          const { bytes } = await store.get(key);
          const least = Math.min(...ranges.map((range) => ("offset" in range ? range.offset : 0)));
          return { ...answer, ranges: answer.ranges.map((one) => bytes.slice(least, least + one.byteLength)) };
        },
      }),
  }));
  define("ranges-bad-member-dropped", "a range beyond the end is left out", () => ({
    store: (store) =>
      wrapStore(store, {
        async getRanges(...[key, ranges, options]: Parameters<typeof store.getRanges>) {
          const { size } = await store.stat(key);
          return await store.getRanges(
            key,
            ranges.filter((range) => !("offset" in range) || (range.offset >= 0 && range.offset < size)),
            options,
          );
        },
      }),
  }));
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
  define("text-latin1", "text is decoded as Latin-1", () => ({
    store: (store) =>
      wrapStore(store, {
        async get(...args: Parameters<typeof store.get>) {
          const { bytes, info, range } = await store.get(...args);
          return { bytes, info, range, text: () => Buffer.from(bytes).toString("latin1") };
        },
      }),
  }));
  define("string-latin1", "strings are encoded as Latin-1", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          store.put(key, typeof body === "string" ? Buffer.from(body, "latin1") : body, options),
      }),
  }));
  define("body-to-string", "bodies that are no bytes go through String()", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) => {
          const plain =
            typeof body === "string" ||
            body instanceof Uint8Array ||
            (isAsyncIterable(body) && !(body instanceof Blob));
          return store.put(key, plain ? body : String(body), options);
        },
      }),
  }));
  define("large-parts-swapped", "parts of a large read land in each other's place", () => ({
    store: (store) =>
      wrapStore(store, {
        async get(...[key, options]: Parameters<typeof store.get>) {
          const { bytes, info, range } = await store.get(key, options);
          const size = options?.rangeThreshold ?? 1_000_000;
          if (bytes.byteLength >= size + 2) bytes.set([bytes[size] ?? 0, bytes[size - 1] ?? 0], size - 1);
          return { bytes, info, range, text: () => Buffer.from(bytes).toString() };
        },
      }),
  }));
  define("splices-versions", "reads in parts, or resumed, are not pinned to one version", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        read: (key, range, call) => driver.read(key, range, { ...call, conditions: undefined }),
        ...unpinned(driver),
      }),
  }));
});

function unpinned(driver: StoreDriver): Partial<StoreDriver> {
  const { readInto, readBytes } = forwardDriver(driver);
  return {
    ...(readInto && {
      readInto: (key, offset, target, call) => readInto(key, offset, target, { ...call, conditions: undefined }),
    }),
    ...(readBytes && {
      readBytes: (key, range, limit, call) => readBytes(key, range, limit, { ...call, conditions: undefined }),
    }),
  };
}

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
