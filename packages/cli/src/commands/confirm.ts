import { createInterface } from "node:readline/promises";
import { usageError } from "../arguments/usage.js";
import type { CommandContext } from "../context.js";

/** Asks on the terminal; anything but yes is no, and so is Ctrl-D. Without a terminal nothing is assumed: `--yes` must say it. */
export async function confirmed(context: CommandContext, question: string): Promise<boolean> {
  if (context.stdin.isTTY !== true) {
    throw usageError(`${question} Nobody is there to ask (stdin is no terminal): give --yes`);
  }
  const terminal = createInterface({ input: context.stdin, output: context.stderr });
  // Readline takes Ctrl-C for itself while it reads; it means the same as ever.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  // Ctrl-D ends the answer before it has begun: no. Versions of Node differ in whether the question then rejects or waits on.
  const ended = new Promise<undefined>((resolve) => terminal.once("close", () => resolve(undefined)));
  const asked = terminal.question(`${question} [y/N] `, { signal: context.signal }).catch((error: unknown) => {
    if (context.signal.aborted || !(error instanceof Error) || error.name !== "AbortError") throw error;
    return undefined;
  });
  try {
    const answer = await Promise.race([asked, ended]);
    if (answer === undefined) context.stderr.write("\n");
    return /^y(es)?$/i.test(answer?.trim() ?? "");
  } finally {
    terminal.close();
  }
}
