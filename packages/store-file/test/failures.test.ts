/** What goes wrong with directories and disks: a typed error each, the old object whole, nothing left. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { StoreError } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { beforeEach, describe, expect, it } from "vitest";
import { needs } from "../../../tools/machine/needs.mjs";
import { file } from "../src/index.js";
import { hidden, openBelow, scratchDirectory, tree } from "./support/directories.js";

let directory: string;
let store: ObjectStore;

beforeEach(() => {
  directory = scratchDirectory();
  store = file({ directory });
});

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error instanceof StoreError ? error.code : undefined;
}

/** Runs as somebody who is not the superuser, to whom modes mean nothing. */
async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.getuid?.() !== 0) return work();
  fs.chownSync(directory, 65_534, 65_534);
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe("names that a directory tree cannot hold", () => {
  it("are InvalidKey on every operation, and nothing is made", async () => {
    const long = "x".repeat(256);
    for (const key of ["a//b", "a/", ".stowage-x", "a/.stowage-uploads/b", long, `dir/${long}`, "é".repeat(128)]) {
      expect(await codeOf(store.put(key, "x"))).toBe("InvalidKey");
      expect(await codeOf(store.get(key))).toBe("InvalidKey");
      expect(await codeOf(store.stat(key))).toBe("InvalidKey");
      expect(await codeOf(store.delete(key))).toBe("InvalidKey");
      expect(await codeOf(store.copy("a", key))).toBe("InvalidKey");
      expect(await codeOf(store.rename("a", key))).toBe("InvalidKey");
      expect(await codeOf(store.beginUpload(key))).toBe("InvalidKey");
    }
    expect(tree(directory)).toEqual([]);
  });

  it("are accepted up to the limit: 255 bytes, odd characters", async () => {
    for (const key of [
      "x".repeat(255),
      `${"é".repeat(127)}x`,
      "a\nb",
      "a\\b",
      "-rf",
      "~",
      "a:b*c?",
      " ",
      "con",
      "é",
      "e\u0301",
    ]) {
      await store.put(key, key, { metadata: { a: "b" } });
      expect((await store.get(key)).text()).toBe(key);
      expect((await store.stat(key)).metadata).toEqual({ a: "b" });
    }
    expect(await store.list().toArray()).toHaveLength(11);
  });
});

describe("keys that conflict with others", () => {
  it("a key below an object, or above others, is KeyConflict, for put, copy, rename and upload alike", async () => {
    await store.put("a", "object");
    await store.put("dir/b", "below");
    for (const key of ["a/x", "a/x/y", "dir"]) {
      expect(await codeOf(store.put(key, "x"))).toBe("KeyConflict");
      expect(await codeOf(store.put(key, "x", { ifNoneMatch: "*", metadata: { a: "b" } }))).toBe("KeyConflict");
      expect(await codeOf(store.copy("dir/b", key))).toBe("KeyConflict");
      expect(await codeOf(store.rename("dir/b", key))).toBe("KeyConflict");
      const upload = await store.beginUpload(key);
      await upload.uploadPart(1, "x");
      expect(await codeOf(upload.complete())).toBe("KeyConflict");
      await upload.abort();
      expect(await codeOf(store.get(key))).toBe("NotFound");
      await store.delete(key);
    }
    expect(tree(directory)).toEqual(["a", "dir", "dir/b"]);
    expect(await store.exists("a/x")).toBe(false);
  });

  it("a directory in which no object is left makes room", async () => {
    await store.put("a/b/c", "x");
    fs.mkdirSync(path.join(directory, "a/empty"));
    await store.delete("a/b/c");
    await store.put("a", "object", { ifNoneMatch: "*" });
    expect((await store.get("a")).text()).toBe("object");
  });

  it("a FIFO is neither read, replaced nor removed", async () => {
    execFileSync("mkfifo", [path.join(directory, "pipe")]);
    expect(await codeOf(store.get("pipe"))).toBe("NotFound");
    expect(await codeOf(store.stat("pipe"))).toBe("NotFound");
    expect(await codeOf(store.getStream("pipe"))).toBe("NotFound");
    expect(await codeOf(store.put("pipe", "x"))).toBe("KeyConflict");
    expect(await codeOf(store.copy("pipe", "y"))).toBe("NotFound");
    await store.delete("pipe");
    expect(await store.list().toArray()).toEqual([]);
    expect(tree(directory)).toEqual(["pipe"]);
  });
});

