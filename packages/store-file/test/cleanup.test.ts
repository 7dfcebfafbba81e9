/** Leftovers of crashes: removed when they are old and nobody's, and nothing else is. */
import * as fs from "node:fs";
import * as path from "node:path";
import { setImmediate } from "node:timers/promises";
import type { ObjectStore } from "@stowage/core";
import { beforeEach, describe, expect, it } from "vitest";
import { file } from "../src/index.js";
import { hidden, scratchDirectory, tree } from "./support/directories.js";

const HOUR = 3_600_000;
const DEAD = "0000000000-2n9c-1";
let directory: string;
let store: ObjectStore;

beforeEach(() => {
  directory = scratchDirectory();
  store = file({ directory });
});

function leave(name: string, bytes: number): void {
  fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
  fs.writeFileSync(path.join(directory, name), new Uint8Array(bytes));
}

describe("cleanup", () => {
  it("removes temporary files, orphaned attributes and uploads of any depth, and counts them", async () => {
    await store.put("a/kept", "x", { metadata: { k: "v" } });
    leave(`.stowage-t-${DEAD}-${"0".repeat(18)}`, 100);
    leave(`a/b/.stowage-t-${DEAD}-${"1".repeat(18)}`, 20);
    leave(`a/.stowage-a-${"2".repeat(32)}`, 3);
    leave(`.stowage-uploads/${DEAD}-${"3".repeat(24)}/data`, 1000);
    expect(await store.cleanup({ olderThan: 0 })).toEqual({ files: 4, bytes: 1123 });
    expect((await store.stat("a/kept")).metadata).toEqual({ k: "v" });
    expect(hidden(directory)).toHaveLength(1);
    expect(await store.list().toArray()).toHaveLength(1);
  });

  it("removes every name of a leftover that has several, though removing one makes the others look just touched", async () => {
    // What two renames leave that were killed after they had linked the attributes to the new name, and before the body got it.
    const age = 20;
    const names = ["1", "2", "3"].map((digit) => path.join(directory, `.stowage-a-${digit.repeat(32)}`));
    const [first = "", ...others] = names;
    fs.writeFileSync(first, "12345");
    for (const other of others) fs.linkSync(first, other);
    while (Date.now() - fs.statSync(first).ctimeMs <= age) await setImmediate();
    expect(await store.cleanup({ olderThan: age })).toEqual({ files: 3, bytes: 5 });
    expect(hidden(directory)).toEqual([]);
  });

  it("leaves what is younger than asked, by default than a day", async () => {
    leave(`.stowage-t-${DEAD}-${"0".repeat(18)}`, 100);
    leave(`.stowage-uploads/${DEAD}-${"3".repeat(24)}/data`, 1000);
    expect(await store.cleanup()).toEqual({ files: 0, bytes: 0 });
    expect(await store.cleanup({ olderThan: HOUR })).toEqual({ files: 0, bytes: 0 });
    expect(hidden(directory)).toHaveLength(4);
  });

  it("leaves what a running process works on, however old", async () => {
    const writer = store.createWriter("key");
    await writer.write(new Uint8Array(10_000_000));
    const upload = await store.beginUpload("other", { partSize: 5 });
    await upload.uploadPart(1, "12345");
    expect(await store.cleanup({ olderThan: 0 })).toEqual({ files: 0, bytes: 0 });
    await writer.close();
    await upload.complete();
    expect(tree(directory)).toEqual(["key", "other"]);
  });

  it("never removes an object, its attributes, or a file of another program", async () => {
    await store.put("x", "x", { contentType: "a/b" });
    await store.put("deep/x", "x", { metadata: { k: "v" } });
    await store.rename("x", "deep/y");
    leave(".hidden", 1);
    leave("deep/.stowage", 1);
    await store.cleanup({ olderThan: 0 });
    expect(await store.stat("deep/y")).toMatchObject({ contentType: "a/b" });
    expect(await store.stat("deep/x")).toMatchObject({ metadata: { k: "v" } });
    expect((await store.list().toArray()).length).toBe(4);
  });

  it("opening a store, reading and writing never sweep", async () => {
    leave(`.stowage-t-${DEAD}-${"0".repeat(18)}`, 100);
    await store.put("a", "x");
    await store.get("a");
    await store.list().toArray();
    expect(hidden(directory)).toHaveLength(1);
  });
});

describe("deleting a container", () => {
  it("leftovers and empty directories do not count as objects", async () => {
    leave(`a/.stowage-t-${DEAD}-${"0".repeat(18)}`, 100);
    fs.mkdirSync(path.join(directory, "empty/deep"), { recursive: true });
    await store.beginUpload("x");
    const { deleteContainer } = await import("@stowage/core");
    await deleteContainer(`file://${directory}/`);
    expect(fs.existsSync(directory)).toBe(false);
  });

  it("what is not the store's keeps it: a FIFO's or a link's owner is asked", async () => {
    fs.symlinkSync("/etc", path.join(directory, "link"));
    const { deleteContainer } = await import("@stowage/core");
    await expect(deleteContainer(`file://${directory}/`)).rejects.toMatchObject({ code: "ContainerNotEmpty" });
    expect(fs.existsSync("/etc/passwd")).toBe(true);
  });
});
