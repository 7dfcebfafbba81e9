import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { KIB, MIB } from "@stowage/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const bin = fileURLToPath(new URL("../bin/stowage.js", import.meta.url));

/** Prints the peak resident set, in KiB, as the last thing on stderr. */
const reportPeak =
  "data:text/javascript,process.on('exit',()=>process.stderr.write(String(process.resourceUsage().maxRSS)))";

/** In memory where there is such a place: ext4 takes a millisecond for every file after thousands of deletions. */
const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "stowage-listing-"));

beforeAll(() => {
  spawnSync("npx", ["tsc", "-b", "packages/cli"], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    stdio: "ignore",
  });
  for (let directory = 0; directory < 200; directory++) fill(join(root, "tree", `d${directory}`), 1000);
  fill(join(root, "flat"), 200_000);
}, 600_000);

afterAll(() => rmSync(root, { recursive: true, force: true }), 600_000);

function fill(directory: string, files: number): void {
  mkdirSync(directory, { recursive: true });
  for (let file = 0; file < files; file++) writeFileSync(join(directory, `f${file}`), "");
}

/** Lines on stdout, and bytes of memory beyond those of a Node process that does nothing. */
async function measure(...argv: string[]): Promise<{ lines: number; bytes: number }> {
  const bare = spawnSync(process.execPath, ["--import", reportPeak, "--eval", ""], { encoding: "utf8" });
  const child = spawn(process.execPath, ["--import", reportPeak, bin, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  let peak = "";
  child.stderr.on("data", (chunk: Buffer) => (peak += chunk.toString()));
  let lines = 0;
  createInterface({ input: child.stdout }).on("line", () => lines++);
  const [status]: unknown[] = await once(child, "close");
  expect(status).toBe(0);
  return { lines, bytes: (Number(peak) - Number(bare.stderr)) * KIB };
}

describe("stowage ls -r on 200,000 files", () => {
  it("takes less than 100 MiB over Node's own for 200 directories of 1,000", async () => {
    const { lines, bytes } = await measure("ls", "-r", join(root, "tree"));
    expect(lines).toBe(200_000);
    expect(bytes).toBeLessThan(100 * MIB);
  });

  it("takes less than 150 MiB over Node's own for one flat directory", async () => {
    const { lines, bytes } = await measure("ls", "-r", "--json", join(root, "flat"));
    expect(lines).toBe(200_000);
    expect(bytes).toBeLessThan(150 * MIB);
  });
});
