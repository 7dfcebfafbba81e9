import type { Lease } from "@stowage/core";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

/** Bytes that are the caller's for a time: as those of `get` until they are given back, nobody's afterwards. */
export const leaseCases: readonly Case[] = defineArea("D", (all) => {
  const define: typeof all = (id, list, why, run, extra = {}) =>
    all(id, list, why, run, { ...extra, needs: ["lease", ...(extra.needs ?? [])] });

  for (const size of [0, 1, 5000, 70_001]) {
    define(`lease.as-get/${size}B`, 51, "leased bytes that are not the object's, or more than they", async (t) => {
      await t.store.put("a", t.data(size));
      using lease = await t.store.getLease("a");
      t.bytes(lease.bytes, t.data(size), "bytes");
      const { info, range } = await t.store.get("a");
      t.equal([lease.info.size, lease.info.etag], [info.size, info.etag], "size and etag");
      t.equal({ ...lease.range }, { ...range }, "range");
    });
  }

  define("lease.range", 51, "a lease of the whole object where a part was asked for", async (t) => {
    await t.store.put("a", t.data(9000));
    using part = await t.store.getLease("a", { range: { offset: 4097, length: 300 } });
    t.bytes(part.bytes, t.data(9000).subarray(4097, 4397), "bytes of a range");
    t.equal({ ...part.range }, { offset: 4097, length: 300 }, "range");
    t.equal(part.info.size, 9000, "size of the object");
    using end = await t.store.getLease("a", { range: { suffix: 7 } });
    t.bytes(end.bytes, t.data(9000).subarray(8993), "bytes of a suffix");
  });

  define("lease.text", 54, "leased bytes read as text of another encoding", async (t) => {
    await t.store.put("a", "\uFEFFnaïve 日本");
    using lease = await t.store.getLease("a");
    t.equal(lease.text(), "\uFEFFnaïve 日本", "text");
  });

  define("lease.missing", 45, "a missing object leased as an empty one", async (t) => {
    await t.rejects(() => t.store.getLease("nope"), "NotFound", "getLease");
  });

  define(
    "lease.conditions",
    51,
    "conditions that hold for get only",
    async (t) => {
      const { etag } = await t.store.put("a", "1");
      const leased = (options: { ifMatch?: string; ifNoneMatch?: string }) => async (): Promise<void> => {
        using _lease = await t.store.getLease("a", options);
      };
      await t.rejects(leased({ ifMatch: '"other"' }), "PreconditionFailed", "ifMatch of another etag");
      await t.rejects(leased({ ifNoneMatch: etag }), "NotModified", "ifNoneMatch of the etag");
      using lease = await t.store.getLease("a", { ifMatch: etag });
      t.equal(lease.text(), "1", "text under a condition that holds");
    },
    { needs: ["conditionalRead"] },
  );

  define("lease.release", 51, "memory that stays in somebody's hands after it was given back", async (t) => {
    await t.store.put("a", t.data(5000));
    const lease = await t.store.getLease("a");
    const held = lease.bytes;
    const view = held.subarray(10, 20);
    lease.release();
    t.equal([lease.bytes.byteLength, held.byteLength, view.byteLength], [0, 0, 0], "lengths after release");
    t.equal(lease.info.size, 5000, "size told after release");
    lease.release();
    let disposed: Uint8Array;
    {
      using other = await t.store.getLease("a");
      disposed = other.bytes;
      t.bytes(disposed, t.data(5000), "a lease after one that was released twice");
    }
    t.equal(disposed.byteLength, 0, "length at the end of a using block");
  });

  define("lease.apart", 51, "two leases of one object in the same memory", async (t) => {
    await t.store.put("a", t.data(5000));
    using first = await t.store.getLease("a");
    const second = await t.store.getLease("a");
    second.bytes.fill(0);
    t.bytes(first.bytes, t.data(5000), "the first after writing into the second");
    second.release();
    t.bytes(first.bytes, t.data(5000), "the first after the second's release");
    await t.holds("a", t.data(5000));
  });

  define("lease.outlives-object", 51, "a lease that follows what becomes of the object", async (t) => {
    await t.store.put("a", t.data(5000));
    await t.store.put("b", t.data(5000));
    using replaced = await t.store.getLease("a");
    using deleted = await t.store.getLease("b");
    await t.store.put("a", "new");
    await t.store.delete("b");
    t.bytes(replaced.bytes, t.data(5000), "bytes of what was replaced");
    t.bytes(deleted.bytes, t.data(5000), "bytes of what was deleted");
  });

  define("lease.memory-used-again", 51, "memory lent twice at once", async (t) => {
    const sizes = Array.from({ length: 12 }, (_, index) => 1000 + 397 * index);
    for (const size of sizes) await t.store.put(`k${size}`, t.data(size));
    for (let round = 0; round < 3; round += 1) {
      const leases = await Promise.all(sizes.map((size) => t.store.getLease(`k${size}`)));
      const gone: Lease[] = leases.filter((_, index) => index % 2 === round % 2);
      for (const lease of gone) lease.release();
      const others = await Promise.all(sizes.map((size) => t.store.getLease(`k${size}`)));
      for (const [index, size] of sizes.entries()) {
        const kept = leases[index];
        if (kept !== undefined && !gone.includes(kept))
          t.bytes(kept.bytes, t.data(size), `a lease kept, ${size} bytes`);
        t.bytes(others[index]?.bytes ?? t.fail("no lease"), t.data(size), `a later lease, ${size} bytes`);
      }
      for (const lease of [...leases, ...others]) lease.release();
    }
  });
});
