import type { ByteRange, StoreDriver } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";
import { beforeReads } from "../instrument/before-reads.js";
import { forwardDriver, without } from "../instrument/forward.js";

const size = 1000;

async function prepared(t: CaseContext, bytes: number = size): Promise<Uint8Array> {
  const body = t.data(bytes);
  await t.store.put("a", body);
  return body;
}

/** The range by get and by getStream: bytes, served range and full size. */
async function reads(
  t: CaseContext,
  range: ByteRange,
  expected: Uint8Array,
  offset: number,
  full: number = size,
): Promise<void> {
  const name = JSON.stringify(range);
  const got = await t.store.get("a", { range });
  t.bytes(got.bytes, expected, `get ${name}`);
  t.equal({ ...got.range }, { offset, length: expected.byteLength }, `range served for ${name}`);
  t.equal(got.info.size, full, `full size told for ${name}`);
  const streamed = await t.store.getStream("a", { range });
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamed.stream) chunks.push(chunk);
  t.bytes(Buffer.concat(chunks), expected, `getStream ${name}`);
  t.equal({ ...streamed.range }, { offset, length: expected.byteLength }, `range streamed for ${name}`);
  t.equal(streamed.info.size, full, `full size told by getStream for ${name}`);
}

/** Ranges that are none, as JavaScript may pass them. */
const invalid: Readonly<Record<string, unknown>> = {
  "negative-offset": { offset: -1, length: 2 },
  "negative-length": { offset: 0, length: -2 },
  "negative-suffix": { suffix: -1 },
  NaN: { offset: Number.NaN },
  fraction: { offset: 1.5, length: 2 },
  infinity: { offset: 0, length: Infinity },
  "2^53": { offset: 2 ** 53, length: 1 },
  bigint: { offset: 1n, length: 2n },
  string: { offset: "3", length: 2 },
  "both-forms": { offset: 1, suffix: 2 },
  neither: {},
  "no-object": "bytes=0-1",
};

