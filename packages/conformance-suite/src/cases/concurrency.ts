import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";
import type { CaseContext } from "../engine/context.js";

export const concurrencyCases: readonly Case[] = defineArea("N", (define) => {
  define("conc.distinct-keys", 253, "answers mixed up between concurrent calls", async (t) => {
    const keys = Array.from({ length: 20 }, (_, index) => `dir${index % 3}/k${index}`);
    await Promise.all(keys.map((key, index) => t.store.put(key, t.data(500 + index, index))));
    const found = await Promise.all(keys.map((key) => t.store.get(key)));
    for (const [index, { bytes, info }] of found.entries()) {
      t.bytes(bytes, t.data(500 + index, index), keys[index]);
      t.equal(info.key, keys[index], "key");
    }
    await t.lists(keys);
  });

  for (const size of [1000, 300_000]) {
    define(
      `conc.same-key-lww/${size}B`,
      254,
      "two writers mixed in one object",
      async (t) => {
        for (let round = 0; round < 4; round += 1) {
          const bodies = Array.from({ length: 8 }, (_, index) => t.data(size, round * 10 + index));
          await Promise.all(bodies.map((body) => t.store.put("a", body)));
          t.oneOf((await t.store.get("a")).bytes, bodies, "the object");
          t.equal((await t.store.stat("a")).size, size, "size");
        }
        await t.lists(["a"]);
      },
      { size: size > 65_536 ? "M" : "S" },
    );
  }

  define(
    "conc.same-key-streams",
    254,
    "two streamed writers mixed in one object",
    async (t) => {
      const bodies = [t.data(100_000, 1), t.data(100_000, 2), t.data(100_000, 3)];
      await Promise.all(bodies.map((body) => t.store.put("a", pieces(body, 7001))));
      t.oneOf((await t.store.get("a")).bytes, bodies, "the object");
    },
    { needs: ["putStream"], size: "M" },
  );

  define(
    "conc.reader-never-torn",
    255,
    "a reader that sees half of a write",
    async (t) => {
      const bodies = [t.data(90_000, 0), t.data(90_000, 1)];
      await t.store.put("a", bodies[0] ?? "");
      const reader = await t.another();
      for (let round = 1; round <= 20; round += 1) {
        const write = t.store.put("a", bodies[round % 2] ?? "");
        const reads = await Promise.all([reader.get("a"), reader.get("a"), t.store.get("a")]);
        await write;
        for (const { bytes } of reads) t.oneOf(bytes, bodies, "what a reader saw");
      }
    },
    { size: "M" },
  );

  define(
    "conc.never-missing",
    255,
    "a moment of an overwrite in which nothing is there",
    async (t) => {
      await t.store.put("a", t.data(50_000));
      const reader = await t.another();
      const overwrite = async (): Promise<void> => {
        for (let round = 0; round < 30; round += 1) await t.store.put("a", t.data(50_000, round));
      };
      await t.during(overwrite(), async () => {
        t.equal(await reader.exists("a"), true, "exists during an overwrite");
        t.equal((await reader.stat("a")).size, 50_000, "size during an overwrite");
        t.equal((await t.keys({}, reader)).length, 1, "keys during an overwrite");
      });
    },
    { size: "M" },
  );

  define(
    "conc.write-interrupted-midway",
    256,
    "a write begun first and ended last that mixes with the other",
    async (t) => {
      const [first, second] = [t.data(60_000, 1), t.data(60_000, 2)];
      const { store } = t;
      async function* interrupted(): AsyncGenerator<Uint8Array> {
        yield first.slice(0, 30_000);
        await store.put("a", second);
        yield first.slice(30_000);
      }
      await t.store.put("a", interrupted());
      await t.holds("a", first);
    },
    { needs: ["putStream"] },
  );

  define(
    "conc.container-removed-midway",
    257,
    "a put that brings a deleted container back, or reports success",
    async (t) => {
      const store = await t.containers.fresh("removed-midway");
      await store.put("a", "1");
      await t.containers.delete("removed-midway", true);
      await t.rejects(() => store.put("b", "2"), "ContainerNotFound", "put");
      await t.rejects(() => store.get("a"), "ContainerNotFound", "get");
      t.equal(await store.containerExists(), false, "containerExists");
    },
    { parts: ["containers"], needs: ["createContainer", "deleteContainer"] },
  );

  define(
    "conc.read-offsets",
    258,
    "readers of one object that move each other's position",
    async (t) => {
      const body = t.data(400_000);
      await t.store.put("a", body);
      const offsets = Array.from({ length: 10 }, () => Math.floor(t.random() * 390_000));
      const found = await Promise.all(offsets.map((offset) => t.store.get("a", { range: { offset, length: 10_000 } })));
      for (const [index, { bytes }] of found.entries()) {
        const offset = offsets[index] ?? 0;
        t.bytes(bytes, body.subarray(offset, offset + 10_000), `bytes from ${offset}`);
      }
    },
    { size: "M" },
  );

  define(
    "conc.file-handles",
    259,
    "EMFILE, or a pool used up, at 500 operations",
    async (t) => {
      await t.store.put("a", t.data(2000));
      const found = await Promise.all(
        Array.from({ length: 500 }, (_, index) =>
          index % 5 === 0
            ? t.store.put(`k${index}`, "x").then(() => 2000)
            : t.store.get("a").then(({ bytes }) => bytes.byteLength),
        ),
      );
      t.equal(found.filter((size) => size !== 2000).length, 0, "wrong sizes");
    },
    { size: "M" },
  );

  define(
    "consist.read-after-write",
    260,
    "a stale read, once in fifty",
    async (t) => {
      for (let round = 0; round < 50; round += 1) {
        const key = `k${round % 7}`;
        await t.store.put(key, `round ${round}`);
        t.equal((await t.store.get(key)).text(), `round ${round}`, key);
        t.equal((await t.store.stat(key)).size, `round ${round}`.length, `size of ${key}`);
      }
    },
    { size: "M" },
  );

  define("consist.read-after-delete", 260, "a deleted object read once more", async (t) => {
    for (let round = 0; round < 20; round += 1) {
      await t.store.put("a", "1");
      await t.store.delete("a");
      t.equal(await t.store.exists("a"), false, "exists");
      await t.lists([]);
    }
  });

  define("consist.negative-cache", 260, "a miss remembered after the write", async (t) => {
    t.equal(await t.store.exists("a"), false, "exists before");
    await t.rejects(() => t.store.get("a"), "NotFound", "get before");
    await t.store.put("a", "1");
    await t.holds("a", "1");
  });

  define("consist.cross-handle", 261, "a handle that reads from its own memory", async (t) => {
    const other = await t.another();
    for (let round = 0; round < 10; round += 1) {
      await t.store.put("a", `round ${round}`);
      t.equal((await other.get("a")).text(), `round ${round}`, "the other handle");
      await other.put("b", `back ${round}`);
      t.equal((await t.store.get("b")).text(), `back ${round}`, "this handle");
      t.equal(await t.keys(), await t.keys({}, other), "keys of both");
    }
    await other.delete("a");
    await t.absent("a");
  });

  define(
    "consist.side-door",
    261,
    "an object that only the store itself can read",
    async (t) => {
      const door = await t.sideDoor();
      await t.store.put("dir/a", t.data(5000));
      t.bytes((await door.get("dir/a")) ?? new Uint8Array(0), t.data(5000), "through the side door");
      await door.put("dir/b", t.data(700, 1));
      await t.holds("dir/b", t.data(700, 1));
      t.equal((await t.store.stat("dir/b")).size, 700, "size");
      await t.lists(["dir/a", "dir/b"]);
      await t.store.delete("dir/a");
      t.equal(await door.get("dir/a"), undefined, "through the side door after delete");
    },
    { parts: ["sideDoor"] },
  );

  for (const interleaved of [false, true]) {
    define(
      `model.random/${interleaved ? "interleaved" : "sequential"}`,
      262,
      "a sequence of operations nobody thought of",
      async (t) => {
        await randomWalk(t, interleaved ? 4 : 1, 150);
      },
      { size: "M" },
    );
  }
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size);
}

