import { BULK_CONCURRENCY_DEFAULT } from "@stowage/core";
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import type { FilterFlags } from "../arguments/filter.js";
import { readOptions, readPairs } from "../arguments/store-options.js";
import type { OptionFlags } from "../arguments/store-options.js";
import type { GivenTransferOptions } from "../stores/stores.js";

/** Flags of `cp` and `mv`. */
export interface TransferFlags extends OptionFlags, FilterFlags {
  readonly srcO?: readonly string[];
  readonly dstO?: readonly string[];
  readonly recursive?: boolean;
  readonly concurrency?: number;
  readonly dryRun?: boolean;
  readonly attributes: string;
  /** `false` with --no-clobber. */
  readonly clobber: boolean;
}

export function readTransferOptions(
  flags: Pick<TransferFlags, "option" | "endpoint" | "srcO" | "dstO">,
): GivenTransferOptions {
  return {
    both: readOptions(flags),
    source: readPairs(flags.srcO, "--src-o"),
    destination: readPairs(flags.dstO, "--dst-o"),
  };
}

export function withTransferFlags(command: Command): Command {
  return command
    .option("-r, --recursive", "everything below the source, to the same keys below the destination")
    .addOption(concurrencyOption())
    .option("-n, --no-clobber", "leave alone what exists at the destination")
    .option("--dry-run", "say what would be done, do nothing")
    .option("--attributes <policy>", "auto, keep or drop: see below", "auto");
}

export function concurrencyOption(): Option {
  return new Option("--concurrency <n>", `objects in flight (default ${BULK_CONCURRENCY_DEFAULT})`).argParser(positive);
}

function positive(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError("It is a whole number from 1 up.");
  return count;
}

export const attributesHelp = `
Attributes: keep copies content type, other content attributes and metadata; drop copies none; auto keeps them, but towards
local paths drops a content type that the name tells already or that the service answers by default.`;
