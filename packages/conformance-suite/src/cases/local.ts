import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineArea } from "../engine/case.js";
import type { Case } from "../engine/case.js";

export const localCases: readonly Case[] = defineArea("U", (all) => {
  const define: typeof all = (id, list, why, run, extra = {}) =>
    all(id, list, why, run, { ...extra, parts: ["localPath", ...(extra.parts ?? [])] });

  for (const size of [0, 1, 511, 512, 513, 4095, 4096, 4097, 65_537, 1_048_577]) {
    define(
      `local.exact-size/${size}B`,
      342,
      "a file padded to its block size",
      async (t) => {
        await t.store.put("dir/a", t.data(size));
        t.equal(statSync(join(t.localPath, "dir/a")).size, size, "size of the file");
        t.bytes(readFileSync(join(t.localPath, "dir/a")), t.data(size), "the file");
      },
      { size: size > 65_536 ? "M" : "S" },
    );
  }

  for (const offset of [511, 4095, 4097, 65_537]) {
    define(
      `local.odd-offset/${offset}`,
      343,
      "a read that begins or ends at a block only",
      async (t) => {
        const body = t.data(200_003);
        await t.store.put("a", body);
        for (const length of [1, 4095, 4097, 65_537]) {
          t.bytes(
            (await t.store.get("a", { range: { offset, length } })).bytes,
            body.subarray(offset, offset + length),
            `${length} bytes from ${offset}`,
          );
        }
      },
      { size: "M" },
    );
  }

  define(
    "local.no-temp-left",
    333,
    "temporary files left by success, failure or abort",
    async (t) => {
      const door = await t.sideDoor();
      await t.store.put("dir/a", t.data(5000));
      await t.store.put("dir/a", t.data(50));
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield t.data(5000);
        throw new Error("broke");
      }
      await t.failure(() => t.store.put("dir/b", broken(), { size: 9000 }), "put of a broken source");
      await t.failure(() => t.store.put("dir/a", broken(), { size: 9000 }), "put over an object");
      const controller = t.controller();
      const writer = t.store.createWriter("dir/c", { signal: controller.signal });
      await writer.write(t.data(100_000)).catch(() => {});
      controller.abort(new Error("enough"));
      await writer.close().catch(() => {});
      t.equal((await door.listLeftovers?.()) ?? [], [], "leftovers");
      t.equal(await door.listRaw(), ["dir/a"], "files");
    },
    { parts: ["sideDoor"], size: "M" },
  );

  define("local.overwrite-is-atomic", 333, "a file written in place", async (t) => {
    await t.store.put("a", t.data(1000, 1));
    const before = statSync(join(t.localPath, "a")).ino;
    await t.store.put("a", t.data(1000, 2));
    t.different(statSync(join(t.localPath, "a")).ino, before, "inodes before and after");
  });

  define("local.symlink-inside", 338, "a link inside the container that is lost, or listed twice", async (t) => {
    await t.store.put("real/a", "1");
    symlinkSync("real", join(t.localPath, "link"));
    const outcome = await t.store.get("link/a").then(
      (got) => got.text(),
      (error: unknown) => error,
    );
    if (typeof outcome === "string") t.equal(outcome, "1", "text through the link");
    else
      await t.rejects(
        () => Promise.reject(outcome),
        ["NotFound", "PermissionDenied", "InvalidKey", "KeyConflict"],
        "get through a link",
      );
    await t.holds("real/a", "1");
  });

  define("local.symlink-outside", [301, 338], "a link that leads out of the container", async (t) => {
    const secret = mkdtempSync(join(tmpdir(), "stowage-suite-secret-"));
    t.atEnd(() => rmSync(secret, { recursive: true, force: true }));
    writeFileSync(join(secret, "x"), "secret");
    symlinkSync(secret, join(t.localPath, "out"));
    symlinkSync(join(secret, "x"), join(t.localPath, "file"));
    for (const key of ["out/x", "file"]) {
      const outcome = await t.store.get(key).then(
        () => undefined,
        (error: unknown) => error,
      );
      t.ok(outcome instanceof Error, `${key} is not served`);
    }
    await t.store.put("out/y", "escaped").catch(() => {});
    t.equal(await t.store.exists("real").catch(() => false), false, "nothing else there");
    const there = (() => {
      try {
        return readFileSync(join(secret, "y"), "utf8");
      } catch {
        return undefined;
      }
    })();
    t.equal(there, undefined, "a file written outside");
    t.equal(readFileSync(join(secret, "x"), "utf8"), "secret", "the file outside");
  });

  define(
    "local.fifo",
    338,
    "a read of a pipe that never ends",
    async (t) => {
      await t.store.put("a", "1");
      execFileSync("mkfifo", [join(t.localPath, "pipe")]);
      await t.failure(() => t.store.get("pipe"), "get of a pipe");
      await t.failure(() => t.store.stat("pipe"), "stat of a pipe");
      await t.lists(["a"]);
    },
    { deadline: 5000 },
  );

  define("local.socket", 338, "a socket listed as an object", async (t) => {
    await t.store.put("a", "1");
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(join(t.localPath, "s"), resolve);
    });
    try {
      await t.failure(() => t.store.get("s"), "get of a socket");
      await t.lists(["a"]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  define("local.directory-in-the-way", 340, "EISDIR met as an internal error", async (t) => {
    mkdirSync(join(t.localPath, "a/b"), { recursive: true });
    await t.rejects(() => t.store.get("a"), "NotFound", "get of a directory");
    await t.rejects(() => t.store.stat("a/b"), "NotFound", "stat of a directory");
    writeFileSync(join(t.localPath, "a/b/c"), "1");
    await t.rejects(() => t.store.put("a", "1"), "KeyConflict", "put on a directory with objects");
    await t.rejects(() => t.store.put("a/b/c/d", "1"), "KeyConflict", "put below a file");
    await t.holds("a/b/c", "1");
  });

  define("local.empty-directory", 340, "an empty directory shown as a prefix", async (t) => {
    mkdirSync(join(t.localPath, "empty/deep"), { recursive: true });
    await t.store.put("a", "1");
    await t.lists(["a"], { delimiter: "/" });
    await t.lists(["a"]);
  });

  define("local.foreign-files", 341, "files of other programs under other keys", async (t) => {
    mkdirSync(join(t.localPath, "dir with space/ü"), { recursive: true });
    for (const name of ["plain", "dir with space/a%41", "dir with space/ü/☺", "dir with space/+?#"])
      writeFileSync(join(t.localPath, name), name);
    await t.lists(["plain", "dir with space/a%41", "dir with space/ü/☺", "dir with space/+?#"]);
    await t.holds("dir with space/ü/☺", "dir with space/ü/☺");
    t.equal((await t.store.stat("plain")).size, 5, "size");
    await t.store.delete("dir with space/a%41");
    await t.absent("dir with space/a%41");
  });

  define("local.foreign-change-seen", 346, "bytes of the file before it was changed by another program", async (t) => {
    await t.store.put("a", t.data(9000, 1));
    await t.store.get("a");
    writeFileSync(join(t.localPath, "a"), t.data(7000, 2));
    await t.holds("a", t.data(7000, 2));
    const before = (await t.store.stat("a")).etag;
    writeFileSync(join(t.localPath, "a"), t.data(7001, 3));
    t.different((await t.store.stat("a")).etag, before, "etags before and after");
  });
});
