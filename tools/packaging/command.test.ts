import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { npm } from "../run/npm.mjs";
import { repository } from "../run/install.mjs";
import { runCommand } from "../run/command.mjs";
import { createConsumer, npxIn } from "./consumer.mjs";

describe("the stowage command, installed from tarballs with core and store-file alone", () => {
  let consumer: Awaited<ReturnType<typeof createConsumer>>;

  beforeAll(async () => {
    consumer = await createConsumer(["@stowage/core", "@stowage/store-file", "@stowage/cli"]);
  });
  afterAll(() => consumer?.remove());

  it("brings no cloud SDK and nothing native", () => {
    const installed = consumer.installed();
    expect(installed).toContain("@stowage/cli");
    expect(installed.filter((name) => /^@(aws-sdk|smithy|azure)\/|^undici$|node-gyp/.test(name))).toEqual([]);
    expect(execFileSync("find", [consumer.folder, "-name", "*.node"], { encoding: "utf8" })).toBe("");
  });

  it("copies a tree", async () => {
    mkdirSync(join(consumer.folder, "tree/below"), { recursive: true });
    writeFileSync(join(consumer.folder, "tree/below/file.txt"), "hello");
    const { code, output } = await consumer.npx("stowage", "cp", "-r", "tree", "copy");
    expect(code, output).toBe(0);
    expect(readFileSync(join(consumer.folder, "copy/below/file.txt"), "utf8")).toBe("hello");
  });

  it("answers a scheme whose package is missing with one line that says what to install, and exits 1", async () => {
    const { code, stdout, output } = await consumer.npx("stowage", "cat", "s3://b/k");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const said = output
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("npm warn"));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/@stowage\/store-s3/);
    expect(said[0]).toMatch(/npm (install|i) @stowage\/store-s3/);
  });

  it("answers a scheme that nobody knows with the known ones, and exits 2", async () => {
    const { code, output } = await consumer.npx("stowage", "cp", "nosuch://x", "y");
    expect(code).toBe(2);
    expect(output).toMatch(/nosuch/);
    for (const scheme of ["file", "s3", "az", "direct", "memory"]) expect(output).toContain(scheme);
  });
});

describe("a fresh clone", () => {
  it("runs the stowage command by npx after npm ci and npm run build", { timeout: 600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "stowage-clone-"));
    try {
      execFileSync("git", ["clone", "--quiet", "--no-hardlinks", repository, folder]);
      const installed = await npm(["ci", "--no-audit", "--no-fund"], { cwd: folder });
      expect(installed.code, installed.output).toBe(0);
      const built = await npm(["run", "build"], { cwd: folder, env: { NX_DAEMON: "false" } });
      expect(built.code, built.output).toBe(0);
      const { code, stdout, output } = await npxIn(folder, ["stowage", "--version"]);
      expect(code, output).toBe(0);
      const { version } = JSON.parse(readFileSync(join(folder, "packages/cli/package.json"), "utf8"));
      expect(stdout.trim()).toContain(version);
      // npm (10 and 11) answers `--version` right after the command itself, before it looks at what is installed: README says so.
      const literal = await runCommand("npx", ["--no", "stowage", "--version"], { cwd: folder });
      const npmVersion = (await npm(["--version"], { cwd: folder })).stdout.trim();
      expect(literal.code, literal.output).toBe(0);
      expect([npmVersion, version]).toContain(literal.stdout.trim());
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
