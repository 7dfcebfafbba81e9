import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const bin = fileURLToPath(new URL("../bin/stowage-conformance.js", import.meta.url));

function run(...args: readonly string[]): {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

describe("the stowage-conformance command", () => {
  it("tells how it is used, whichever command is asked for help", () => {
    for (const args of [["--help"], ["-h"], ["help"], ["run", "--help"], ["mutants", "-h"]]) {
      const { status, out, err } = run(...args);
      expect([status, err], args.join(" ")).toEqual([0, ""]);
      expect(out).toContain("stowage-conformance run <specifier|file>");
    }
  });

  it("takes a choice of no case, or of no mutant, for a mistake", () => {
    const cases = run("run", "@stowage/store-memory/conformance", "--only", "put.", "--only", "nosuch.");
    expect([cases.status, cases.out]).toEqual([2, ""]);
    expect(cases.err).toContain("no case's id begins with nosuch.");
    const mutants = run("mutants", "--only", "nosuch");
    expect([mutants.status, mutants.out]).toEqual([2, ""]);
    expect(mutants.err).toContain("no mutant's name begins with nosuch");
  });

  it("ends in silence when its reader has seen enough", async () => {
    const child = spawn(process.execPath, [bin, "list", "--json"], { stdio: ["ignore", "pipe", "pipe"] });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const [code] = await once(child, "close");
    expect([code, err]).toEqual([0, ""]);
  });

  it("runs chosen cases on a store and says whether it conforms", () => {
    const { status, out } = run("run", "@stowage/store-memory/conformance", "--only", "put.overwrite");
    expect(status).toBe(0);
    expect(out).toMatch(/\d+ verdicts in [\d.]+ s: \d+ pass, 0 fail, 0 not-run\nseed \w+: conforms\n$/);
  });
});
