import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Interrupted } from "../src/interrupted.js";
import { lines, memoryWith, stowage } from "./command.js";

const verbs = [
  "ls",
  "stat",
  "cat",
  "put",
  "get",
  "cp",
  "mv",
  "rm",
  "du",
  "verify",
  "mb",
  "rb",
  "schemes",
  "completions",
];

const hasBash = spawnSync("bash", ["--version"]).status === 0;

describe("stowage", () => {
  it("prints the version of its package", async () => {
    const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    const { status, stdout } = await stowage(["--version"]);
    expect(status).toBe(0);
    expect(manifest).toMatchObject({ version: stdout.trim() });
  });

  it.each(verbs)("%s --help explains the verb, with examples", async (verb) => {
    const { status, stdout } = await stowage([verb, "--help"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: stowage ${verb} `));
    expect(stdout).toContain("Examples:");
  });

  it("lists every verb in its own help, and exits 2 without a verb", async () => {
    const { status, stdout } = await stowage(["--help"]);
    expect(status).toBe(0);
    for (const verb of verbs) expect(stdout).toContain(`\n  ${verb} `);
    expect(await stowage([])).toMatchObject({ status: 2, stderr: stdout });
  });

  it.each([
    [["cpp"]],
    [["ls", "--jsn"]],
    [["cp", "a"]],
    [["cp", "--concurrency", "0", "a", "b"]],
    [["completions", "csh"]],
  ])("exits 2 for %j and says what is wrong", async (argv) => {
    const { status, stderr, stdout } = await stowage(argv);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^stowage/);
  });

  it("names the scheme that is not known, and those that are, with exit status 2", async () => {
    const { status, stderr } = await stowage(["cp", "nosuch://x", "y"]);
    expect(status).toBe(2);
    expect(lines(stderr)).toHaveLength(1);
    for (const scheme of ["nosuch", "az", "direct", "file", "memory", "s3"]) expect(stderr).toContain(`${scheme}://`);
  });

  it("exits 130 when interrupted, having said so", async () => {
    const { uri } = await memoryWith({ a: "1" });
    const controller = new AbortController();
    controller.abort(new Interrupted(130));
    expect(await stowage(["ls", uri], { signal: controller.signal })).toEqual({
      status: 130,
      stdout: "",
      stderr: "stowage ls: interrupted\n",
    });
  });

  it("takes shared flags before and after the verb", async () => {
    const { uri } = await memoryWith({ a: "1" });
    for (const argv of [
      ["-q", "rm", `${uri}a`],
      ["rm", "-f", `${uri}a`, "--quiet"],
    ]) {
      expect(await stowage(argv)).toEqual({ status: 0, stdout: "", stderr: "" });
    }
  });

  it("shows a stack with --debug only", async () => {
    expect((await stowage(["cat", "memory://x/nosuch"])).stderr).not.toContain("    at ");
    expect((await stowage(["cat", "memory://x/nosuch", "--debug"])).stderr).toContain("    at ");
  });
});

describe("stowage schemes", () => {
  it("lists every known scheme with its package and version", async () => {
    const { status, stdout } = await stowage(["schemes"]);
    expect(status).toBe(0);
    for (const name of ["azure", "direct", "s3"]) expect(stdout).toContain(` @stowage/store-${name} `);
    for (const scheme of ["file", "memory"]) {
      expect(stdout).toMatch(
        new RegExp(`^${scheme}:// +@stowage/store-${scheme} +\\d+\\.\\d+\\.\\d+ +\\d+ native`, "m"),
      );
    }
  });

  it("gives capabilities, limits and notes of a store by its URI", async () => {
    const { uri } = await memoryWith({});
    const { stdout } = await stowage(["schemes", uri]);
    expect(stdout).toContain("list order: utf8");
    expect(stdout).toContain("limits.keyBytes: 1024");
    const facts: unknown = JSON.parse((await stowage(["schemes", "--json", uri])).stdout);
    expect(facts).toMatchObject({
      scheme: "memory",
      installed: true,
      capabilities: { copy: "native", listOrder: "utf8" },
    });
  });

  it("lists the options of a plugin with --verbose", async () => {
    const { stdout } = await stowage(["schemes", "--verbose"]);
    expect(stdout).toMatch(/partSize=<bytes>/);
  });
});

describe("stowage completions", () => {
  it.each(["bash", "zsh", "fish"])("prints a script for %s that knows every verb", async (shell) => {
    const { status, stdout } = await stowage(["completions", shell]);
    expect(status).toBe(0);
    for (const verb of verbs) expect(stdout).toContain(verb);
  });
});

describe("stowage completions bash", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stowage-completions-"));
    await writeFile(join(folder, "a name with spaces"), "");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.skipIf(!hasBash)("completes verbs, the options of the verb, and paths as they are", async () => {
    const { stdout: script } = await stowage(["completions", "bash"]);
    const complete = (...words: string[]): string[] => {
      const typed = words.map((word) => `"${word}"`).join(" ");
      const program = `${script}\nCOMP_WORDS=(${typed}) COMP_CWORD=${words.length - 1}; _stowage; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return lines(execFileSync("bash", ["--norc", "-c", program], { cwd: folder, encoding: "utf8" }));
    };
    expect(complete("stowage", "c")).toEqual(["cat", "cp", "completions"]);
    expect(complete("stowage", "-q", "cp", "--ver")).toEqual(expect.arrayContaining(["--verify"]));
    expect(complete("stowage", "ls", "--ver")).not.toContain("--verify");
    expect(complete("stowage", "cp", "a ")).toEqual(["a name with spaces"]);
  });
});

describe("--plugin", () => {
  it("loads a third party's store from a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "stowage-plugin-"));
    try {
      await writeFile(join(folder, "odd.mjs"), oddPlugin);
      const { status, stdout, stderr } = await stowage(["--plugin", "./odd.mjs", "ls", "-o", "entries=3", "odd://x"], {
        cwd: folder,
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "k0\nk1\nk2\n", stderr: "" });
      expect((await stowage(["ls", "-o", "entries=many", "odd://x"])).stderr).toContain("entries is a whole number");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("says which module could not be loaded", async () => {
    const { status, stderr } = await stowage(["--plugin", "./nosuch.mjs", "schemes"]);
    expect(status).toBe(1);
    expect(lines(stderr)).toHaveLength(1);
    expect(stderr).toContain("--plugin ./nosuch.mjs");
  });
});

/** A store that lists as many keys as its option says, in plain JavaScript, as somebody else may write one. */
const oddPlugin = `
const refuse = async () => { throw new Error("this store lists only"); };
const none = { emptySegments: false, trailingSlash: false, objectAndPrefix: false, distinctSpellings: true, serviceKeys: false };
export const plugin = {
  name: "odd-store", version: "9.9.9", specVersion: 1, schemes: ["odd"],
  parse: (uri) => ({ container: uri.slice(6).replace(/\\/$/, ""), key: "" }),
  format: (container, key) => "odd://" + container + "/" + key,
  options: { entries: { type: "integer", description: "Keys to list" } },
  open: (container, { entries = 0 }) => ({
    capabilities: { native: [], listOrder: "utf8", delimiters: "any", etag: "strong", keys: none },
    async *list() {
      const one = (key) => ({ key, size: 0, etag: "e", lastModified: undefined });
      yield { entries: Array.from({ length: entries }, (_, index) => one("k" + index)), prefixes: [], token: undefined };
    },
    containerExists: async () => true,
    stat: refuse, read: refuse, write: refuse, delete: refuse,
    close: async () => {},
  }),
};`;
