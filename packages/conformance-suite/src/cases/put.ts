import type { StoreErrorCode } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import { encoded, forms, oneByOne, sizes, untouchables } from "./bodies.js";

export const writeCases: readonly Case[] = defineArea("B", (define) => {
  for (const [name, size] of Object.entries(sizes)) {
    define(
      `put.roundtrip/${name}`,
      12,
      "cut at 64 KiB, mangled, rounded to a block",
      async (t) => {
        const body = t.data(size);
        const written = await t.store.put("a", body);
        t.equal(written.size, size, "size told by put");
        await t.holds("a", body);
        t.equal((await t.store.stat("a")).size, size, "size told by stat");
      },
      { size: size > 65_536 ? "M" : "S" },
    );
  }
  for (const [name, size] of Object.entries({ "10MiB": 10_485_760, "17MiB+1": 17_825_793 })) {
    define(
      `put.roundtrip/${name}`,
      12,
      "a body above one buffer, part or threshold",
      async (t) => {
        const body = t.data(size);
        await t.store.put("a", body);
        await t.holds("a", body);
      },
      { size: name === "10MiB" ? "M" : "L" },
    );
  }

  define(
    "put.sizes",
    12,
    "a size at which a buffer, block or chunk is just full",
    async (t) => {
      const around = Array.from({ length: 19 }, (_, power) => [2 ** power - 1, 2 ** power, 2 ** power + 1]).flat();
      for (const size of new Set(around)) {
        const body = t.data(size, size % 7);
        const written = await t.store.put("a", body);
        t.equal(written.size, size, "size told by put");
        t.bytes((await t.store.get("a")).bytes, body, `get of ${size} bytes`);
      }
    },
    { size: "M" },
  );

  for (const [name, content] of Object.entries(untouchables)) {
    define(`put.content/${name}`, 14, "bytes taken for text, or trimmed", async (t) => {
      const body = Buffer.from(content, "latin1");
      await t.store.put("a.txt", body, t.has("attributes") ? { contentType: "text/plain" } : {});
      await t.holds("a.txt", body);
      await t.store.put("b", Buffer.concat([body, body]));
      await t.holds("b", Buffer.concat([body, body]));
    });
  }

  define("put.empty", 13, "arrow-rs #4514: an empty payload that only the real service refuses", async (t) => {
    const written = await t.store.put("a", new Uint8Array(0));
    t.equal(written.size, 0, "size told by put");
    await t.holds("a", "");
    t.equal(await t.store.exists("a"), true, "exists");
    t.equal((await t.store.stat("a")).size, 0, "size told by stat");
    await t.lists(["a"]);
  });

  define("put.all-256-byte-values", 14, "bytes that went through a string", async (t) => {
    const body = Uint8Array.from({ length: 512 }, (_, index) => (index < 256 ? index : 511 - index));
    await t.store.put("a", body);
    await t.holds("a", body);
    const invalid = Uint8Array.of(0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80, 0xef, 0xbb, 0xbf);
    await t.store.put("b", invalid);
    await t.holds("b", invalid);
  });

  define("put.overwrite", 15, "a put that never replaces, or appends", async (t) => {
    for (const salt of [1, 2, 3]) {
      await t.store.put("a", t.data(1000, salt));
      await t.holds("a", t.data(1000, salt));
    }
    await t.lists(["a"]);
  });

  define("put.overwrite-shorter", 16, "a file opened without O_TRUNC keeps the old tail", async (t) => {
    await t.store.put("a", t.data(4096));
    const body = t.data(17, 1);
    await t.store.put("a", body);
    await t.holds("a", body);
    t.equal((await t.store.stat("a")).size, 17, "size told by stat");
  });

  define("put.overwrite-longer", 15, "a size kept from the first write", async (t) => {
    await t.store.put("a", t.data(17));
    const body = t.data(9000, 1);
    await t.store.put("a", body);
    await t.holds("a", body);
  });

  define("put.overwrite-same-bytes", 17, "the same bytes again must not fail, double or vanish", async (t) => {
    const body = t.data(100);
    await t.store.put("a", body);
    await t.store.put("a", body);
    await t.holds("a", body);
    await t.lists(["a"]);
  });

  define(
    "put.overwrite-same-bytes-attributes",
    [17, 18],
    "a put of the same bytes left out with its attributes",
    async (t) => {
      const attributes = { contentType: "text/x-new", cacheControl: "no-store", metadata: { new: "yes" } };
      await t.store.put("a.bin", t.data(100), { contentType: "text/x-old", metadata: { old: "yes" } });
      await t.store.put("a.bin", t.data(100), attributes);
      const info = await t.store.stat("a.bin");
      t.equal(
        [info.contentType, info.cacheControl, { ...info.metadata }],
        [attributes.contentType, attributes.cacheControl, attributes.metadata],
        "attributes",
      );
    },
    { needs: ["attributes"] },
  );

  define(
    "put.overwrite-clears-attributes",
    18,
    "old attributes beside new bytes",
    async (t) => {
      await t.store.put("a.bin", "1", {
        contentType: "text/x-old",
        cacheControl: "no-store",
        metadata: { old: "yes" },
      });
      await t.store.put("a.bin", "2");
      const info = await t.store.stat("a.bin");
      t.equal({ ...info.metadata }, {}, "metadata");
      t.equal(info.cacheControl, undefined, "cacheControl");
      t.different(info.contentType, "text/x-old", "content types before and after");
    },
    { needs: ["attributes"] },
  );

  define("put.overwrite-empty-over-full", 19, "an empty body taken for 'no change'", async (t) => {
    await t.store.put("a", t.data(100));
    await t.store.put("a", "");
    await t.holds("a", "");
    await t.store.put("a", t.data(50, 1));
    await t.holds("a", t.data(50, 1));
  });

  define("put.creates-parents", 20, "a key whose parents nobody made", async (t) => {
    await t.store.put("a/b/c/d", "deep");
    await t.holds("a/b/c/d", "deep");
    await t.store.put("a/b/x", "beside");
    await t.holds("a/b/c/d", "deep");
  });

  define("put.result-matches-stat", 21, "an etag or size made up by put", async (t) => {
    const written = await t.store.put("a", t.data(1234));
    const info = await t.store.stat("a");
    t.equal([written.key, written.size, written.etag], ["a", info.size, info.etag], "what put told");
    if (written.lastModified !== undefined) t.equal(written.lastModified, info.lastModified, "lastModified");
  });

  define("put.etag-changes", 22, "an etag made of the size, of the first bytes, or of a sum", async (t) => {
    const body = t.data(70_001);
    const ends = body.slice();
    ends[70_000] = (ends[70_000] ?? 0) ^ 1;
    const middle = body.slice();
    middle[35_000] = (middle[35_000] ?? 0) ^ 1;
    const bodies = [body, ends, middle, body.toReversed(), t.data(70_001, 1)];
    const seen = new Map<string, number>();
    for (const [index, bytes] of bodies.entries()) {
      const { etag } = await t.store.put("a", bytes);
      t.equal(seen.get(etag), undefined, `index of an earlier body of one size with the etag of body ${index}`);
      seen.set(etag, index);
      t.equal((await t.store.stat("a")).etag, etag, "etag told by stat");
    }
  });

  define("put.input-not-mutated", 23, "encryption or padding done in the caller's buffer", async (t) => {
    const body = t.data(5000);
    await t.store.put("a", body);
    t.bytes(body, t.data(5000), "the caller's buffer");
  });

  define("put.input-mutated-after-resolve", 23, "a store that keeps the caller's buffer", async (t) => {
    const body = t.data(5000);
    await t.store.put("a", body);
    body.fill(0);
    await t.holds("a", t.data(5000));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await t.holds("a", t.data(5000));
  });

  define(
    "put.input-mutated-in-flight",
    24,
    "a body changed midway is the caller's fault, a failing store is not",
    async (t) => {
      const body = t.data(200_000);
      const pending = t.store.put("a", body);
      body.fill(7);
      await pending.catch(() => {});
      const there = await t.store.get("a").catch(() => undefined);
      if (there !== undefined) t.equal(there.bytes.byteLength, 200_000, "size of what is there");
      await t.store.put("a", t.data(10));
      await t.holds("a", t.data(10));
    },
    { size: "M" },
  );

  for (const [kind, make] of Object.entries<(bytes: Uint8Array<ArrayBuffer>) => ArrayBufferView>({
    Uint8Array: (bytes) => bytes.subarray(7, 107),
    Buffer: (bytes) => Buffer.from(bytes.buffer, 7, 100),
    DataView: (bytes) => new DataView(bytes.buffer, 7, 100),
  })) {
    define(`put.subarray-view/${kind}`, 25, "the whole backing buffer written instead of the view", async (t) => {
      const whole = t.data(300);
      const written = await t.store.put("a", make(whole));
      t.equal(written.size, 100, "size told by put");
      await t.holds("a", t.data(300).subarray(7, 107));
    });
  }

  for (const [kind, make] of Object.entries(forms)) {
    const streamed = /Stream|Readable|Iterable/.test(kind);
    define(
      `put.input-kinds/${kind.replaceAll(" ", "-")}`,
      26,
      "a body form that becomes '[object Object]' or loses bytes",
      async (t) => {
        const expected = kind === "Uint16Array" ? encoded().subarray(0, 14) : encoded();
        const written = await t.store.put("a", make());
        t.equal(written.size, expected.byteLength, "size told by put");
        await t.holds("a", expected);
      },
      streamed ? { needs: ["putStream"] } : {},
    );
  }

  define("put.non-contiguous", 27, "chunks joined in another order, or with a separator", async (t) => {
    const body = t.data(10_000);
    await t.store.put("a", [body.subarray(0, 1), body.subarray(1, 5000), body.subarray(5000)], { size: 10_000 });
    await t.holds("a", body);
  });

  define("put.declared-size-kept", 26, "a declared size that is not looked at", async (t) => {
    await t.store.put("a", oneByOne(t.data(100)), { size: 100 });
    await t.holds("a", t.data(100));
    await t.rejects(() => t.store.put("b", t.data(100), { size: 99 }), "InvalidArgument", "put with a wrong size");
    await t.absent("b");
  });

  define("put.failed-leaves-previous", 28, "a rejected put that already removed the old object", async (t) => {
    const refused: StoreErrorCode = t.has("attributes") ? "InvalidArgument" : "Unsupported";
    await t.store.put("a", "old");
    const before = await t.store.stat("a");
    await t.rejects(() => t.store.put("a", "new", { contentType: "no\r\nheader" }), refused, "a bad content type");
    await t.rejects(() => t.store.put("a", "new", { metadata: { "bad name": "x" } }), refused, "a bad metadata name");
    await t.rejects(() => t.store.put("a", t.data(8), { size: 9 }), "InvalidArgument", "a wrong size");
    await t.holds("a", "old");
    t.equal((await t.store.stat("a")).etag, before.etag, "etag");
  });
});
