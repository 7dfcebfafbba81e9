import { CommanderError } from "commander";
import type { CommandContext } from "./context.js";
import { Interrupted } from "./interrupted.js";
import { EXIT } from "./output/errors.js";
import { LineWriter } from "./output/lines.js";
import { Reporter } from "./output/reporter.js";
import { buildProgram } from "./program.js";
import type { GlobalFlags } from "./program.js";
import { loadPlugins } from "./stores/load-plugins.js";
import { Stores } from "./stores/stores.js";

export interface RunInput extends Pick<CommandContext, "stdin" | "stdout" | "stderr" | "cwd"> {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  /** Aborting it with an `Interrupted` gives that exit status. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The `stowage` command as a function: runs one command line and resolves to its exit status (0 done, 1 some failed, 2 usage,
 * 130 interrupted). Never rejects, never exits the process, changes nothing global.
 */
export async function run(input: RunInput): Promise<number> {
  const { stdout, stderr, signal } = input;
  const closed = new AbortController();
  const onOutputError = (error: NodeJS.ErrnoException): void => {
    // The reader has seen enough (`| head`): stop quietly, as programs killed by SIGPIPE do.
    closed.abort(error.code === "EPIPE" ? new Interrupted(EXIT.done) : error);
  };
  stdout.on("error", onOutputError);
  // Nobody is left to tell.
  const ignore = (): void => {};
  stderr.on("error", ignore);
  try {
    return await runVerb(input, signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]));
  } finally {
    stdout.off("error", onOutputError);
    stderr.off("error", ignore);
  }
}

async function runVerb(input: RunInput, signal: AbortSignal): Promise<number> {
  let status: number = EXIT.done;
  const program = buildProgram(input, async (verb, work) => {
    status = await inContext(input, signal, program.opts<GlobalFlags>(), verb, work);
  });
  try {
    await program.parseAsync(input.argv, { from: "user" });
    return status;
  } catch (error) {
    // Help and version were asked for, or the command line was refused; either is printed already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    throw error;
  }
}

async function inContext(
  input: RunInput,
  signal: AbortSignal,
  flags: GlobalFlags,
  verb: string,
  work: (context: CommandContext) => Promise<void>,
): Promise<number> {
  const report = new Reporter({
    stream: input.stderr,
    progress: input.stderr.isTTY === true && flags.progress,
    quiet: flags.quiet === true,
    debug: flags.debug === true,
  });
  report.begin(verb);
  const lines = new LineWriter(input.stdout);
  await using stores = new Stores();
  try {
    await loadPlugins(flags.plugin ?? [], input.cwd);
    await work({ ...input, signal, report, lines, stores });
    await lines.flush();
    signal.throwIfAborted();
  } catch (error) {
    report.stopProgress();
    if (!signal.aborted) {
      await lines.flush();
      report.failure(error);
    }
  }
  report.stopProgress();
  return signal.aborted ? interruptedStatus(signal.reason, report) : report.status;
}

function interruptedStatus(reason: unknown, report: Reporter): number {
  if (!(reason instanceof Interrupted)) {
    report.failure(reason);
    return report.status;
  }
  if (reason.status !== EXIT.done) report.problem("interrupted");
  return reason.status;
}
