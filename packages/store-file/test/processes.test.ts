/** Several processes on one directory, and processes that are killed in the middle of a write. */
import * as fs from "node:fs";
import * as path from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { file } from "../src/index.js";
import { hidden, scratchDirectory, tree } from "./support/directories.js";
import { Child } from "./support/processes.js";

const children: Child[] = [];

function start(...args: ConstructorParameters<typeof Child>): Child {
  const child = new Child(...args);
  children.push(child);
  return child;
}

beforeAll(async () => {
  await start("nothing", scratchDirectory()).ended();
});

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()));
});

describe("several processes", () => {
  it("of creators that race for a key exactly one wins, and its whole object stands", async () => {
    const directory = scratchDirectory();
    const racers = Array.from({ length: 4 }, (_, index) => start("create", directory, "deep/key", `body of ${index}`));
    for (const racer of racers) expect(await racer.line()).toBe("ready");
    for (const racer of racers) racer.process.stdin.write("go\n");
    const outcomes = await Promise.all(racers.map((racer) => racer.line()));
    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "AlreadyExists")).toHaveLength(3);
    expect(fs.readFileSync(path.join(directory, "deep/key"), "utf8")).toBe(`body of ${outcomes.indexOf("created")}`);
    expect(tree(directory)).toEqual(["deep", "deep/key"]);
  });

  it("of creators in one process exactly one wins", async () => {
    const directory = scratchDirectory();
    const store = file({ directory });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        store.put("key", `${index}`, { ifNoneMatch: "*", metadata: { by: `${index}` } }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const winner = outcomes.findIndex(({ status }) => status === "fulfilled");
    expect((await store.get("key")).text()).toBe(`${winner}`);
    expect((await store.stat("key")).metadata).toEqual({ by: `${winner}` });
    expect(hidden(directory)).toHaveLength(1);
  });

  it("a reader sees one body and the attributes that belong to it while another process overwrites", async () => {
    const directory = scratchDirectory();
    const store = file({ directory });
    const writer = start("overwrite", directory, "key", "70000");
    expect(await writer.line()).toBe("ready");
    while (!(await store.exists("key")));
    for (let round = 0; round < 150; round++) {
      const { bytes, info } = await store.get("key");
      expect(bytes.byteLength).toBe(70_000);
      expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
      expect(info.metadata).toEqual({ round: String(bytes[0]) });
    }
  });

  it("puts find their directory while another process takes it away", async () => {
    const directory = scratchDirectory();
    const store = file({ directory });
    const churning = start("churn", directory, "deep/");
    expect(await churning.line()).toBe("ready");
    for (let round = 0; round < 150; round++) {
      const key = `deep/${round % 7}/y`;
      await store.put(key, "y");
      await store.delete(key);
      try {
        fs.rmdirSync(path.join(directory, `deep/${round % 7}`));
      } catch {
        // Not empty just now.
      }
    }
  });

  it("an upload begun in a process that has ended goes on in this one", async () => {
    const directory = scratchDirectory();
    const store = file({ directory });
    const partSize = 100_000;
    const token: unknown = JSON.parse(await start("upload", directory, "dir/big", String(partSize)).line());
    if (typeof token !== "string") throw new Error("no token");
    const upload = store.resumeUpload(token);
    expect((await upload.listParts()).map(({ partNumber }) => partNumber)).toEqual([2]);
    expect(await store.list().toArray()).toEqual([]);
    await upload.uploadPart(1, new Uint8Array(partSize).fill(1));
    await upload.uploadPart(3, new Uint8Array(10).fill(3));
    await upload.complete();
    const { bytes, info } = await store.get("dir/big");
    expect([bytes.byteLength, bytes[0], bytes[partSize], bytes.at(-1)]).toEqual([200_010, 1, 2, 3]);
    expect(info.metadata).toEqual({ from: "child" });
    expect(hidden(directory)).toHaveLength(1);
  });
});

describe("a process killed in the middle", () => {
  it("of a stream leaves the old object, and a leftover that cleanup removes once it is old enough", async () => {
    const directory = scratchDirectory();
    const store = file({ directory });
    await store.put("key", "old", { metadata: { old: "yes" } });
    const writer = start("stream", directory, "key");
    expect(await writer.line()).toBe("ready");
    expect(hidden(directory)).toHaveLength(2);
    // However old: its writer lives.
    await store.cleanup({ olderThan: 0 });
    expect(hidden(directory)).toHaveLength(2);
    await writer.kill();
    expect((await store.get("key")).text()).toBe("old");
    expect((await store.stat("key")).metadata).toEqual({ old: "yes" });
    expect(await store.cleanup({ olderThan: 3_600_000 })).toEqual({ files: 0, bytes: 0 });
    const { files, bytes } = await store.cleanup({ olderThan: 0 });
    expect(files).toBe(1);
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(hidden(directory)).toHaveLength(1);
    expect((await store.stat("key")).metadata).toEqual({ old: "yes" });
  });

  it("of overwrites or copies leaves one of the objects, whole, with its attributes", async () => {
    const directory = scratchDirectory();
    const store = file({ directory });
    for (let round = 0; round < 3; round++) {
      const writer = start("overwrite", directory, "key", "300000");
      await writer.line();
      while (!(await store.exists("key")));
      const copier = start("copy", directory, "key", "copy");
      await copier.line();
      while (!(await store.exists("copy")));
      await Promise.all([writer.kill(), copier.kill()]);
      for (const key of ["key", "copy"]) {
        const { bytes, info } = await store.get(key);
        expect(bytes.byteLength).toBe(300_000);
        expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
        expect(info.metadata).toEqual({ round: String(bytes[0]) });
      }
    }
    await store.cleanup({ olderThan: 0 });
    expect(hidden(directory)).toHaveLength(2);
    expect(await store.list().toArray()).toHaveLength(2);
  });
});
