import { copyAll, isStoreError } from "@stowage/core";
import type { CopyOutcome, ObjectEntry, ObjectStore } from "@stowage/core";
import type { KeyFilter } from "../arguments/filter.js";
import { localPathOf } from "../arguments/location.js";
import type { CommandContext } from "../context.js";
import type { AttributesOf } from "./attributes-policy.js";
import { expectTotal } from "./count-tree.js";
import { inspectLocalTree } from "./local-tree.js";
import type { TransferOutcome } from "./summary.js";

export interface TreeTransfer {
  readonly from: ObjectStore;
  readonly to: ObjectStore;
  readonly filter: KeyFilter | undefined;
  readonly attributesOf: AttributesOf | undefined;
  /** `false`: what exists at the destination is left alone, and counted. */
  readonly clobber: boolean;
  readonly concurrency: number | undefined;
  /** What the progress line says: `copying`. */
  readonly label: string;
  /** Called as each object has been copied. */
  readonly onCopied?: ((key: string) => void) | undefined;
}

/**
 * Copies everything below one store to the same keys below another. Each failure is named on stderr as it happens and the rest
 * goes on; so is everything on this machine that is no object (see `inspectLocalTree`). Rejects only when the whole cannot go on.
 */
export async function copyTree(context: CommandContext, transfer: TreeTransfer): Promise<TransferOutcome> {
  const { report, signal } = context;
  const { from, to, filter, attributesOf } = transfer;
  const counts = { objects: 0, bytes: 0, existing: 0, failed: 0 };
  const onObject = (outcome: CopyOutcome): void => {
    if (outcome.ok) {
      counts.objects++;
      counts.bytes += outcome.size;
      transfer.onCopied?.(outcome.key);
    } else if (!transfer.clobber && outcome.error.code === "AlreadyExists") {
      counts.existing++;
    } else {
      counts.failed++;
      report.objectFailure(outcome.error, from.uriOf(outcome.key));
    }
  };
  const progress = report.startProgress(transfer.label);
  const stopCounting = progress === undefined ? undefined : expectTotal(progress, from, filter, signal);
  const inspected = inspectSource(context, from, filter);
  try {
    await copyAll(from, to, {
      signal,
      onObject,
      filter: filter === undefined ? undefined : (entry: ObjectEntry) => filter(entry.key),
      attributes: attributesOf === undefined ? undefined : (info) => attributesOf(info, info.key),
      ifNoneMatch: transfer.clobber ? undefined : "*",
      concurrency: transfer.concurrency,
      onProgress: progress === undefined ? undefined : ({ bytes, objects }) => progress.update({ bytes, objects }),
    });
  } catch (error) {
    if (signal.aborted || !isStoreError(error)) throw error;
    // The source could not be listed, or not all of it: what has been copied stays copied and is summed up.
    if (counts.objects === 0) throw error;
    counts.failed++;
    report.objectFailure(error, from.uri);
  } finally {
    stopCounting?.();
  }
  const emptyDirectories = await inspected;
  report.stopProgress();
  return { ...counts, emptyDirectories };
}

async function inspectSource(
  context: CommandContext,
  from: ObjectStore,
  filter: KeyFilter | undefined,
): Promise<number> {
  const path = localPathOf(from.uri);
  if (path === undefined) return 0;
  try {
    return await inspectLocalTree(path.replace(/\/$/, "") || "/", {
      signal: context.signal,
      filter,
      onSpecialFile: (file, kind) => context.report.problem(`${file}: not copied: it is a ${kind}, not a file`),
    });
  } catch {
    // The listing meets the same, and says so.
    return 0;
  }
}
