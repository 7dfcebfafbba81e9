import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { file } from "@stowage/store-file";
import { expect } from "vitest";
import { positionedBytes } from "../../src/engine/bytes.js";
import { after, allowed } from "./model.js";
import type { State, Step } from "./model.js";

const HOOKS = new URL("../../../store-file/test/support/source-hooks.mjs", import.meta.url).href;
const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** A directory that a writer is killed in, again and again. */
export class CrashedDirectory implements Disposable {
  readonly directory: string = mkdtempSync(join(tmpdir(), "stowage-crash-"));
  private state: State = new Map();

  /** Starts a writer, kills it after `operations` of its steps have begun, and compares what is left with what may be. */
  async killAndCheck(seed: string, operations: number, delayMs: number): Promise<void> {
    const candidates = await this.runUntilKilled(seed, operations, delayMs);
    const store = file({ directory: this.directory });
    const found = new Map<string, number>();
    for await (const { key, size } of store.list()) {
      const { bytes, info } = await store.get(key);
      const [salt, told] = [Number(info.metadata["salt"]), Number(info.metadata["size"])];
      expect([key, size, bytes.byteLength], "sizes of an object, its listing and its attributes").toEqual([
        key,
        told,
        told,
      ]);
      expect(
        Buffer.compare(bytes, positionedBytes(told, salt)),
        `${key} is the whole body that its attributes name`,
      ).toBe(0);
      found.set(key, salt);
    }
    const matching = candidates.find((state) => sameState(state, found));
    expect(
      matching,
      `objects left: ${JSON.stringify([...found])}; allowed: ${JSON.stringify(candidates.map((state) => [...state]))}`,
    ).toBeDefined();
    this.state = found;
    await store.close();
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The states in which the store may be now. */
  private async runUntilKilled(seed: string, operations: number, delayMs: number): Promise<readonly State[]> {
    const child = spawn(process.execPath, ["--import", HOOKS, CHILD, this.directory, seed], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    let state = this.state;
    let step: Step | undefined;
    let begun = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [word, rest = ""] = line.split(/ (.*)/s);
      if (word === "begin") {
        step = JSON.parse(rest) as Step;
        begun += 1;
        if (begun === operations) setTimeout(() => child.kill("SIGKILL"), delayMs);
      } else if (step !== undefined) {
        if (word === "done") state = after(state, step);
        step = undefined;
      }
    }
    await ended;
    return allowed(state, step);
  }
}

function sameState(one: State, other: State): boolean {
  return one.size === other.size && [...one].every(([key, salt]) => other.get(key) === salt);
}
