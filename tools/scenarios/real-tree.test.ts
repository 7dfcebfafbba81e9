// A real tree through the built command: what `diff -r` says is the judge.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../machine/needs.mjs";
import { runCommand } from "../run/command.mjs";
import { repository } from "../run/install.mjs";
import { stowage } from "./command.mjs";

let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stowage-scenario-")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const url = (path: string): string => `${pathToFileURL(join(folder, path)).href}/`;

interface Line {
  readonly uri: string;
  readonly key: string;
  readonly size: number;
  readonly lastModified: string;
  readonly etag: string;
}

async function listJson(uri: string): Promise<Line[]> {
  const { code, stdout, output } = await stowage("ls", "-r", "--json", uri);
  expect(code, output).toBe(0);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("a package's folder of more than a thousand files", () => {
  const tree = join(repository, "node_modules/nx");

  it("arrives plain and equal, without a sidecar, the first time and the second", async (context) => {
    needs(context, "diff");
    for (let time = 0; time < 2; time += 1) {
      const { code, output } = await stowage("cp", "-r", tree, url("nx"));
      expect(code, output).toBe(0);
      expect((await runCommand("diff", ["-r", tree, join(folder, "nx")])).output).toBe("");
    }
  });

  it("is listed as one JSON object a line, in the order of the keys' UTF-8 bytes", async () => {
    const lines = await listJson(url("nx"));
    expect(lines.length).toBeGreaterThan(1_000);
    expect(Object.keys(lines[0] ?? {})).toEqual(expect.arrayContaining(["uri", "key", "size", "lastModified", "etag"]));
    const keys = lines.map(({ key }) => Buffer.from(key));
    expect(keys).toEqual(keys.toSorted(Buffer.compare));
    const manifest = lines.find(({ key }) => key === "package.json");
    expect(manifest).toMatchObject({
      size: readFileSync(join(tree, "package.json")).length,
      uri: `${url("nx")}package.json`,
    });
  });

  it("is verified byte for byte, and one flipped byte is a difference and exit 1", async () => {
    const whole = await stowage("verify", tree, url("nx"));
    expect(whole.output).toMatch(/^verified \d+ files, \d+ bytes, 0 differences$/m);
    expect(whole.code).toBe(0);
    const path = join(folder, "nx/package.json");
    const bytes = readFileSync(path);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const damaged = await stowage("verify", tree, url("nx"));
    expect(damaged.output).toMatch(/^verified \d+ files, \d+ bytes, 1 difference/m);
    expect(damaged.output).toContain("package.json");
    expect(damaged.code).toBe(1);
  });
});

describe("names that tools trip over", () => {
  const NAMES = [
    "with space",
    "%41",
    "#",
    "?",
    "a?b#c%20d",
    "Am\u00e9lie",
    "Ame\u0301lie",
    "\u{1F600}",
    "\uFF61",
    "a-b",
    "a/b",
    "a0",
    "-dash",
    "'quote\"",
    "back\\slash",
    "x".repeat(255),
    `${"é".repeat(127)}z`,
    "deep/er/and/deeper/file",
  ];

  it("arrive as they are, twice, and are listed in the order of their UTF-8 bytes", async (context) => {
    needs(context, "diff");
    const tree = join(folder, "hostile");
    for (const name of NAMES) {
      mkdirSync(join(tree, name, ".."), { recursive: true });
      writeFileSync(join(tree, name), `the content of ${name}`);
    }
    for (let time = 0; time < 2; time += 1) {
      const { code, output } = await stowage("cp", "-r", tree, url("hostile copy %41"));
      expect(code, output).toBe(0);
      expect((await runCommand("diff", ["-r", tree, join(folder, "hostile copy %41")])).output).toBe("");
    }
    const keys = (await listJson(url("hostile copy %41"))).map(({ key }) => key);
    expect(keys).toEqual(NAMES.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  it("are read back by the URI that the listing gave", async () => {
    for (const { uri, key } of await listJson(url("hostile copy %41"))) {
      expect((await stowage("cat", uri)).stdout).toBe(`the content of ${key}`);
    }
  });
});