/** Random puts, deletes, copies and reads against a map; several walkers keep to keys of their own, below one prefix. */
async function randomWalk(t: CaseContext, walkers: number, steps: number): Promise<void> {
  const model = new Map<string, Uint8Array>();
  const pick = (count: number): number => Math.floor(t.random() * count);
  const walk = async (walker: number): Promise<void> => {
    const key = (): string => `d${pick(2)}/${walker}-${pick(4)}`;
    for (let step = 0; step < steps / walkers; step += 1) {
      const [from, to] = [key(), key()];
      const there = model.get(from);
      switch (pick(6)) {
        case 0:
        case 1: {
          const body = t.data(pick(3000), step * 10 + walker);
          await t.store.put(from, body);
          model.set(from, body);
          break;
        }
        case 2:
          await t.store.delete(from);
          model.delete(from);
          break;
        case 3:
          if (from === to || !t.has("copy")) break;
          if (there === undefined) await t.rejects(() => t.store.copy(from, to), "NotFound", "copy");
          else {
            await t.store.copy(from, to);
            model.set(to, there);
          }
          break;
        case 4:
          if (from === to || there === undefined || !t.has("rename")) break;
          await t.store.rename(from, to);
          model.set(to, there);
          model.delete(from);
          break;
        default:
          if (there === undefined) await t.absent(from);
          else await t.holds(from, there);
      }
    }
  };
  await Promise.all(Array.from({ length: walkers }, (_, walker) => walk(walker)));
  await t.lists([...model.keys()]);
  for (const [key, body] of model) await t.holds(key, body);
}
