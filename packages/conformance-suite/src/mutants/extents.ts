import { StoreError } from "@stowage/core";
import type { DriverInfo, DriverReadCall, StoreDriver } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { alterReads, alterWrites, readWhole } from "./driver-tools.js";
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
