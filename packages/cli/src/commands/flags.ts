import type { Command } from "commander";

/** For options that may be given more than once. */
export function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

/** Columns after which an example's meaning no longer lines up with the others. */
const exampleWidth = 56;

/** Examples at the end of a verb's help, each with what it does. */
export function examples(command: Command, lines: readonly (readonly [line: string, meaning: string])[]): Command {
  const width = Math.min(exampleWidth, Math.max(...lines.map(([line]) => line.length)));
  const text = lines.map(([line, meaning]) => `  ${line.padEnd(width)}  # ${meaning}`).join("\n");
  return command.addHelpText("after", `\nExamples:\n${text}`);
}

/** `-o` and `--endpoint`, for verbs on one store. */
export function withStoreOptions(command: Command): Command {
  return command
    .option("-o, --option <name=value>", "option of the store, as its plugin declares it (repeatable)", collect)
    .option("--endpoint <url>", "short for -o endpoint=URL: an S3- or Azure-compatible service");
}

/** The same for verbs between two stores. */
export function withTransferOptions(command: Command): Command {
  return command
    .option("-o, --option <name=value>", "option of both stores, as far as they know it (repeatable)", collect)
    .option("--src-o <name=value>", "option of the source's store only (repeatable)", collect)
    .option("--dst-o <name=value>", "option of the destination's store only (repeatable)", collect)
    .option("--endpoint <url>", "short for -o endpoint=URL");
}

export function withFilter(command: Command): Command {
  return command
    .option("--include <glob>", "only keys that match (repeatable); without / the last name is matched", collect)
    .option("--exclude <glob>", "not keys that match, nor what is below a directory that does (repeatable)", collect);
}
