import type { ByteRange } from "@stowage/core";
import type { Command } from "commander";
import { parseRange } from "../arguments/range.js";
import type { RangeFlags } from "../arguments/range.js";
import { readOptions } from "../arguments/store-options.js";
import type { OptionFlags } from "../arguments/store-options.js";
import type { CommandContext, Execute } from "../context.js";
import { sourceOf } from "../stores/source.js";
import { streamTo } from "../transfer/stream-to.js";
import { examples, withStoreOptions } from "./flags.js";

export function addCat(program: Command, execute: Execute): void {
  const command = program
    .command("cat")
    .summary("objects, or ranges of them, to stdout")
    .description("Write objects, or one range of each, to stdout, in the order given.")
    .argument("<uri...>", "objects or plain paths")
    .option("--range <first-last>", "bytes, both ends included as in HTTP: 0-99, 100- to the end, -100 the last 100")
    .option("--offset <bytes>", "from this byte on (512, 8KiB, 1MB)")
    .option("--length <bytes>", "so many bytes from the offset")
    .option("--suffix <bytes>", "the last so many bytes");
  withStoreOptions(command).action((uris: string[], flags: OptionFlags & RangeFlags) =>
    execute("cat", (context) => cat(context, uris, flags)),
  );
  examples(command, [
    ["stowage cat s3://bucket/notes.txt | less", "read an object"],
    ["stowage cat --range 0-511 disk.img | xxd", "the first 512 bytes"],
    ["stowage cat --offset 1MiB --length 4KiB s3://bucket/big", "a block from the middle"],
    ["stowage cat --suffix 1KiB az://account/c/log", "the end"],
  ]);
}

async function cat(context: CommandContext, uris: readonly string[], flags: OptionFlags & RangeFlags): Promise<void> {
  const given = readOptions(flags);
  const range: ByteRange | undefined = parseRange(flags);
  for (const argument of uris) {
    try {
      const { uri } = await sourceOf(argument, context.cwd);
      const { store, key } = await context.stores.openObject(uri, given);
      await streamTo(context, store, key, range);
    } catch (error) {
      if (context.signal.aborted || uris.length === 1) throw error;
      context.report.objectFailure(error, argument);
    }
  }
}
