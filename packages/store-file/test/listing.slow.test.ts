/** Large listings: what they hold in memory, and how soon they begin. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const HOOKS = new URL("support/source-hooks.mjs", import.meta.url).href;
const CHILD = fileURLToPath(new URL("support/child.ts", import.meta.url));
/** After thousands of deletions ext4 charges a millisecond for every create. */
const PARENT = fs.existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

let scratch: string;

beforeAll(() => {
  scratch = fs.mkdtempSync(path.join(PARENT, "stowage-listing-"));
  for (let top = 0; top < 200; top++) {
    fs.mkdirSync(path.join(scratch, `wide/d${top}`), { recursive: true });
    for (let each = 0; each < 1000; each++) fs.writeFileSync(path.join(scratch, `wide/d${top}/file-${each}`), "");
  }
  fs.mkdirSync(path.join(scratch, "flat"));
  for (let each = 0; each < 200_000; each++) fs.writeFileSync(path.join(scratch, `flat/file-${each}`), "");
  fs.mkdirSync(path.join(scratch, "empty"));
});

afterAll(() => fs.rmSync(scratch, { recursive: true }));

interface Counts {
  readonly entries: number;
  readonly peakMiB: number;
}

/** Lists a directory in a process of its own, which tells its peak memory. */
function list(name: string): Counts {
  const run = spawnSync(process.execPath, ["--import", HOOKS, CHILD, "list", path.join(scratch, name)]);
  expect(run.stderr.toString()).toBe("");
  const { entries, peakMiB }: Counts = JSON.parse(run.stdout.toString());
  return { entries, peakMiB };
}

describe("200,000 files", () => {
  it("in 200 directories take less than 100 MiB more than an empty listing", () => {
    list("empty");
    const { entries, peakMiB } = list("wide");
    expect(entries).toBe(200_000);
    expect(peakMiB - list("empty").peakMiB).toBeLessThan(100);
  });

  it("in one directory take less than 150 MiB more", () => {
    const { entries, peakMiB } = list("flat");
    expect(entries).toBe(200_000);
    expect(peakMiB - list("empty").peakMiB).toBeLessThan(150);
  });
});
