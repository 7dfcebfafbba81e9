import { createContainer } from "@stowage/core";
import type { Command } from "commander";
import { toUri } from "../arguments/location.js";
import { readOptions } from "../arguments/store-options.js";
import type { OptionFlags } from "../arguments/store-options.js";
import type { CommandContext, Execute } from "../context.js";
import { examples, withStoreOptions } from "./flags.js";

export function addMb(program: Command, execute: Execute): void {
  const command = program
    .command("mb")
    .summary("make a container: a bucket, a directory")
    .description("Make containers: buckets, Azure containers, directories. One that is yours already is left as it is.")
    .argument("<uri...>", "containers or plain paths");
  withStoreOptions(command).action((uris: string[], flags: OptionFlags) =>
    execute("mb", (context) => mb(context, uris, flags)),
  );
  examples(command, [
    ["stowage mb s3://new-bucket", "a bucket"],
    ["stowage mb ./out/data", "a directory, those above it too"],
  ]);
}

async function mb(context: CommandContext, uris: readonly string[], flags: OptionFlags): Promise<void> {
  const given = readOptions(flags);
  for (const argument of uris) {
    try {
      const uri = toUri(argument, context.cwd);
      const options = await context.stores.optionsOf(uri, given);
      const { created } = await createContainer(uri, options, { signal: context.signal });
      context.report.note(created ? `made ${uri}` : `${uri} is there already`);
    } catch (error) {
      if (context.signal.aborted || uris.length === 1) throw error;
      context.report.objectFailure(error, argument);
    }
  }
}
