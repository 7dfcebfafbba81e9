import type { ByteRange } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";

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

export const rangeCases: readonly Case[] = defineArea("E", (define) => {
  for (const offset of [0, 1, 500, 999]) {
    for (const length of [1, 2, 999, 1000, undefined]) {
      define(
        `range.matrix/${offset}+${length ?? "end"}`,
        56,
        "off by one, from the wrong place, or the whole object",
        async (t) => {
          const body = await prepared(t);
          const range = length === undefined ? { offset } : { offset, length };
          await reads(t, range, body.subarray(offset, length === undefined ? undefined : offset + length), offset);
        },
      );
    }
  }

  define("range.full-size-reported", 57, "arrow-rs #5272: the size of the range told as the object's", async (t) => {
    await prepared(t);
    const { info, range } = await t.store.get("a", { range: { offset: 10, length: 5 } });
    t.equal([info.size, range.offset, range.length], [size, 10, 5], "size and range");
    await using streamed = await t.store.getStream("a", { range: { offset: 10, length: 5 } });
    t.equal([streamed.info.size, streamed.range], [size, { offset: 10, length: 5 }], "size and range of getStream");
    await using tail = await t.store.getStream("a", { range: { suffix: 5 } });
    t.equal([tail.info.size, tail.range], [size, { offset: size - 5, length: 5 }], "size and range of a suffix");
    if (!t.has("getInto")) return;
    const into = await t.store.getInto("a", new Uint8Array(5), { range: { offset: 10, length: 5 } });
    t.equal([into.info.size, into.bytesRead], [size, 5], "size and bytes of getInto");
  });

  define("range.end-clamped", 58, "an end beyond the object refused, or padded", async (t) => {
    const body = await prepared(t);
    await reads(t, { offset: 990, length: 100 }, body.subarray(990), 990);
    await reads(t, { offset: 0, length: 2 ** 40 }, body, 0);
  });

  for (const offset of [1000, 1001, 5000]) {
    define(
      `range.start-${offset === 1000 ? "at-size" : `beyond/${offset - 1000}`}`,
      59,
      "nothing read where there is nothing, taken for an empty object",
      async (t) => {
        await prepared(t);
        await t.rejects(() => t.store.get("a", { range: { offset, length: 10 } }), "InvalidRange", "get");
        await t.rejects(() => t.store.get("a", { range: { offset } }), "InvalidRange", "open-ended get");
        await t.rejects(() => t.store.getStream("a", { range: { offset, length: 1 } }), "InvalidRange", "getStream");
        if (!t.has("getRanges")) return;
        await t.rejects(() => t.store.getRanges("a", [{ offset, length: 1 }]), "InvalidRange", "getRanges");
      },
    );
  }

  define("range.on-empty-object", 60, "a range of nothing read as success", async (t) => {
    await t.store.put("a", "");
    await t.rejects(() => t.store.get("a", { range: { offset: 0, length: 1 } }), "InvalidRange", "get");
    await t.rejects(() => t.store.get("a", { range: { offset: 0 } }), "InvalidRange", "open-ended get");
  });

  define("range.zero-length", 61, "HTTP cannot say it: the whole object, or one byte, comes back", async (t) => {
    await prepared(t);
    await reads(t, { offset: 5, length: 0 }, new Uint8Array(0), 5);
    if (!t.has("getInto")) return;
    t.equal(
      (await t.store.getInto("a", new Uint8Array(0), { range: { offset: 5, length: 0 } })).bytesRead,
      0,
      "bytes of getInto",
    );
  });

  define(
    "range.zero-length-errors",
    61,
    "an answer of nothing without looking whether the object is there",
    async (t) => {
      await t.rejects(
        () => t.store.get("a", { range: { offset: 0, length: 0 } }),
        "NotFound",
        "get of a missing object",
      );
      await t.store.put("a", "123");
      await t.rejects(() => t.store.get("a", { range: { offset: 3, length: 0 } }), "InvalidRange", "get at the end");
    },
  );

  for (const suffix of [1, 500, 1000, 2000]) {
    define(
      `range.suffix/${suffix}`,
      62,
      "a suffix read as a prefix, or refused when longer than the object",
      async (t) => {
        const body = await prepared(t);
        const length = Math.min(suffix, size);
        await reads(t, { suffix }, body.subarray(size - length), size - length);
      },
    );
  }

  define("range.suffix-zero", 63, "bytes=-0 is no range in HTTP", async (t) => {
    await prepared(t);
    const got = await t.store.get("a", { range: { suffix: 0 } });
    t.equal([got.bytes.byteLength, got.info.size], [0, size], "bytes and size");
    await t.rejects(() => t.store.get("missing", { range: { suffix: 0 } }), "NotFound", "suffix of a missing object");
  });

  define("range.suffix-on-empty", 64, "416 for the last bytes of an empty object", async (t) => {
    await t.store.put("a", "");
    const got = await t.store.get("a", { range: { suffix: 10 } });
    t.equal([got.bytes.byteLength, got.info.size], [0, 0], "bytes and size");
  });

  define(
    "range.open-ended",
    65,
    "an open end taken for one byte",
    async (t) => {
      const body = await prepared(t, 100_000);
      await reads(t, { offset: 1 }, body.subarray(1), 1, 100_000);
    },
    { size: "M" },
  );
});
