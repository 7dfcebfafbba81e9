import { counted, formatDuration, formatRate, rateOf } from "../output/format.js";

/** What one transfer did. */
export interface TransferOutcome {
  readonly objects: number;
  readonly bytes: number;
  /** Left alone because they exist (`--no-clobber`). */
  readonly existing: number;
  readonly failed: number;
  readonly emptyDirectories: number;
}

export const nothingMoved: TransferOutcome = { objects: 0, bytes: 0, existing: 0, failed: 0, emptyDirectories: 0 };

export function sumOf(a: TransferOutcome, b: TransferOutcome): TransferOutcome {
  return {
    objects: a.objects + b.objects,
    bytes: a.bytes + b.bytes,
    existing: a.existing + b.existing,
    failed: a.failed + b.failed,
    emptyDirectories: a.emptyDirectories + b.emptyDirectories,
  };
}

/** `copied 12 objects, 3456 bytes in 0.1 s (34.6 kB/s)`, and what else there is to say of it. */
export function formatOutcome(verb: string, outcome: TransferOutcome, milliseconds: number): string {
  const { objects, bytes, existing, failed, emptyDirectories } = outcome;
  const rest = [
    [existing, `${existing} left alone (${existing === 1 ? "it exists" : "they exist"})`],
    [failed, `${failed} failed`],
    [emptyDirectories, `${counted(emptyDirectories, "empty directory", "empty directories")} not copied`],
  ] as const;
  const tail = rest.filter(([count]) => count > 0).map(([, what]) => `, ${what}`);
  const rate = formatRate(rateOf(bytes, milliseconds));
  return `${verb} ${formatAmount(objects, bytes)} in ${formatDuration(milliseconds)} (${rate})${tail.join("")}`;
}

/** `1 object, 3456 bytes`. */
export function formatAmount(objects: number, bytes: number): string {
  return `${counted(objects, "object")}, ${counted(bytes, "byte")}`;
}
