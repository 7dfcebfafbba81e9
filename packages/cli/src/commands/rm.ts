import { DELETE_BATCH_DEFAULT, isStoreError } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import type { Command } from "commander";
import { parseFilter } from "../arguments/filter.js";
import type { FilterFlags, KeyFilter } from "../arguments/filter.js";
import { localPathOf, toUri } from "../arguments/location.js";
import { readOptions } from "../arguments/store-options.js";
import type { GivenOption, OptionFlags } from "../arguments/store-options.js";
import { usageError } from "../arguments/usage.js";
import type { CommandContext, Execute } from "../context.js";
import { counted, formatDuration, printable } from "../output/format.js";
import { assertSomethingThere, openTarget } from "../stores/open-target.js";
import { isLink } from "../stores/source.js";
import { removeEmptyDirectories } from "../transfer/empty-directories.js";
import { assertNotLink, assertNotWholeFileSystem } from "../transfer/overlap.js";
import { confirmed } from "./confirm.js";
import { examples, withFilter, withStoreOptions } from "./flags.js";

interface RmFlags extends OptionFlags, FilterFlags {
  readonly recursive?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export function addRm(program: Command, execute: Execute): void {
  const command = program
    .command("rm")
    .summary("remove objects")
    .description(
      "Remove objects, or with -r everything below a container, prefix or directory. A bucket itself stays; a local directory goes with what was in it.",
    )
    .argument("<uri...>", "objects, or with -r what they are below")
    .option("-r, --recursive", "everything below; asks first")
    .option("-y, --yes", "do not ask")
    .option("-f, --force", "an object that is not there is no failure")
    .option("--dry-run", "name what would be removed, remove nothing");
  withStoreOptions(withFilter(command)).action((uris: string[], flags: RmFlags) =>
    execute("rm", (context) => rm(context, uris, flags)),
  );
  examples(command, [
    ["stowage rm s3://bucket/old.bin", "one object"],
    ["stowage rm -r --include '*.tmp' --yes s3://bucket/work/", "by pattern, without asking"],
    ["stowage rm -r --dry-run ./out", "what would go"],
  ]);
}

/** What has been removed, or would be. */
interface Removal {
  removed: number;
  failed: number;
}

async function rm(context: CommandContext, uris: readonly string[], flags: RmFlags): Promise<void> {
  const given = readOptions(flags);
  const filter = parseFilter(flags);
  if (filter !== undefined && flags.recursive !== true) throw usageError("--include and --exclude need -r");
  const start = performance.now();
  const total: Removal = { removed: 0, failed: 0 };
  for (const argument of uris) {
    try {
      if (flags.recursive === true) await removeBelow(context, argument, given, filter, flags, total);
      else await removeObject(context, argument, given, flags, total);
    } catch (error) {
      if (context.signal.aborted || uris.length === 1) throw error;
      context.report.objectFailure(error, argument);
    }
  }
  await context.lines.flush();
  const failed = total.failed > 0 ? `, ${total.failed} failed` : "";
  const verb = flags.dryRun === true ? "would remove" : "removed";
  const took = formatDuration(performance.now() - start);
  context.report.summary(`${verb} ${counted(total.removed, "object")} in ${took}${failed}`);
}

async function removeObject(
  context: CommandContext,
  argument: string,
  given: readonly GivenOption[],
  flags: RmFlags,
  total: Removal,
): Promise<void> {
  const uri = toUri(argument, context.cwd);
  if (uri.endsWith("/")) throw usageError(`${argument} is no object: stowage rm -r removes everything below it`);
  const { store, key } = await context.stores.openObject(uri, given);
  const { signal } = context;
  if (!(await isThere(context, store, key, flags.force === true))) return;
  if (flags.dryRun === true) await context.lines.write(printable(store.uriOf(key)));
  else await store.delete(key, { signal });
  total.removed++;
}

/**
 * Services answer the removal of a missing object with success; a person who mistyped should know: an error, or with `force`
 * `false`. A symbolic link is there, wherever it leads: it is the link that is removed.
 */
async function isThere(context: CommandContext, store: ObjectStore, key: string, force: boolean): Promise<boolean> {
  const path = localPathOf(store.uriOf(key));
  if (path !== undefined && (await isLink(path))) return true;
  try {
    await store.stat(key, { signal: context.signal });
    return true;
  } catch (error) {
    if (force && isStoreError(error) && error.code === "NotFound") return false;
    // Whoever may remove need not be allowed to look.
    if (force && isStoreError(error) && error.code === "PermissionDenied") return true;
    throw error;
  }
}

async function removeBelow(
  context: CommandContext,
  argument: string,
  given: readonly GivenOption[],
  filter: KeyFilter | undefined,
  flags: RmFlags,
  total: Removal,
): Promise<void> {
  const target = await openTarget(context, argument, given);
  if (target.kind === "object") {
    if (filter === undefined || filter(target.name)) await removeObject(context, argument, given, flags, total);
    return;
  }
  const { store } = target;
  await assertNotWholeFileSystem(store.uri);
  await assertNotLink(target.uri);
  if (flags.dryRun !== true && flags.yes !== true && !(await confirmed(context, question(store, filter)))) {
    context.report.problem(`left ${store.uri} as it is`);
    return;
  }
  const seen =
    filter === undefined && flags.dryRun !== true
      ? await removeAll(context, store, total)
      : await removeMatching(context, store, filter, flags, total);
  if (flags.force !== true) assertSomethingThere(target, seen);
  if (flags.dryRun === true || filter !== undefined || total.failed > 0) return;
  if (await removeEmptyDirectories(target.uri)) return;
  context.report.problem(`${store.uri}: what is left there is no object (a FIFO, a socket, another's directory)`);
}

function question(store: ObjectStore, filter: KeyFilter | undefined): string {
  return `Remove ${filter === undefined ? "everything" : "all that matches"} below ${printable(store.uri)}?`;
}

async function removeAll(context: CommandContext, store: ObjectStore, total: Removal): Promise<number> {
  const progress = context.report.startProgress("removing");
  const before = total.removed;
  const { deleted, failed } = await store.deletePrefix("", {
    all: true,
    signal: context.signal,
    onProgress: ({ objects }) => progress?.update({ objects: before + objects, bytes: 0 }),
  });
  total.removed += deleted;
  for (const { key, error } of failed) fail(context, store, key, error, total);
  return deleted + failed.length;
}

/** In batches as they are listed: memory stays bounded. Gives the number of objects seen, matching or not. */
async function removeMatching(
  context: CommandContext,
  store: ObjectStore,
  filter: KeyFilter | undefined,
  flags: RmFlags,
  total: Removal,
): Promise<number> {
  let batch: string[] = [];
  let seen = 0;
  for await (const entry of store.list({ signal: context.signal })) {
    seen++;
    if (entry.kind !== "object" || (filter !== undefined && !filter(entry.key))) continue;
    if (flags.dryRun === true) {
      await context.lines.write(printable(store.uriOf(entry.key)));
      total.removed++;
      continue;
    }
    batch.push(entry.key);
    if (batch.length < DELETE_BATCH_DEFAULT) continue;
    await removeBatch(context, store, batch, total);
    batch = [];
  }
  if (batch.length > 0) await removeBatch(context, store, batch, total);
  return seen;
}

async function removeBatch(
  context: CommandContext,
  store: ObjectStore,
  batch: readonly string[],
  total: Removal,
): Promise<void> {
  for (const outcome of await store.deleteMany(batch, { signal: context.signal })) {
    if (outcome.ok) total.removed++;
    else fail(context, store, outcome.key, outcome.error, total);
  }
}

function fail(context: CommandContext, store: ObjectStore, key: string, error: unknown, total: Removal): void {
  total.failed++;
  context.report.objectFailure(error, store.uriOf(key));
}