describe("symbolic links", () => {
  let outside: string;
  beforeEach(() => {
    outside = scratchDirectory();
    fs.writeFileSync(path.join(outside, "secret"), "secret");
    fs.symlinkSync(outside, path.join(directory, "out"));
    fs.symlinkSync(path.join(outside, "secret"), path.join(directory, "link"));
  });

  it("that leave the container are refused by every operation, and nothing outside is touched", async () => {
    await store.put("mine", "mine");
    for (const key of ["link", "out/secret"]) {
      expect(await codeOf(store.get(key))).toBe("PermissionDenied");
      expect(await codeOf(store.getInto(key, new Uint8Array(10)))).toBe("PermissionDenied");
      expect(await codeOf(store.getStream(key))).toBe("PermissionDenied");
      expect(await codeOf(store.stat(key))).toBe("PermissionDenied");
      expect(await codeOf(store.copy(key, "copy"))).toBe("PermissionDenied");
    }
    // Nothing is there: nothing is asked of what lies outside.
    await store.delete("out/deep/new");
    for (const key of ["out/new", "out/deep/new", "out/secret"]) {
      expect(await codeOf(store.put(key, "x"))).toBe("PermissionDenied");
      expect(await codeOf(store.copy("mine", key))).toBe("PermissionDenied");
      expect(await codeOf(store.rename("mine", key))).toBe("PermissionDenied");
    }
    expect(await codeOf(store.delete("out/secret"))).toBe("PermissionDenied");
    expect(await codeOf(store.rename("out/secret", "taken"))).toBe("PermissionDenied");
    expect(await codeOf(store.list({ prefix: "out/" }).toArray())).toBe("PermissionDenied");
    expect(tree(outside)).toEqual(["secret"]);
    expect(fs.readFileSync(path.join(outside, "secret"), "utf8")).toBe("secret");
  });

  it("are replaced and removed themselves, not what they lead to", async () => {
    await store.put("link", "object");
    expect(fs.lstatSync(path.join(directory, "link")).isFile()).toBe(true);
    await store.delete("out");
    expect(tree(directory)).toEqual(["link"]);
    expect(tree(outside)).toEqual(["secret"]);
  });

  it("within the container are followed, to files and to directories", async () => {
    await store.delete("link");
    await store.delete("out");
    await store.put("real/a", "a");
    fs.symlinkSync("real", path.join(directory, "dirlink"));
    fs.symlinkSync("real/a", path.join(directory, "filelink"));
    expect((await store.get("dirlink/a")).text()).toBe("a");
    expect((await store.get("filelink")).text()).toBe("a");
    await store.put("dirlink/b", "b");
    expect(fs.readFileSync(path.join(directory, "real/b"), "utf8")).toBe("b");
    const listed = await store.list().toArray();
    expect(listed.map((entry) => entry.kind === "object" && entry.key)).toEqual([
      "dirlink/a",
      "dirlink/b",
      "filelink",
      "real/a",
      "real/b",
    ]);
    await store.rename("filelink", "moved");
    expect((await store.get("moved")).text()).toBe("a");
    expect(await store.exists("filelink")).toBe(false);
  });

  it("the container itself may be reached through one", async () => {
    const alias = path.join(outside, "alias");
    fs.symlinkSync(directory, alias);
    const through = file({ directory: alias });
    await through.put("deep/x", "x");
    expect((await through.get("deep/x")).text()).toBe("x");
  });
});

