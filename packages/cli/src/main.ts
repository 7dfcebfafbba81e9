import { EXIT } from "./output/errors.js";
import { Interrupted } from "./interrupted.js";
import { run } from "./run.js";

const controller = new AbortController();

/** The first signal stops the work, which cleans up after itself; a second one stops the process. */
function interrupt(status: number): void {
  if (controller.signal.aborted) process.exit(status);
  controller.abort(new Interrupted(status));
}

process.on("SIGINT", () => interrupt(EXIT.interrupted));
process.on("SIGTERM", () => interrupt(EXIT.terminated));

process.exitCode = await run({
  argv: process.argv.slice(2),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  signal: controller.signal,
});

// A terminal or a pipe that still has a writer must not keep the finished command waiting.
process.stdin.destroy();
