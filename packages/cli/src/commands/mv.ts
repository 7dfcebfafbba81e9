import { isStoreError } from "@stowage/core";
import type { Command } from "commander";
import { parseFilter } from "../arguments/filter.js";
import { asDirectory, nameOf, toUri } from "../arguments/location.js";
import { usageError } from "../arguments/usage.js";
import type { CommandContext, Execute } from "../context.js";
import { printable } from "../output/format.js";
import { assertNotEmpty, openTarget } from "../stores/open-target.js";
import type { Target } from "../stores/open-target.js";
import { sameOptions } from "../stores/stores.js";
import type { GivenSides } from "../stores/stores.js";
import { attributesFor, parsePolicy } from "../transfer/attributes-policy.js";
import { copyObject } from "../transfer/copy-object.js";
import { makeLocalContainer, objectDestination } from "../transfer/destination.js";
import { listTransfer } from "../transfer/dry-run.js";
import { removeEmptyDirectories } from "../transfer/empty-directories.js";
import { attributesHelp, readTransferOptions, withTransferFlags } from "../transfer/flags.js";
import type { TransferFlags } from "../transfer/flags.js";
import { copyTreeAndRemove, renameTree } from "../transfer/move-tree.js";
import { assertApart, assertNotItself, assertNotLink, assertNotWholeFileSystem } from "../transfer/overlap.js";
import { renameScope } from "../transfer/rename-scope.js";
import { formatAmount, formatOutcome, nothingMoved } from "../transfer/summary.js";
import { examples, withFilter, withTransferOptions } from "./flags.js";

export function addMv(program: Command, execute: Execute): void {
  const command = program
    .command("mv")
    .summary("move objects or trees")
    .description(
      "Move objects: renamed where one store holds both ends and can, else copied and then removed. With -r: everything below the source.",
    )
    .argument("<source>", "object; with -r a container, prefix or directory")
    .argument("<destination>", "object, or (final /, directory, container) what to put it below");
  withFilter(withTransferOptions(withTransferFlags(command))).action(
    (source: string, destination: string, flags: TransferFlags) =>
      execute("mv", (context) => mv(context, source, destination, flags)),
  );
  command.addHelpText("after", attributesHelp);
  examples(command, [
    ["stowage mv s3://bucket/a s3://bucket/b", "rename an object"],
    ["stowage mv -r ./out s3://bucket/out/", "upload a tree and remove it here"],
    ["stowage mv -r --include '*.log' --dry-run logs/ old/", "what would move"],
  ]);
}

async function mv(context: CommandContext, argument: string, to: string, flags: TransferFlags): Promise<void> {
  if (flags.recursive !== true && (flags.include ?? flags.exclude) !== undefined) {
    throw usageError("--include and --exclude need -r");
  }
  const [source, destination] = [toUri(argument, context.cwd), toUri(to, context.cwd)];
  const given = await context.stores.transferOptions(source, destination, readTransferOptions(flags));
  if (flags.recursive === true) {
    const target = await openTarget(context, argument, given.source);
    if (target.kind === "store") return moveBelow(context, target, destination, given, flags);
  }
  await moveObject(context, source, destination, given, flags);
}

async function moveObject(
  context: CommandContext,
  source: string,
  destination: string,
  given: GivenSides,
  flags: TransferFlags,
): Promise<void> {
  const start = performance.now();
  const { signal, report } = context;
  const from = await context.stores.openObject(source, given.source);
  const to = await objectDestination(context, destination, nameOf(from.key), given.destination);
  const info = await from.store.stat(from.key, { signal });
  const target = to.store.uriOf(to.key);
  await assertNotItself(from.store.uriOf(from.key), target);
  if (flags.dryRun === true) {
    await context.lines.write(printable(`would move ${from.store.uriOf(from.key)} to ${target}`));
    return;
  }
  const scope = await renameScope(context, source, target, given);
  if (scope === undefined) {
    const moved = await copyObject(context, from, to, {
      attributesOf: attributesFor(parsePolicy(flags.attributes), destination),
      clobber: flags.clobber,
      destinationOptions: given.destination,
    });
    if (moved.objects > 0) {
      // What has changed since it was copied is not removed, where the store can tell.
      const ifMatch = from.store.capabilities.deleteIf === "unsupported" ? undefined : info.etag;
      await from.store.delete(from.key, { signal, ifMatch });
    }
    report.summary(formatOutcome("moved", moved, performance.now() - start));
    return;
  }
  await makeLocalContainer(context, to.store, given.destination);
  try {
    await scope.store.rename(scope.from, scope.to, { signal, ifNoneMatch: flags.clobber ? undefined : "*" });
  } catch (error) {
    if (flags.clobber || !isStoreError(error) || error.code !== "AlreadyExists") throw error;
    report.summary(formatOutcome("moved", { ...nothingMoved, existing: 1 }, performance.now() - start));
    return;
  }
  const moved = { ...nothingMoved, objects: 1, bytes: info.size };
  report.summary(formatOutcome("moved", moved, performance.now() - start));
}

async function moveBelow(
  context: CommandContext,
  source: Extract<Target, { kind: "store" }>,
  destination: string,
  given: GivenSides,
  flags: TransferFlags,
): Promise<void> {
  const start = performance.now();
  const from = source.store;
  const to = await context.stores.openStore(asDirectory(destination), given.destination);
  await assertNotWholeFileSystem(from.uri);
  await assertNotLink(source.uri);
  await assertApart(from, to, sameOptions(given), context.signal);
  await assertNotEmpty(context, source);
  const filter = parseFilter(flags);
  if (flags.dryRun === true) {
    const would = await listTransfer(context, "move", from, to, filter, flags.clobber);
    context.report.summary(`would move ${formatAmount(would.objects, would.bytes)}`);
    return;
  }
  const policy = parsePolicy(flags.attributes);
  const attributesOf = policy === "keep" ? undefined : attributesFor(policy, destination);
  const move = { from, to, filter, attributesOf, clobber: flags.clobber, concurrency: flags.concurrency };
  await makeLocalContainer(context, to, given.destination);
  const scope = await renameScope(context, asDirectory(source.uri), asDirectory(destination), given);
  const outcome = scope === undefined ? await copyTreeAndRemove(context, move) : await renameTree(context, scope, move);
  if (filter === undefined && outcome.existing + outcome.failed === 0) await removeEmptyDirectories(source.uri);
  context.report.summary(formatOutcome("moved", outcome, performance.now() - start));
}