export const manyRangesCases: readonly Case[] = defineArea("E", (define) => {
  for (const [name, range] of Object.entries(invalid)) {
    const line = name.startsWith("negative") ? 66 : 67;
    define(`range.invalid/${name}`, line, "a malformed range served as some other one", async (t) => {
      await prepared(t);
      for (const method of ["get", "getStream"] as const) {
        const call = (): Promise<unknown> => Reflect.apply(t.store[method], t.store, ["a", { range }]);
        await t.rejects(call, ["InvalidArgument", "InvalidRange"], `${method} ${name}`);
      }
      await t.holds("a", t.data(size));
    });
  }

  define("range.negative-zero", 67, "-0 printed as '-0' in a header", async (t) => {
    const body = await prepared(t);
    const got = await t.store.get("a", { range: { offset: -0, length: 3 } }).catch(() => undefined);
    if (got !== undefined) t.bytes(got.bytes, body.subarray(0, 3), "bytes from -0");
    else
      await t.rejects(() => t.store.get("a", { range: { offset: -0, length: 3 } }), "InvalidArgument", "get from -0");
  });

  define("range.beyond-4GiB", 68, "an offset kept in 32 bits reads from the start", async (t) => {
    await prepared(t);
    await t.rejects(() => t.store.get("a", { range: { offset: 2 ** 32, length: 10 } }), "InvalidRange", "offset 2^32");
    await t.rejects(
      () => t.store.get("a", { range: { offset: 2 ** 32 + 5, length: 10 } }),
      "InvalidRange",
      "offset 2^32+5",
    );
    const body = t.data(size);
    await reads(t, { offset: 1, length: 2 ** 32 }, body.subarray(1), 1);
  });

  define("range.last-byte", 69, "the last byte lost, or another one after it", async (t) => {
    const body = await prepared(t);
    await reads(t, { offset: 999 }, body.subarray(999), 999);
    await reads(t, { suffix: 1 }, body.subarray(999), 999);
  });

  const vectors: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
    adjacent: [
      [0, 10],
      [10, 10],
      [20, 5],
    ],
    gapped: [
      [0, 10],
      [400, 10],
      [900, 100],
    ],
    overlapping: [
      [0, 100],
      [50, 100],
      [60, 10],
    ],
    duplicate: [
      [5, 10],
      [5, 10],
    ],
    "out-of-order": [
      [900, 50],
      [0, 10],
      [400, 20],
    ],
    single: [[999, 1]],
    clamped: [[990, 100]],
    empty: [],
  };
  for (const [name, list] of Object.entries(vectors)) {
    define(
      `ranges.multi/${name}`,
      70,
      "ranges answered in another order, or cut from a coalesced read at the wrong place",
      async (t) => {
        const body = await prepared(t);
        const ranges = list.map(([offset, length]) => ({ offset, length }));
        for (const coalesceGap of [0, 1_048_576]) {
          const { ranges: found, info } = await t.store.getRanges("a", ranges, { coalesceGap });
          t.equal(found.length, list.length, "ranges answered");
          for (const [index, bytes] of found.entries()) {
            const [offset = 0, length = 0] = list[index] ?? [];
            t.bytes(bytes, body.subarray(offset, offset + length), `range ${index}`);
          }
          t.equal(info.size, size, "full size");
        }
      },
      { needs: ["getRanges"] },
    );
  }

  define(
    "ranges.many",
    70,
    "ranges beyond the first few answered by others",
    async (t) => {
      const body = await prepared(t, 50_000);
      const ranges = Array.from({ length: 60 }, (_, index) => ({ offset: index * 800, length: 10 + index }));
      for (const coalesceGap of [0, 1_048_576]) {
        const { ranges: found } = await t.store.getRanges("a", ranges, { coalesceGap });
        t.equal(found.length, ranges.length, "ranges answered");
        for (const [index, { offset, length }] of ranges.entries())
          t.bytes(found[index] ?? new Uint8Array(0), body.subarray(offset, offset + length), `range ${index}`);
      }
    },
    { needs: ["getRanges"] },
  );

  define(
    "ranges.multi-bad-member",
    71,
    "one bad range that moves the others",
    async (t) => {
      const body = await prepared(t);
      await t.rejects(
        () =>
          t.store.getRanges("a", [
            { offset: 0, length: 5 },
            { offset: 1000, length: 5 },
          ]),
        "InvalidRange",
        "getRanges",
      );
      await t.rejects(
        () =>
          t.store.getRanges("a", [
            { offset: 0, length: 5 },
            { offset: -1, length: 5 },
          ]),
        ["InvalidArgument", "InvalidRange"],
        "getRanges",
      );
      const { ranges } = await t.store.getRanges("a", [{ offset: 3, length: 5 }]);
      t.bytes(ranges[0] ?? new Uint8Array(0), body.subarray(3, 8), "a good range afterwards");
    },
    { needs: ["getRanges"] },
  );

  define(
    "ranges.changed-midway",
    70,
    "ranges of two versions of an object in one answer",
    async (t) => {
      const [old, fresh] = [t.data(50_000), t.data(50_000, 1)];
      await t.store.put("a", old);
      const other = await t.another();
      const store = await t.over((driver) =>
        beforeReads(driver, async (read) => {
          if (read === 1) await other.put("a", fresh);
        }),
      );
      const ranges = [0, 20_000, 40_000].map((offset) => ({ offset, length: 100 }));
      await t.rejects(() => store.getRanges("a", ranges, { coalesceGap: 0 }), "PreconditionFailed", "getRanges");
      t.equal((await t.store.stat("a")).size, fresh.byteLength, "size of the new object");
    },
    { parts: ["driver"], needs: ["getRanges", "conditionalRead"] },
  );

  define(
    "ranges.interleaved-with-get",
    72,
    "a read position shared between calls",
    async (t) => {
      const body = await prepared(t);
      const [vector, whole, again] = await Promise.all([
        t.store.getRanges("a", [
          { offset: 100, length: 50 },
          { offset: 10, length: 5 },
        ]),
        t.store.get("a"),
        t.store.getRanges("a", [{ offset: 990, length: 10 }]),
      ]);
      t.bytes(whole.bytes, body, "plain read");
      t.bytes(vector.ranges[0] ?? new Uint8Array(0), body.subarray(100, 150), "first range");
      t.bytes(again.ranges[0] ?? new Uint8Array(0), body.subarray(990), "last range");
    },
    { needs: ["getRanges"] },
  );

  define("range.missing-object", 73, "a missing object told as a bad range", async (t) => {
    await t.rejects(() => t.store.get("a", { range: { offset: 10_000, length: 1 } }), "NotFound", "get");
    await t.rejects(() => t.store.get("a", { range: { suffix: 5 } }), "NotFound", "suffix");
  });

  for (const offset of [65_535, 65_536, 65_537, 131_071]) {
    define(
      `range.chunk-boundary/${offset}`,
      74,
      "a range across two parts that loses the seam",
      async (t) => {
        const body = await prepared(t, 262_147);
        for (const length of [1, 2, 65_536, 65_537, 131_073]) {
          const options = { range: { offset, length }, partSize: 65_536, rangeThreshold: 65_536 };
          t.bytes((await t.store.get("a", options)).bytes, body.subarray(offset, offset + length), `${length} bytes`);
        }
      },
      { size: "M" },
    );
  }

  define(
    "range.server-ignores-range",
    75,
    "a 200 with the whole object taken for the range",
    async (t) => {
      const body = await prepared(t);
      const store = await t.over(ignoringRanges);
      for (const range of [{ offset: 100, length: 50 }, { offset: 900 }, { suffix: 10 }]) {
        const outcome = await store.get("a", { range }).then(
          ({ bytes }) => bytes,
          (error: unknown) => error,
        );
        const [from, to] = "suffix" in range ? [990, 1000] : [range.offset, range.offset + (range.length ?? 100)];
        if (outcome instanceof Uint8Array) t.bytes(outcome, body.subarray(from, to), JSON.stringify(range));
        else t.ok(outcome instanceof Error, "an error instead of wrong bytes");
      }
    },
    { parts: ["driver"] },
  );
});

/** A service that answers every range with the whole object, and says so, as HTTP allows. */
function ignoringRanges(driver: StoreDriver): StoreDriver {
  return without(
    forwardDriver(driver, { read: (key, _range, call) => driver.read(key, undefined, call) }),
    "readBytes",
    "readInto",
    "readRanges",
  );
}
