/** What listing a directory tree promises beyond the conformance suite. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { listContainers } from "@stowage/core";
import type { ListOptions, ObjectStore } from "@stowage/core";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { needs } from "../../../tools/machine/needs.mjs";
import { file } from "../src/index.js";
import { openBelow, scratchDirectory } from "./support/directories.js";

let directory: string;
let store: ObjectStore;

beforeEach(() => {
  directory = scratchDirectory();
  store = file({ directory });
});

async function names(options: ListOptions = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of store.list(options)) found.push(entry.kind === "object" ? entry.key : entry.prefix);
  return found;
}

/** Page by page, each from the last one's token, as another process would go on. */
async function paged(options: ListOptions, pageSize: number): Promise<string[]> {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const page = await firstPage(options, pageSize, token);
    found.push(...(page?.entries ?? []).map((entry) => (entry.kind === "object" ? entry.key : entry.prefix)));
    token = page === undefined ? undefined : JSON.parse(JSON.stringify({ token: page.token })).token;
  } while (token !== undefined);
  return found;
}

async function firstPage(options: ListOptions, pageSize: number, token: string | undefined) {
  for await (const page of store.list(options).pages({ pageSize, token })) return page;
  return undefined;
}

function touch(...keys: string[]): void {
  for (const key of keys) {
    fs.mkdirSync(path.dirname(path.join(directory, key)), { recursive: true });
    fs.writeFileSync(path.join(directory, key), key);
  }
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a service with flat keys would answer. */
function expected(keys: readonly string[], { prefix = "", startAfter = "", delimiter }: ListOptions): string[] {
  const found = new Set<string>();
  for (const key of keys.toSorted(byBytes)) {
    if (!key.startsWith(prefix) || (startAfter !== "" && byBytes(key, startAfter) <= 0)) continue;
    const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    found.add(end === -1 ? key : key.slice(0, end + 1));
  }
  return [...found];
}

describe("order and selection", () => {
  it("hold for any tree, prefix, start, delimiter and page size", async () => {
    const segment = fc.constantFrom("a", "a-", "a0", "b", "é", "😀", "\uff61", "a b", "%41", "A");
    const key = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { minLength: 1, maxLength: 12 }),
        fc.record({
          prefix: fc.oneof(
            fc.constant(""),
            key,
            key.map((text) => `${text}/`),
            fc.constantFrom("a/", "a", "../", "a//", "é"),
          ),
          startAfter: fc.option(
            fc.oneof(
              key,
              key.map((text) => `${text}/`),
            ),
            { nil: undefined },
          ),
          delimiter: fc.constantFrom(undefined, "/"),
        }),
        fc.integer({ min: 1, max: 4 }),
        async (wanted, options, pageSize) => {
          // A directory tree cannot hold an object and others below it.
          const keys = wanted.filter((one) => !wanted.some((other) => other.startsWith(`${one}/`)));
          fs.rmSync(directory, { recursive: true });
          fs.mkdirSync(path.join(directory, "empty/deep"), { recursive: true });
          touch(...keys);
          const right = expected(keys, options);
          expect(await names(options)).toEqual(right);
          expect(await paged(options, pageSize)).toEqual(right);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("a listing goes on where it was when the tree changed meanwhile", async () => {
    touch("a/1", "a/2", "b/1", "c");
    const first = await firstPage({}, 2, undefined);
    fs.rmSync(path.join(directory, "a"), { recursive: true });
    touch("a/0", "b/0", "d");
    expect(await paged({ startAfter: "a/2" }, 10)).toEqual(["b/0", "b/1", "c", "d"]);
    const rest: string[] = [];
    for await (const page of store.list().pages({ token: first?.token })) {
      rest.push(...page.entries.map(({ key }) => key));
    }
    expect(rest).toEqual(["b/0", "b/1", "c", "d"]);
  });

  it("a token that is none is InvalidArgument", async () => {
    for (const token of ["x", "{}", "[]", "null", '{"after":1}', '{"after":"a","problems":{"first":1,"count":1}}']) {
      await expect(firstPage({}, 10, token)).rejects.toMatchObject({ code: "InvalidArgument" });
    }
  });
});

describe("laziness", () => {
  it("directories are read, and files looked at, when their turn comes", async () => {
    for (let top = 0; top < 3; top++) for (let each = 0; each < 200; each++) touch(`d${top}/sub/f${1000 + each}`);
    const sizes = new Map<string, number>();
    for await (const entry of store.list()) {
      if (entry.kind !== "object") continue;
      if (sizes.size === 0) {
        touch("d2/sub/added");
        fs.rmSync(path.join(directory, "d1"), { recursive: true });
        fs.writeFileSync(path.join(directory, "d0/sub/f1199"), "changed after its name was read");
        expect(openBelow(directory)).toEqual([]);
      }
      sizes.set(entry.key, entry.size);
    }
    expect(sizes.size).toBe(401);
    expect(sizes.has("d2/sub/added")).toBe(true);
    expect(sizes.get("d0/sub/f1199")).toBe("changed after its name was read".length);
  });
});

describe("what is no object", () => {
  it("the store's own files, FIFOs, sockets and empty directories are not listed", async () => {
    await store.put("a", "x", { metadata: { k: "v" } });
    const upload = await store.beginUpload("b");
    execFileSync("mkfifo", [path.join(directory, "pipe")]);
    fs.mkdirSync(path.join(directory, "empty/deep"), { recursive: true });
    expect(await names()).toEqual(["a"]);
    expect(await names({ delimiter: "/" })).toEqual(["a"]);
    expect(await names({ prefix: ".stowage-" })).toEqual([]);
    expect(await names({ prefix: ".stowage-uploads/" })).toEqual([]);
    await upload.abort();
  });

  it("a name that is not valid UTF-8 is reported, after everything else has been listed", async (context) => {
    needs(context, "linux");
    touch("a", "b/c", "z");
    fs.writeFileSync(Buffer.concat([Buffer.from(`${directory}/b/bad`), Buffer.from([0xff])]), "x");
    fs.mkdirSync(Buffer.concat([Buffer.from(`${directory}/m`), Buffer.from([0xc3])]));
    const seen: string[] = [];
    const listing = async (options: ListOptions): Promise<void> => {
      for await (const entry of store.list(options)) if (entry.kind === "object") seen.push(entry.key);
    };
    await expect(listing({})).rejects.toMatchObject({
      code: "InvalidKey",
      message: expect.stringContaining('"b/bad\\xff"'),
    });
    await expect(listing({})).rejects.toMatchObject({ message: expect.stringContaining('"m\\xc3"') });
    expect(seen).toEqual(["a", "b/c", "z", "a", "b/c", "z"]);
    // Only what the listing concerns.
    await listing({ prefix: "z" });
    await listing({ startAfter: "n" });
    await expect(paged({}, 1)).rejects.toMatchObject({
      code: "InvalidKey",
      message: expect.stringContaining("2 entries"),
    });
  });

  it("links that lead outside, nowhere or in a circle are reported, the rest is listed", async () => {
    touch("real/a", "z");
    fs.symlinkSync("..", path.join(directory, "real/up"));
    fs.symlinkSync("/etc", path.join(directory, "etc"));
    fs.symlinkSync("nowhere", path.join(directory, "dangling"));
    const seen: string[] = [];
    const listing = async (): Promise<void> => {
      for await (const entry of store.list()) if (entry.kind === "object") seen.push(entry.key);
    };
    await expect(listing()).rejects.toMatchObject({
      code: "PermissionDenied",
      message: expect.stringMatching(/3 entries.*dangling.*etc.*real\/up/s),
    });
    expect(seen).toEqual(["real/a", "z"]);
  });

  it("links to one another's directories end", async () => {
    touch("a/1", "b/2");
    fs.symlinkSync("../b", path.join(directory, "a/to-b"));
    fs.symlinkSync("../a", path.join(directory, "b/to-a"));
    const seen: string[] = [];
    await expect(
      (async () => {
        for await (const entry of store.list()) if (entry.kind === "object") seen.push(entry.key);
      })(),
    ).rejects.toMatchObject({ code: "PermissionDenied" });
    expect(seen).toEqual(["a/1", "a/to-b/2", "b/2", "b/to-a/1"]);
  });
});

describe("containers", () => {
  it("of a directory are its subdirectories", async () => {
    touch("one/x", "two/y", "file");
    await store.beginUpload("x");
    const found: string[] = [];
    for await (const { name, uri } of listContainers(`file://${directory}/`)) found.push(`${name} ${uri}`);
    expect(found).toEqual([`one file://${directory}/one/`, `two file://${directory}/two/`]);
  });
});
