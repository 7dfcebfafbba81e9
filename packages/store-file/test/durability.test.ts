/** What is on the device before an object gets its name, as the system calls show it. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { needs } from "../../../tools/machine/needs.mjs";
import { scratchDirectory, tree } from "./support/directories.js";

const HOOKS = new URL("support/source-hooks.mjs", import.meta.url).href;
const CHILD = fileURLToPath(new URL("support/child.ts", import.meta.url));

beforeEach((context) => needs(context, "linux", "strace"));

/** The steps of one put with attributes into a new directory: `sync body`, `sync sidecar`, `name`, `sync dir` ... */
function steps(durability: string): string[] {
  const directory = scratchDirectory();
  const trace = path.join(scratchDirectory(), "trace");
  const run = spawnSync("strace", [
    ...["-f", "-qq", "-y", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2", "-o", trace],
    ...[process.execPath, "--import", HOOKS, CHILD, "put", directory, durability],
  ]);
  expect(run.stderr.toString()).toBe("");
  expect(tree(directory).filter((name) => !name.includes(".stowage-"))).toEqual(["new", "new/key"]);
  return fs
    .readFileSync(trace, "utf8")
    .split("\n")
    .filter((line) => line.includes(directory) && !line.includes("resumed"))
    .map((line) => {
      if (/ rename/.test(line)) return "name";
      if (line.includes(".stowage-t-")) return "sync body";
      if (line.includes(".stowage-a-")) return "sync attributes";
      return line.includes(`${directory}/new`) ? "sync directory" : "sync parent";
    });
}

describe("durability", () => {
  it("none: nothing is waited for", () => {
    expect(steps("none")).toEqual(["name"]);
  });

  it("file: attributes and bytes are on the device before the name is given", () => {
    expect(steps("file")).toEqual(["sync attributes", "sync body", "name"]);
  });

  it("full: the name too before the put resolves, and the new directory's name before all", () => {
    expect(steps("full")).toEqual(["sync parent", "sync attributes", "sync body", "name", "sync directory"]);
  });
});
