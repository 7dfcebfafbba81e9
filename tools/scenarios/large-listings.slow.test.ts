// Listings far larger than memory should have to hold. Trees live in memory-backed storage: after thousands of deletions a
// disk's file system makes every new file expensive.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { needs } from "../machine/needs.mjs";
import { runCommand } from "../run/command.mjs";
import { stowageObserved } from "./command.mjs";

const MEMORY = "/dev/shm";
const MIB = 1024 * 1024;

let folder: string;

beforeEach((context) => {
  needs(context, { "a /dev/shm": () => existsSync(MEMORY) });
  folder = mkdtempSync(join(MEMORY, "stowage-large-"));
});
afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

interface Observed {
  readonly directoriesBeforeOutput: number;
  readonly statsBeforeOutput: number;
  readonly peakRssBytes: number;
  readonly lines: number;
}

async function observedList(path: string): Promise<Observed> {
  const report = join(folder, "observations.json");
  const { code, stdout, output } = await stowageObserved(report, "ls", "-r", `${pathToFileURL(path).href}/`);
  expect(code, output.slice(-2_000)).toBe(0);
  const found: Omit<Observed, "lines"> = JSON.parse(readFileSync(report, "utf8"));
  return { ...found, lines: stdout.trim().split("\n").length };
}

/** What an idle Node takes by itself. */
async function nodeRss(): Promise<number> {
  const { stdout } = await runCommand(process.execPath, ["-p", "process.resourceUsage().maxRSS * 1024"]);
  return Number(stdout);
}

it("200 directories of 1,000 files: the first line after one directory a level, peak RSS under 100 MiB over Node's", async () => {
  const tree = join(folder, "tree");
  for (let directory = 0; directory < 200; directory += 1) {
    const path = join(tree, `directory-${directory}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < 1_000; file += 1) writeFileSync(join(path, `file-${file}`), "");
  }
  const observed = await observedList(tree);
  expect(observed.lines).toBe(200_000);
  expect(observed.directoriesBeforeOutput).toBeGreaterThan(0);
  expect(observed.directoriesBeforeOutput).toBeLessThanOrEqual(2);
  expect(observed.peakRssBytes - (await nodeRss())).toBeLessThan(100 * MIB);
});

it("one flat directory of 200,000 files: peak RSS under 150 MiB over Node's, no stat ahead of the consumer", async () => {
  const tree = join(folder, "flat");
  mkdirSync(tree);
  for (let file = 0; file < 200_000; file += 1) writeFileSync(join(tree, `file-${file}`), "");
  const observed = await observedList(tree);
  expect(observed.lines).toBe(200_000);
  // A page of facts at most is there when its first line is printed.
  expect(observed.statsBeforeOutput).toBeGreaterThan(0);
  expect(observed.statsBeforeOutput).toBeLessThanOrEqual(1_000);
  expect(observed.peakRssBytes - (await nodeRss())).toBeLessThan(150 * MIB);
});
