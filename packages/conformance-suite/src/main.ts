import { isStoreError } from "@stowage/core";
import { listCommand } from "./cli/list-command.js";
import { mutantsCommand } from "./cli/mutants-command.js";
import { reportCommand } from "./cli/report-command.js";
import { runCommand } from "./cli/run-command.js";
import { USAGE } from "./cli/usage.js";
import { SUITE_VERSION } from "./version.js";

const [command, ...args] = process.argv.slice(2);

// Whoever reads stops when it has seen enough (`| head`): that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  process.exitCode = await dispatch();
} catch (error) {
  if (!isStoreError(error) && !isBadOption(error)) throw error;
  process.stderr.write(`stowage-conformance: ${isStoreError(error) ? error.detail : error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}

async function dispatch(): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  switch (command) {
    case "run":
      return await runCommand(args);
    case "list":
      return listCommand(args);
    case "report":
      return await reportCommand(args);
    case "mutants":
      return await mutantsCommand(args);
    case "--version":
      process.stdout.write(`${SUITE_VERSION}\n`);
      return 0;
    case "help":
    case "--help":
    case "-h":
    case undefined:
      process.stdout.write(USAGE);
      return command === undefined ? 2 : 0;
    default:
      process.stderr.write(`stowage-conformance: there is no command ${command}\n\n${USAGE}`);
      return 2;
  }
}

/** Of `parseArgs`: an unknown option, a missing value. */
function isBadOption(error: unknown): error is Error {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
