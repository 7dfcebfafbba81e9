import { Command } from "commander";
import { addCat } from "./commands/cat.js";
import { addCompletions } from "./commands/completions.js";
import { addCp } from "./commands/cp.js";
import { addDu } from "./commands/du.js";
import { addGet } from "./commands/get.js";
import { addLs } from "./commands/ls.js";
import { addMb } from "./commands/mb.js";
import { addMv } from "./commands/mv.js";
import { addPut } from "./commands/put.js";
import { addRb } from "./commands/rb.js";
import { addRm } from "./commands/rm.js";
import { addSchemes } from "./commands/schemes.js";
import { addStat } from "./commands/stat.js";
import { addVerify } from "./commands/verify.js";
import { collect, examples } from "./commands/flags.js";
import type { CommandContext, Execute } from "./context.js";
import { packageVersion } from "./version.js";

/** Flags of every verb, before or after it. */
export interface GlobalFlags {
  readonly debug?: boolean;
  readonly quiet?: boolean;
  readonly progress: boolean;
  readonly plugin?: readonly string[];
}

const about =
  "Objects by URI, the same on every store: s3://bucket/key, az://account/container/key, file:///path, direct:///path, " +
  "memory://name/key. A plain path is a file.";

/** The whole command line, every verb with its options and help. Prints to the streams given; never exits the process. */
export function buildProgram(output: Pick<CommandContext, "stdout" | "stderr">, execute: Execute): Command {
  const program = new Command("stowage")
    .description(about)
    .version(packageVersion(), "-V, --version", "print the version")
    .option("--plugin <module>", "load a store plugin: a package or a file (repeatable)", collect)
    .option("--no-progress", "no progress line, also on a terminal")
    .option("-q, --quiet", "neither progress nor summary; failures are still named")
    .option("--debug", "stack traces of failures")
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => output.stdout.write(text),
      writeErr: (text) => output.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(text.replace(/^error: /, "stowage: ")),
    })
    .showHelpAfterError("(stowage --help lists the verbs, stowage <verb> --help shows one with examples)");
  examples(program, [
    ["stowage cp -r ./photos s3://album/2026/", "copy a tree to a bucket"],
    ["stowage ls -l s3://album/2026/", "what is there"],
    ["stowage cat --range 0-511 s3://album/2026/a.raw", "the first 512 bytes"],
    ["stowage schemes", "which stores are installed"],
  ]);
  program.addHelpText(
    "after",
    `
Exit status: 0 done, 1 some failed (each named on stderr), 2 usage, 130 interrupted.`,
  );
  for (const add of [addLs, addStat, addCat, addPut, addGet, addCp, addMv, addRm, addDu, addVerify, addMb, addRb]) {
    add(program, execute);
  }
  addSchemes(program, execute);
  addCompletions(program, execute);
  return program;
}