describe("a missing container", () => {
  it("is ContainerNotFound for every operation, and never made by one", async () => {
    const missing = file({ directory: path.join(directory, "missing") });
    for (const key of ["a", "deep/a"]) {
      expect(await codeOf(missing.put(key, "x"))).toBe("ContainerNotFound");
      expect(await codeOf(missing.get(key))).toBe("ContainerNotFound");
      expect(await codeOf(missing.stat(key))).toBe("ContainerNotFound");
      expect(await codeOf(missing.getStream(key))).toBe("ContainerNotFound");
      expect(await codeOf(missing.delete(key))).toBe("ContainerNotFound");
      expect(await codeOf(missing.rename(key, "b"))).toBe("ContainerNotFound");
      expect(await codeOf(missing.beginUpload(key))).toBe("ContainerNotFound");
      expect(await codeOf(store.copy("x", key))).toBe("NotFound");
    }
    for (const prefix of ["", "deep/", "a//b/"]) {
      expect(await codeOf(missing.list({ prefix }).toArray())).toBe("ContainerNotFound");
    }
    expect(await codeOf(missing.cleanup())).toBe("ContainerNotFound");
    expect(await missing.containerExists()).toBe(false);
    expect(tree(directory)).toEqual([]);
  });

  it("a file in its place is none either", async () => {
    fs.writeFileSync(path.join(directory, "file"), "x");
    const odd = file({ directory: path.join(directory, "file") });
    expect(await codeOf(odd.put("a", "x"))).toBe("ContainerNotFound");
    expect(await codeOf(odd.get("a"))).toBe("ContainerNotFound");
    expect(await codeOf(odd.list().toArray())).toBe("ContainerNotFound");
    expect(await odd.containerExists()).toBe(false);
  });

  it("removed midway ends writes and listings with an error, reads of open files well", async () => {
    await store.put("big", new Uint8Array(3_000_000).fill(1));
    const { stream } = await store.getStream("big");
    const writer = store.createWriter("new");
    await writer.write(new Uint8Array(5_000_000));
    fs.rmSync(directory, { recursive: true });
    let size = 0;
    for await (const chunk of stream) size += chunk.byteLength;
    expect(size).toBe(3_000_000);
    expect(await codeOf(writer.close())).toBe("ContainerNotFound");
    expect(openBelow(directory)).toEqual([]);
  });
});

describe("permissions", () => {
  it("denied reading, writing and listing are PermissionDenied and change nothing", async () => {
    await store.put("locked/a", "a");
    await store.put("unreadable", "x");
    fs.chmodSync(path.join(directory, "locked"), 0o500);
    fs.chmodSync(path.join(directory, "unreadable"), 0o000);
    if (process.getuid?.() === 0)
      for (const name of tree(directory)) fs.lchownSync(path.join(directory, name), 65_534, 65_534);
    await asNobody(async () => {
      expect(await codeOf(store.get("unreadable"))).toBe("PermissionDenied");
      expect(await codeOf(store.exists("unreadable"))).toBe("PermissionDenied");
      expect(await codeOf(store.put("locked/b", "x"))).toBe("PermissionDenied");
      expect(await codeOf(store.put("locked/deep/b", "x"))).toBe("PermissionDenied");
      expect(await codeOf(store.delete("locked/a"))).toBe("PermissionDenied");
      expect(await codeOf(store.rename("locked/a", "a"))).toBe("PermissionDenied");
      fs.chmodSync(path.join(directory, "locked"), 0o000);
      const seen: string[] = [];
      const listing = async (): Promise<void> => {
        for await (const entry of store.list()) if (entry.kind === "object") seen.push(entry.key);
      };
      expect(await codeOf(listing())).toBe("PermissionDenied");
      expect(seen).toEqual(["unreadable"]);
      fs.chmodSync(path.join(directory, "locked"), 0o700);
    });
    expect(tree(directory)).toEqual(["locked", "locked/a", "unreadable"]);
  });
});

describe("a full disk", () => {
  it("is NoSpace, leaves the old object whole and no file behind", async (context) => {
    needs(context, "root", "linux", "mount", "umount");
    const mounted = path.join(directory, "small");
    fs.mkdirSync(mounted);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mounted]);
    try {
      const small = file({ directory: mounted });
      await small.put("key", new Uint8Array(300_000).fill(1), { metadata: { old: "yes" } });
      const etag = (await small.stat("key")).etag;
      const large = new Uint8Array(2_000_000).fill(2);
      expect(await codeOf(small.put("key", large))).toBe("NoSpace");
      expect(
        await codeOf(
          small.put(
            "new/key",
            (async function* () {
              yield large;
            })(),
            { metadata: { a: "b" } },
          ),
        ),
      ).toBe("NoSpace");
      await store.put("large", large);
      expect(await codeOf(small.copyFrom(store, "large", "key"))).toBe("NoSpace");
      const upload = await small.beginUpload("key", { partSize: 1_000_000 });
      expect(await codeOf(upload.uploadPart(1, large.subarray(0, 1_000_000)))).toBe("NoSpace");
      await upload.abort();
      expect(await small.stat("key")).toMatchObject({ etag, metadata: { old: "yes" } });
      expect((await small.get("key")).bytes.every((byte) => byte === 1)).toBe(true);
      expect(tree(mounted).filter((name) => !name.startsWith(".stowage-a-"))).toEqual(["key"]);
      await small.put("other", new Uint8Array(300_000));
    } finally {
      execFileSync("umount", [mounted]);
    }
  });

  it("a read-only file system is PermissionDenied", async (context) => {
    needs(context, "root", "linux", "mount", "umount");
    const mounted = path.join(directory, "frozen");
    fs.mkdirSync(mounted);
    fs.writeFileSync(path.join(directory, "x"), "x");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", mounted]);
    try {
      expect(await codeOf(file({ directory: mounted }).put("a", "x"))).toBe("PermissionDenied");
      expect(await codeOf(file({ directory: mounted }).put("deep/a", "x"))).toBe("PermissionDenied");
    } finally {
      execFileSync("umount", [mounted]);
    }
  });
});

