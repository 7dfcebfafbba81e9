import { deleteContainer, isStoreError, StoreError } from "@stowage/core";
import type { Command } from "commander";
import { toUri } from "../arguments/location.js";
import { readOptions } from "../arguments/store-options.js";
import type { OptionFlags } from "../arguments/store-options.js";
import type { CommandContext, Execute } from "../context.js";
import type { StoreOptions } from "../stores/stores.js";
import { examples, withStoreOptions } from "./flags.js";

interface RbFlags extends OptionFlags {
  readonly force?: boolean;
}

export function addRb(program: Command, execute: Execute): void {
  const command = program
    .command("rb")
    .summary("remove a container")
    .description("Remove containers. One that still holds objects, and any of Azure, is refused unless --force.")
    .argument("<uri...>", "containers or plain paths")
    .option("--force", "with everything in it");
  withStoreOptions(command).action((uris: string[], flags: RbFlags) =>
    execute("rb", (context) => rb(context, uris, flags)),
  );
  examples(command, [
    ["stowage rb s3://empty-bucket", "an empty bucket"],
    ["stowage rb --force ./out/data", "a directory with all that is in it"],
  ]);
}

async function rb(context: CommandContext, uris: readonly string[], flags: RbFlags): Promise<void> {
  const given = readOptions(flags);
  for (const argument of uris) {
    try {
      const uri = toUri(argument, context.cwd);
      const options = await context.stores.optionsOf(uri, given);
      await remove(context, uri, options, flags);
      context.report.note(`removed ${uri}`);
    } catch (error) {
      if (context.signal.aborted || uris.length === 1) throw error;
      context.report.objectFailure(error, argument);
    }
  }
}

async function remove(context: CommandContext, uri: string, options: StoreOptions, flags: RbFlags): Promise<void> {
  try {
    await deleteContainer(uri, options, { force: flags.force === true, signal: context.signal });
  } catch (error) {
    const message = refusal(error, flags);
    if (message === undefined || !isStoreError(error)) throw error;
    const { code, capability } = error;
    throw new StoreError({ code, message, capability, uri, cause: error });
  }
}

/** In the words of the command, not of the library, where --force is the way out. */
function refusal(error: unknown, { force }: RbFlags): string | undefined {
  if (!isStoreError(error) || force === true) return undefined;
  if (error.code === "ContainerNotEmpty") return "it is not empty; --force removes it with all that is in it";
  // A service that deletes no containers at all says Unsupported too, and --force would not help there.
  const forceHelps = error.message.includes("{ force: true }");
  if (error.code === "Unsupported" && error.capability === "deleteContainer" && forceHelps) {
    return "the service removes a container only with all that is in it; --force does";
  }
  return undefined;
}
