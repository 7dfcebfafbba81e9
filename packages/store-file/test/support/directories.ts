import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach } from "vitest";

const made: string[] = [];

afterEach(() => {
  for (const directory of made.splice(0)) fs.rmSync(directory, { recursive: true, force: true });
});

/** A fresh directory that goes with the test. */
export function scratchDirectory(): string {
  const directory = fs.mkdtempSync(path.join(tmpdir(), "stowage-file-"));
  made.push(directory);
  return directory;
}

/** Every path below the directory, sorted. */
export function tree(directory: string): string[] {
  return fs.readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
}

/** What the store keeps for itself below the directory. */
export function hidden(directory: string): string[] {
  return tree(directory).filter((name) => name.includes(".stowage-"));
}

/** Descriptors of this process on files below the directory. */
export function openBelow(directory: string): string[] {
  return fs.readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = fs.readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(directory) ? [target] : [];
    } catch {
      // Closed since it was listed.
      return [];
    }
  });
}
