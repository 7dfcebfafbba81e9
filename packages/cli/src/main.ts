import { Interrupted } from "./interrupted.js";
import { EXIT, traceError } from "./output/errors.js";
import { printable } from "./output/format.js";
import { run } from "./run.js";

const controller = new AbortController();
const debug = process.argv.includes("--debug");

/** The first signal stops the work, which cleans up after itself; a second one stops the process. */
function interrupt(status: number): void {
  if (controller.signal.aborted) process.exit(status);
  controller.abort(new Interrupted(status));
}

process.on("SIGINT", () => interrupt(EXIT.interrupted));
process.on("SIGTERM", () => interrupt(EXIT.terminated));
process.on("SIGHUP", () => interrupt(EXIT.hungUp));

/** A mistake in a plugin or here, outside everything that is awaited: the work ends with it, cleaning up as ever. */
process.on("uncaughtException", (error) => {
  if (controller.signal.aborted) process.exit(EXIT.failed);
  controller.abort(error);
});

/** Warnings of stores (O_DIRECT not in force, say) are one line; an SDK's advice on Node versions is for who builds with it. */
process.removeAllListeners("warning");
process.on("warning", (warning) => {
  if (debug) process.stderr.write(`${traceError(warning)}\n`);
  else if (!/NodeVersionSupportWarning/.test(warning.message))
    process.stderr.write(`stowage: ${printable(warning.message)}\n`);
});

/** Throws in a directory that has been removed. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    process.stderr.write("stowage: the current directory does not exist any more\n");
    return process.exit(EXIT.failed);
  }
}

process.exitCode = await run({
  argv: process.argv.slice(2),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: currentDirectory(),
  signal: controller.signal,
});

// A terminal or a pipe that still has a writer must not keep the finished command waiting.
process.stdin.destroy();
