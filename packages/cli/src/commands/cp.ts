import type { ObjectStore } from "@stowage/core";
import type { Command } from "commander";
import { parseFilter } from "../arguments/filter.js";
import { asDirectory, toUri } from "../arguments/location.js";
import { usageError } from "../arguments/usage.js";
import type { CommandContext, Execute } from "../context.js";
import { assertSomethingThere, openTarget } from "../stores/open-target.js";
import type { Target } from "../stores/open-target.js";
import { sameOptions } from "../stores/stores.js";
import type { GivenSides } from "../stores/stores.js";
import { attributesFor, parsePolicy } from "../transfer/attributes-policy.js";
import { copyObject } from "../transfer/copy-object.js";
import { copyTree } from "../transfer/copy-tree.js";
import { makeLocalContainer, objectDestination } from "../transfer/destination.js";
import { listTransfer } from "../transfer/dry-run.js";
import { attributesHelp, readTransferOptions, withTransferFlags } from "../transfer/flags.js";
import type { TransferFlags } from "../transfer/flags.js";
import { assertApart } from "../transfer/overlap.js";
import { formatOutcome } from "../transfer/summary.js";
import { formatVerification, pairsOf, verifyPairs } from "../transfer/verify.js";
import { examples, withFilter, withTransferOptions } from "./flags.js";

interface CpFlags extends TransferFlags {
  readonly verify?: boolean;
  readonly via?: string;
}

export function addCp(program: Command, execute: Execute): void {
  const command = program
    .command("cp")
    .summary("copy objects or trees between any two stores")
    .description(
      "Copy objects between any two URIs or plain paths. With -r: everything below the source goes to the same keys below the destination, final slash or not, there already or not.",
    )
    .usage("[options] <source...> <destination>")
    .argument(
      "<uri...>",
      "sources: objects, or with -r one container, prefix or directory; last the destination: an object, or (final /, directory, container) what to put it below",
    )
    .option("--verify", "afterwards read both sides and compare every byte")
    .option("--via <uri>", "with -r: through this store, which must be empty; what passes through stays there");
  withFilter(withTransferOptions(withTransferFlags(command))).action((uris: string[], flags: CpFlags) =>
    execute("cp", (context) => cp(context, uris, flags)),
  );
  command.addHelpText("after", attributesHelp);
  examples(command, [
    ["stowage cp a.bin s3://bucket/dir/", "one file"],
    ["stowage cp -r --verify ./photos s3://album/2026/", "a tree, every byte compared afterwards"],
    ["stowage cp -r --include '*.csv' s3://a/x/ az://account/b/x/", "between clouds, by pattern"],
    [
      "stowage cp --src-o region=eu-west-1 --dst-o endpoint=http://localhost:9000 -r s3://a/ s3://b/",
      "other options for each side",
    ],
    ["stowage cp -r --via memory://stage/ in out", "through another store"],
  ]);
}

async function cp(context: CommandContext, uris: readonly string[], flags: CpFlags): Promise<void> {
  const sources = uris.slice(0, -1);
  const to = uris.at(-1);
  if (sources.length === 0 || to === undefined) throw usageError("cp needs a source and a destination");
  if (flags.via !== undefined && flags.recursive !== true) throw usageError("--via needs -r");
  if (flags.recursive !== true && (flags.include ?? flags.exclude) !== undefined) {
    throw usageError("--include and --exclude need -r");
  }
  if (sources.length > 1 && flags.recursive === true) {
    throw usageError("-r copies what is below one source: run it once for each");
  }
  const destination = toUri(to, context.cwd);
  for (const argument of sources) {
    try {
      await copyOne(context, argument, sources.length > 1 ? asDirectory(destination) : destination, flags);
    } catch (error) {
      if (context.signal.aborted || sources.length === 1) throw error;
      context.report.failure(error, argument);
    }
  }
}

async function copyOne(context: CommandContext, argument: string, destination: string, flags: CpFlags): Promise<void> {
  const source = toUri(argument, context.cwd);
  const given = await context.stores.transferOptions(source, destination, readTransferOptions(flags));
  if (flags.recursive === true) {
    const target = await openTarget(context, argument, given.source);
    if (target.kind === "store") return copyBelow(context, target, destination, given, flags);
  }
  const from = await context.stores.openObject(source, given.source);
  const name = from.key.slice(from.key.lastIndexOf("/") + 1);
  const to = await objectDestination(context, destination, name, given.destination);
  if (flags.dryRun === true) {
    await from.store.stat(from.key, { signal: context.signal });
    await context.lines.write(`would copy ${from.store.uriOf(from.key)} to ${to.store.uriOf(to.key)}`);
    return;
  }
  const size = await copyObject(context, from, to, {
    verb: "copied",
    attributesOf: attributesFor(parsePolicy(flags.attributes), destination),
    clobber: flags.clobber,
    destinationOptions: given.destination,
  });
  if (flags.verify === true && size !== undefined) {
    context.report.summary(formatVerification(await verifyPairs(context, [{ from, to, size }], 1)));
  }
}

async function copyBelow(
  context: CommandContext,
  source: Extract<Target, { kind: "store" }>,
  destination: string,
  given: GivenSides,
  flags: CpFlags,
): Promise<void> {
  const start = performance.now();
  const from = source.store;
  const to = await context.stores.openStore(asDirectory(destination), given.destination);
  await assertApart(from, to, sameOptions(given), context.signal);
  const filter = parseFilter(flags);
  const policy = parsePolicy(flags.attributes);
  if (flags.dryRun === true) {
    const would = await listTransfer(context, "copy", from, to, filter, flags.clobber);
    assertSomethingThere(source, would.objects);
    context.report.summary(`would copy ${would.objects} objects, ${would.bytes} bytes`);
    return;
  }
  await assertContainer(context, from);
  await makeLocalContainer(context, to, given.destination);
  const stage = flags.via === undefined ? undefined : await openStage(context, flags.via);
  const settings = { filter, clobber: flags.clobber, concurrency: flags.concurrency };
  if (stage !== undefined) {
    const staged = await copyTree(context, {
      ...settings,
      from,
      to: stage,
      attributesOf: undefined,
      clobber: true,
      label: "staging",
    });
    context.report.note(formatOutcome(`staged in ${stage.uri}`, staged, performance.now() - start));
  }
  const outcome = await copyTree(context, {
    ...settings,
    from: stage ?? from,
    to,
    attributesOf: policy === "keep" ? undefined : attributesFor(policy, destination),
    label: "copying",
  });
  assertSomethingThere(source, outcome.objects + outcome.existing + outcome.failed);
  context.report.summary(formatOutcome("copied", outcome, performance.now() - start));
  if (flags.verify === true) {
    const pairs = pairsOf(from, to, filter, context.signal);
    context.report.summary(formatVerification(await verifyPairs(context, pairs, flags.concurrency)));
  }
}

/** A missing source says so before the destination's directory is made. */
async function assertContainer(context: CommandContext, store: ObjectStore): Promise<void> {
  for await (const page of store.list({ signal: context.signal }).pages({ pageSize: 1 })) {
    void page;
    return;
  }
}

async function openStage(context: CommandContext, argument: string): Promise<ObjectStore> {
  const stage = await context.stores.openStore(asDirectory(toUri(argument, context.cwd)), []);
  await makeLocalContainer(context, stage, []);
  for await (const entry of stage.list({ signal: context.signal })) {
    throw usageError(`--via ${stage.uri} is not empty (it holds ${JSON.stringify(entry.key)}): name an empty place`);
  }
  return stage;
}
