import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const HOOKS = new URL("source-hooks.mjs", import.meta.url).href;
const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

/** A second process on a container; see child.ts for what it can do. */
export class Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = "";

  constructor(what: string, directory: string, ...rest: string[]) {
    this.process = spawn(process.execPath, ["--import", HOOKS, CHILD, what, directory, ...rest]);
    this.process.stderr.on("data", (data: Buffer) => (this.#errors += data.toString()));
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const step = await this.#lines.next();
    if (step.done === true) throw new Error(`the child process ended: ${this.#errors}`);
    return step.value;
  }

  /** Resolves when it has ended, by itself or not. */
  async ended(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    await new Promise((resolve) => this.process.once("exit", resolve));
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended();
  }
}
