import { StoreError } from "@stowage/core";
import type { ByteRange, DriverBytes, StoreDriver } from "@stowage/core";
import { forwardDriver, without } from "../instrument/forward.js";
import { alterReads, readWhole } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { wrapStore } from "./wrap-store.js";

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

export const rangeMutants: readonly Mutant[] = defineMutants("wrong extent", (define) => {
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
  define("ranges-beyond-sixteen", "of many ranges only sixteen are read", () => ({
    driver(driver) {
      const { readRanges } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(readRanges && {
          async readRanges(key, ranges, call) {
            const { info, bytes } = await readRanges(key, ranges, call);
            return { info, bytes: bytes.map((each, index) => bytes[index % 16]?.slice(0, each.byteLength) ?? each) };
          },
        }),
      });
    },
  }));
  define("ranges-unpinned", "several ranges are read of whichever version is there", () => ({
    store: (store) =>
      wrapStore(store, {
        async getRanges(...[key, ranges, options]: Parameters<typeof store.getRanges>) {
          if (ranges.length < 2) return await store.getRanges(key, ranges, options);
          const info = await store.stat(key);
          const found: Uint8Array[] = [];
          for (const range of ranges) found.push((await store.get(key, { range })).bytes);
          return { info, ranges: found };
        },
      }),
  }));
  define("range-size-told-by-stream", "a stream of a range tells the size of the range as the object's", () => ({
    store: (store) =>
      wrapStore(store, {
        async getStream(...args: Parameters<typeof store.getStream>) {
          const answer = await store.getStream(...args);
          return {
            ...answer,
            info: { ...answer.info, size: answer.range.length },
            [Symbol.asyncDispose]: () => answer[Symbol.asyncDispose](),
          };
        },
      }),
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
});
