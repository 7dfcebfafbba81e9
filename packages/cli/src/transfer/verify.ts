import { BULK_CONCURRENCY_DEFAULT, runLanes } from "@stowage/core";
import type { ObjectEntry, ObjectStore, StoreError } from "@stowage/core";
import type { KeyFilter } from "../arguments/filter.js";
import type { CommandContext } from "../context.js";
import { describeError } from "../output/errors.js";
import { counted } from "../output/format.js";
import { untilFailure } from "./until-failure.js";
import { firstDifference } from "./compare.js";
import type { Side } from "./compare.js";

export interface Verification {
  readonly files: number;
  readonly bytes: number;
  readonly differences: number;
}

/** One object and its copy. */
export interface Pair {
  readonly from: Side;
  readonly to: Side;
  readonly size: number;
}

/** The pairs of everything below one store and the same keys below another, lazily. */
export async function* pairsOf(
  from: ObjectStore,
  to: ObjectStore,
  filter: KeyFilter | undefined,
  signal: AbortSignal,
): AsyncGenerator<Pair> {
  for await (const entry of from.list({ signal })) {
    if (entry.kind !== "object" || (filter !== undefined && !filter(entry.key))) continue;
    yield pairOf(entry, from, to);
  }
}

function pairOf({ key, size }: ObjectEntry, from: ObjectStore, to: ObjectStore): Pair {
  return { from: { store: from, key }, to: { store: to, key }, size };
}

/**
 * Reads both sides of every pair and compares all bytes. Each difference, a missing or unreadable object among them, is named on
 * stderr and counted; the rest goes on. So is what could not be listed, which is no difference but a failure.
 */
export async function verifyPairs(
  context: CommandContext,
  pairs: Iterable<Pair> | AsyncIterable<Pair>,
  concurrency: number | undefined,
): Promise<Verification> {
  const total = { files: 0, bytes: 0, differences: 0 };
  const progress = context.report.startProgress("verifying");
  let failure: StoreError | undefined;
  const onFailure = (error: StoreError): void => void (failure = error);
  const listed = untilFailure(pairs, context.signal, onFailure);
  await runLanes(listed, concurrency ?? BULK_CONCURRENCY_DEFAULT, context.signal, async (pair, signal) => {
    const difference = await describeDifference(pair, signal);
    if (difference !== undefined) {
      total.differences++;
      context.report.problem(difference);
    }
    total.files++;
    total.bytes += pair.size;
    progress?.update({ objects: total.files, bytes: total.bytes });
  });
  context.report.stopProgress();
  if (failure !== undefined && total.files === 0) throw failure;
  if (failure !== undefined) context.report.objectFailure(failure, failure.uri ?? "the source");
  return total;
}

async function describeDifference(pair: Pair, signal: AbortSignal): Promise<string | undefined> {
  const { from, to, size } = pair;
  const uri = to.store.uriOf(to.key);
  try {
    const offset = await firstDifference(from, to, size, signal);
    return offset === undefined ? undefined : `${uri}: differs from ${from.store.uriOf(from.key)} at byte ${offset}`;
  } catch (error) {
    if (signal.aborted) throw error;
    return `not the same: ${describeError(error)}`;
  }
}

/** `verified 12 files, 3456 bytes, 0 differences`. */
export function formatVerification({ files, bytes, differences }: Verification): string {
  return `verified ${counted(files, "file")}, ${counted(bytes, "byte")}, ${counted(differences, "difference")}`;
}
