import type { Command } from "commander";
import { parseFilter } from "../arguments/filter.js";
import type { FilterFlags } from "../arguments/filter.js";
import { asDirectory, toUri } from "../arguments/location.js";
import type { CommandContext, Execute } from "../context.js";
import { openTarget } from "../stores/open-target.js";
import { sourceOf } from "../stores/source.js";
import { objectDestination } from "../transfer/destination.js";
import { concurrencyOption, readTransferOptions } from "../transfer/flags.js";
import type { TransferFlags } from "../transfer/flags.js";
import { formatVerification, pairsOf, verifyPairs } from "../transfer/verify.js";
import type { Pair } from "../transfer/verify.js";
import { examples, withFilter, withTransferOptions } from "./flags.js";

type VerifyFlags = Pick<TransferFlags, "option" | "endpoint" | "srcO" | "dstO" | "concurrency"> & FilterFlags;

export function addVerify(program: Command, execute: Execute): void {
  const command = program
    .command("verify")
    .summary("compare every byte of two objects or trees")
    .description(
      "Read everything below the source and the same keys below the destination, and compare all bytes. Copies nothing; what only the destination has is not looked at.",
    )
    .argument("<source>", "object, container, prefix or plain path")
    .argument("<destination>", "what should be the same")
    .addOption(concurrencyOption());
  withTransferOptions(withFilter(command)).action((source: string, destination: string, flags: VerifyFlags) =>
    execute("verify", (context) => verify(context, source, destination, flags)),
  );
  examples(command, [
    ["stowage verify ./photos s3://album/2026/", "is the backup whole?"],
    ["stowage verify a.bin s3://bucket/a.bin", "one object"],
  ]);
}

async function verify(context: CommandContext, source: string, destination: string, flags: VerifyFlags): Promise<void> {
  const given = await context.stores.transferOptions(
    toUri(source, context.cwd),
    toUri(destination, context.cwd),
    readTransferOptions(flags),
  );
  const from = await openTarget(context, source, given.source);
  const to = toUri(destination, context.cwd);
  const pairs: Iterable<Pair> | AsyncIterable<Pair> =
    from.kind === "object"
      ? [
          {
            from,
            to: await objectDestination(
              context,
              (await sourceOf(destination, context.cwd)).uri,
              from.name,
              given.destination,
            ),
            size: from.info.size,
          },
        ]
      : pairsOf(
          from.store,
          await context.stores.openStore(asDirectory(to), given.destination),
          parseFilter(flags),
          context.signal,
        );
  context.report.summary(formatVerification(await verifyPairs(context, pairs, flags.concurrency)));
}
