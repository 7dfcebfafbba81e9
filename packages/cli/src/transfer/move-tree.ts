import { BULK_CONCURRENCY_DEFAULT, DELETE_BATCH_DEFAULT, isStoreError, runLanes } from "@stowage/core";
import type { ObjectEntry } from "@stowage/core";
import type { CommandContext } from "../context.js";
import { copyTree } from "./copy-tree.js";
import type { TreeTransfer } from "./copy-tree.js";
import { expectTotal } from "./count-tree.js";
import type { RenameScope } from "./rename-scope.js";
import { nothingMoved } from "./summary.js";
import type { TransferOutcome } from "./summary.js";

export type TreeMove = Omit<TreeTransfer, "label" | "onCopied">;

/** Renames everything below `from`, one object at a time, atomically each. Failures are named and stay where they are. */
export async function renameTree(
  context: CommandContext,
  scope: RenameScope,
  move: TreeMove,
): Promise<TransferOutcome> {
  const { report, signal } = context;
  const { from, filter } = move;
  const counts = { objects: 0, bytes: 0, existing: 0, failed: 0 };
  const progress = report.startProgress("moving");
  const stopCounting = progress === undefined ? undefined : expectTotal(progress, from, filter, signal);
  const concurrency = move.concurrency ?? BULK_CONCURRENCY_DEFAULT;
  const ifNoneMatch = move.clobber ? undefined : "*";
  try {
    await runLanes(chosen(move, signal), concurrency, signal, async ({ key, size }, lane) => {
      try {
        await scope.store.rename(scope.from + key, scope.to + key, { signal: lane, ifNoneMatch });
        counts.objects++;
        counts.bytes += size;
        progress?.update(counts);
      } catch (error) {
        if (lane.aborted) throw error;
        if (!move.clobber && isStoreError(error) && error.code === "AlreadyExists") {
          counts.existing++;
          return;
        }
        counts.failed++;
        report.objectFailure(error, from.uriOf(key));
      }
    });
  } finally {
    stopCounting?.();
  }
  return { ...nothingMoved, ...counts };
}

async function* chosen({ from, filter }: TreeMove, signal: AbortSignal): AsyncGenerator<ObjectEntry> {
  for await (const entry of from.list({ signal })) if (filter === undefined || filter(entry.key)) yield entry;
}

/**
 * Copies everything below `from` and removes, in batches, what has been copied. A failure or an interruption leaves an object at
 * both places at worst, never at neither.
 */
export async function copyTreeAndRemove(context: CommandContext, move: TreeMove): Promise<TransferOutcome> {
  let failed = 0;
  let copied: string[] = [];
  let removals: Promise<void> = Promise.resolve();
  const removeBatch = (): void => {
    const batch = copied;
    copied = [];
    removals = removals.then(async () => {
      for (const outcome of await move.from.deleteMany(batch, { signal: context.signal })) {
        if (outcome.ok) continue;
        failed++;
        context.report.objectFailure(outcome.error, `${move.from.uriOf(outcome.key)} (copied, not removed)`);
      }
    });
    // Whoever awaits `removals` meets the error; until then it is nobody's.
    removals.catch(() => {});
  };
  const onCopied = (key: string): void => {
    if (copied.push(key) >= DELETE_BATCH_DEFAULT) removeBatch();
  };
  const outcome = await copyTree(context, { ...move, label: "moving", onCopied });
  if (copied.length > 0) removeBatch();
  await removals;
  return { ...outcome, failed: outcome.failed + failed };
}
