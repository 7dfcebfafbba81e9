import { createInterface } from "node:readline/promises";
import { usageError } from "../arguments/usage.js";
import type { CommandContext } from "../context.js";

/** Asks on the terminal; anything but yes is no. Without a terminal nothing is assumed: `--yes` must say it. */
export async function confirmed(context: CommandContext, question: string): Promise<boolean> {
  if (context.stdin.isTTY !== true) {
    throw usageError(`${question} Nobody is there to ask (stdin is no terminal): give --yes`);
  }
  const terminal = createInterface({ input: context.stdin, output: context.stderr });
  // Readline takes Ctrl-C for itself while it reads; it means the same as ever.
  terminal.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: context.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
