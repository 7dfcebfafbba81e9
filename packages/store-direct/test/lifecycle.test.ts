/** Environments end at any moment: no crash, no hang, no leftover, whatever is in flight. */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BINDING_VARIABLE, packagedBinding } from "../src/binding/load.js";
import { withEngineConfig } from "./support/engine-config.js";

const CHILD = fileURLToPath(new URL("support/native-child.mjs", import.meta.url));
const MIB = 1024 * 1024;

/**
 * A process that ends with much fresh memory can hang in Node: it waits for V8's compiling threads, which wait for a collection that
 * nobody makes any more (nodejs/node#54918; here one of two hundred ends on Node 26). That is not what is tested.
 */
const WITHOUT_COMPILING_THREADS = ["--no-concurrent-sparkplug", "--no-concurrent-recompilation"];

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

describe.runIf(process.platform === "linux")("the binding at the end of its environment", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "stowage-lifecycle-"));
    writeFileSync(join(directory, "large"), Buffer.alloc(4 * MIB, 7));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const binding = process.env[BINDING_VARIABLE] ?? packagedBinding();
  const run = (scenario: string): Promise<Outcome> =>
    new Promise((resolve) => {
      const env = withEngineConfig();
      const command = [...WITHOUT_COMPILING_THREADS, CHILD, binding, directory, scenario];
      const child = execFile(process.execPath, command, { env }, (_, stdout, stderr) => {
        resolve({ code: child.exitCode, signal: child.signalCode, output: stdout + stderr });
      });
    });

  test("an idle engine does not keep the process alive", async () => {
    expect(await run("idle")).toMatchObject({ code: 0, output: "read\n" });
  });

  test("process.exit with 500 reads in flight exits with its code", async () => {
    expect(await run("exit")).toMatchObject({ code: 7, signal: null, output: "" });
  });

  test("an uncaught exception with 500 reads in flight ends as any other", async () => {
    const outcome = await run("throw");
    expect(outcome).toMatchObject({ code: 1, signal: null });
    expect(outcome.output).toContain("on purpose");
  });

  test("SIGTERM with 500 reads in flight ends the process by that signal", async () => {
    expect(await run("sigterm")).toMatchObject({ code: null, signal: "SIGTERM", output: "" });
  });

  test("worker threads may finish, exit, throw or be terminated with 500 reads in flight", async () => {
    expect(await run("workers")).toMatchObject({ code: 0, signal: null, output: "done\n" });
  });

  test("workers that end leave the main thread's reads alone", async () => {
    expect(await run("workers-and-main")).toMatchObject({ code: 0, signal: null, output: "done\n" });
  });

  test("child processes made while reads are in flight disturb neither", async () => {
    expect(await run("spawn")).toMatchObject({ code: 0, output: "right\n" });
  });

  test("gigabytes pass through bounded memory", async () => {
    expect(await run("memory")).toMatchObject({ code: 0, output: "bounded\n" });
  });

  test("SIGKILL during puts leaves the old object or the new one, whole, and no unfinished file", async () => {
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, [CHILD, binding, directory, "put-forever"], {
        stdio: ["ignore", "pipe", "inherit"],
        env: withEngineConfig(),
      });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      const seen = Buffer.alloc(MIB + 77, readSoon(join(directory, "versions")));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      const bytes = readFileSync(join(directory, "versions"));
      expect(bytes.byteLength).toBe(seen.byteLength);
      expect(new Set(bytes).size).toBe(1);
      for (const name of readdirSync(directory)) {
        if (name.startsWith("other-")) expect(readFileSync(join(directory, name)).byteLength).toBe(3 * MIB);
      }
      // A replacing put has a second name for the moment between link and rename: that one may be left, and it is whole.
      for (const name of readdirSync(directory).filter((entry) => entry.startsWith(".temp"))) {
        expect([MIB + 77, 3 * MIB]).toContain(readFileSync(join(directory, name)).byteLength);
        rmSync(join(directory, name));
      }
    }
  });
});

/** Waits until the file is there, then gives its first byte. */
function readSoon(path: string): number {
  for (;;) {
    try {
      return readFileSync(path)[0] ?? 0;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
}
