import type { ObjectStore } from "@stowage/core";
import type { Command } from "commander";
import { parseFilter } from "../arguments/filter.js";
import { asDirectory, nameOf, toUri } from "../arguments/location.js";
import { usageError } from "../arguments/usage.js";
import type { CommandContext, Execute } from "../context.js";
import { printable } from "../output/format.js";
import { assertNotEmpty, openTarget } from "../stores/open-target.js";
import type { Target } from "../stores/open-target.js";
import { sourceOf } from "../stores/source.js";
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
import { formatAmount, formatOutcome, nothingMoved, sumOf } from "../transfer/summary.js";
import type { TransferOutcome } from "../transfer/summary.js";
import { formatVerification, pairsOf, verifyPairs } from "../transfer/verify.js";
import type { Pair } from "../transfer/verify.js";
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
  if (flags.recursive === true && sources[0] !== undefined) {
    const source = toUri(sources[0], context.cwd);
    const given = await context.stores.transferOptions(source, destination, readTransferOptions(flags));
    const target = await openTarget(context, sources[0], given.source);
    if (target.kind === "store") return copyBelow(context, target, destination, given, flags);
  }
  await copyObjects(context, sources, sources.length > 1 ? asDirectory(destination) : destination, flags);
}

async function copyObjects(
  context: CommandContext,
  sources: readonly string[],
  destination: string,
  flags: CpFlags,
): Promise<void> {
  const start = performance.now();
  const copied: Pair[] = [];
  let total = nothingMoved;
  for (const argument of sources) {
    try {
      total = sumOf(total, await copyOne(context, argument, destination, flags, copied));
    } catch (error) {
      if (context.signal.aborted || sources.length === 1) throw error;
      total = { ...total, failed: total.failed + 1 };
      context.report.objectFailure(error, argument);
    }
  }
  if (flags.dryRun === true) {
    await context.lines.flush();
    context.report.summary(`would copy ${formatAmount(total.objects, total.bytes)}`);
    return;
  }
  context.report.summary(formatOutcome("copied", total, performance.now() - start));
  if (flags.verify === true) {
    context.report.summary(formatVerification(await verifyPairs(context, copied, flags.concurrency)));
  }
}

/** Copies one object, and adds it to `copied` with its copy. */
async function copyOne(
  context: CommandContext,
  argument: string,
  destination: string,
  flags: CpFlags,
  copied: Pair[],
): Promise<TransferOutcome> {
  const source = await sourceOf(argument, context.cwd);
  const given = await context.stores.transferOptions(source.uri, destination, readTransferOptions(flags));
  const from = await context.stores.openObject(source.uri, given.source);
  const to = await objectDestination(context, destination, source.name ?? nameOf(from.key), given.destination);
  if (flags.dryRun === true) {
    const { size } = await from.store.stat(from.key, { signal: context.signal });
    await context.lines.write(printable(`would copy ${from.store.uriOf(from.key)} to ${to.store.uriOf(to.key)}`));
    return { ...nothingMoved, objects: 1, bytes: size };
  }
  const outcome = await copyObject(context, from, to, {
    attributesOf: attributesFor(parsePolicy(flags.attributes), destination),
    clobber: flags.clobber,
    destinationOptions: given.destination,
  });
  if (outcome.objects > 0) copied.push({ from, to, size: outcome.bytes });
  return outcome;
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
  await assertNotEmpty(context, source);
  const filter = parseFilter(flags);
  const policy = parsePolicy(flags.attributes);
  if (flags.dryRun === true) {
    const would = await listTransfer(context, "copy", from, to, filter, flags.clobber);
    context.report.summary(`would copy ${formatAmount(would.objects, would.bytes)}`);
    return;
  }
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
  context.report.summary(formatOutcome("copied", outcome, performance.now() - start));
  if (flags.verify === true) {
    const pairs = pairsOf(from, to, filter, context.signal);
    context.report.summary(formatVerification(await verifyPairs(context, pairs, flags.concurrency)));
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