describe("another file system mounted below the container", () => {
  it("takes renames and uploads as well, by copying", async (context) => {
    needs(context, "root", "linux", "mount", "umount");
    const mounted = path.join(directory, "other");
    fs.mkdirSync(mounted);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", mounted]);
    try {
      await store.put("a.txt", "text", { metadata: { k: "v" } });
      await store.rename("a.txt", "other/a.bin");
      expect(await store.stat("other/a.bin")).toMatchObject({ contentType: "text/plain", metadata: { k: "v" } });
      expect(await store.exists("a.txt")).toBe(false);
      const upload = await store.beginUpload("other/up", { partSize: 100_000, metadata: { u: "1" } });
      await upload.uploadPart(2, new Uint8Array(5).fill(2));
      await upload.uploadPart(1, new Uint8Array(100_000).fill(1));
      await upload.complete();
      expect(await store.stat("other/up")).toMatchObject({ size: 100_005, metadata: { u: "1" } });
      expect(hidden(directory).every((name) => name.startsWith("other/.stowage-a-"))).toBe(true);
    } finally {
      execFileSync("umount", [mounted]);
    }
  });
});

describe("damaged attributes", () => {
  it("are IntegrityMismatch, naming the file, not silently none", async () => {
    await store.put("a", "x", { metadata: { k: "v" } });
    const [sidecar = ""] = hidden(directory);
    fs.writeFileSync(path.join(directory, sidecar), "{");
    const fresh = file({ directory });
    const error: unknown = await fresh.get("a").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "IntegrityMismatch" });
    expect(String(error)).toContain(sidecar);
    await fresh.put("a", "y");
    expect((await fresh.get("a")).text()).toBe("y");
  });
});

describe("a file system like exFAT: one spelling a name, no hard links, times of whole seconds", () => {
  it("keeps keys apart by refusing the second spelling, and all else holds", async (context) => {
    needs(context, "root", "linux", "mkfs.exfat", "mount.exfat-fuse", "losetup", "umount");
    const image = path.join(directory, "image");
    const mounted = path.join(directory, "mounted");
    fs.mkdirSync(mounted);
    fs.writeFileSync(image, "");
    fs.truncateSync(image, 32 * 1024 * 1024);
    execFileSync("mkfs.exfat", [image], { stdio: "pipe" });
    const device = execFileSync("losetup", ["-f", "--show", image]).toString().trim();
    try {
      execFileSync("mount.exfat-fuse", [device, mounted], { stdio: "pipe" });
      const odd = file({ directory: mounted });
      expect(odd.capabilities.keys.distinctSpellings).toBe(false);
      await odd.put("Dir/Readme", "first", { metadata: { k: "v" } });
      for (const key of ["Dir/README", "dir/Readme", "dir/other"]) {
        expect(await codeOf(odd.put(key, "second"))).toBe("KeyConflict");
        expect(await codeOf(odd.get(key))).toBe("NotFound");
        expect(await odd.exists(key)).toBe(false);
        await odd.delete(key);
      }
      expect(await codeOf(odd.rename("Dir/README", "x"))).toBe("NotFound");
      expect((await odd.get("Dir/Readme")).text()).toBe("first");
      expect((await odd.stat("Dir/Readme")).metadata).toEqual({ k: "v" });
      const etags = new Set<string>();
      for (let round = 0; round < 5; round++) etags.add((await odd.put("Dir/Readme", "again")).etag);
      expect(etags.size).toBe(5);
      expect((await odd.stat("Dir/Readme")).metadata).toEqual({});
      expect(await codeOf(odd.put("new", "x", { ifNoneMatch: "*" }))).toBe("Unsupported");
      expect((await odd.list().toArray()).map(({ key }) => key)).toEqual(["Dir/Readme"]);
      expect(hidden(mounted)).toEqual([]);
    } finally {
      execFileSync("umount", [mounted]);
      execFileSync("losetup", ["-d", device]);
    }
  });
});
