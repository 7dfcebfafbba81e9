import * as fs from "node:fs";
import * as path from "node:path";
import { setImmediate } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { scratchDirectory } from "../../test/support/directories.js";
import { Leftovers } from "./leftovers.js";

const FIRST = "first";
let directory: string;
let leftovers: Leftovers;

/** Several names of one file, all older than what may be in use. */
beforeEach(async () => {
  directory = scratchDirectory();
  fs.writeFileSync(path.join(directory, FIRST), "12345");
  for (const name of ["second", "third"]) fs.linkSync(path.join(directory, FIRST), path.join(directory, name));
  const { ctimeMs } = fs.statSync(path.join(directory, FIRST));
  while (Date.now() <= ctimeMs + CLOCK_GRAIN_MS) await setImmediate();
  leftovers = new Leftovers(ctimeMs);
});

/** More than the clock of files may stand still. */
const CLOCK_GRAIN_MS = 20;

const remove = (name: string): Promise<void> => leftovers.removeIfOld(path.join(directory, name));

describe("leftovers with several names", () => {
  it("all go, and their bytes are counted with the last", async () => {
    await remove(FIRST);
    await remove("second");
    expect(leftovers.removed).toEqual({ files: 2, bytes: 0 });
    await remove("third");
    expect(leftovers.removed).toEqual({ files: 3, bytes: 5 });
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it("stay once somebody has linked the file again: a writer may be at work", async () => {
    await remove(FIRST);
    fs.linkSync(path.join(directory, "second"), path.join(directory, "fourth"));
    await remove("second");
    await remove("third");
    expect(fs.readdirSync(directory)).toEqual(["fourth", "second", "third"]);
  });
});
