import type { Command } from "commander";
import { isUri, nameOf, toUri } from "../arguments/location.js";
import { readOptions } from "../arguments/store-options.js";
import type { OptionFlags } from "../arguments/store-options.js";
import { usageError } from "../arguments/usage.js";
import type { CommandContext, Execute } from "../context.js";
import { sourceOf } from "../stores/source.js";
import { attributesFor } from "../transfer/attributes-policy.js";
import { copyObject } from "../transfer/copy-object.js";
import { objectDestination } from "../transfer/destination.js";
import { formatOutcome } from "../transfer/summary.js";
import { streamTo } from "../transfer/stream-to.js";
import { examples, withStoreOptions } from "./flags.js";

interface GetFlags extends OptionFlags {
  readonly clobber: boolean;
}

export function addGet(program: Command, execute: Execute): void {
  const command = program
    .command("get")
    .summary("an object to a local file or stdout")
    .description(
      "Copy one object to a local file. Its directory is made; a file that is there is replaced at the end, whole.",
    )
    .argument("<uri>", "the object")
    .argument("[path]", "file, directory or - for stdout; the default is the object's name in the current directory")
    .option("-n, --no-clobber", "leave alone a file that exists");
  withStoreOptions(command).action((uri: string, path: string | undefined, flags: GetFlags) =>
    execute("get", (context) => get(context, uri, path ?? ".", flags)),
  );
  examples(command, [
    ["stowage get s3://bucket/data/a.csv", "to ./a.csv"],
    ["stowage get s3://bucket/data/a.csv backup/", "to backup/a.csv"],
    ["stowage get az://account/c/a.tar.gz - | tar tz", "to a pipe"],
  ]);
}

async function get(context: CommandContext, argument: string, path: string, flags: GetFlags): Promise<void> {
  if (path !== "-" && isUri(path)) throw usageError("get writes to a local path: stowage cp copies to a URI");
  const given = readOptions(flags);
  const source = await sourceOf(argument, context.cwd);
  const { store, key } = await context.stores.openObject(source.uri, given);
  if (path === "-") {
    await streamTo(context, store, key);
    return;
  }
  const destination = toUri(path, context.cwd);
  const to = await objectDestination(context, destination, source.name ?? nameOf(key), []);
  const start = performance.now();
  const got = await copyObject(context, { store, key }, to, {
    attributesOf: attributesFor("auto", destination),
    clobber: flags.clobber,
    destinationOptions: [],
  });
  context.report.summary(formatOutcome("got", got, performance.now() - start));
}
