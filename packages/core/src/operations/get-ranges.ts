import { RANGE_COALESCE_GAP_DEFAULT, RANGE_COALESCE_MAX } from "../constants/transfer.js";
import type { ByteRange, Bytes, DriverInfo, ReadConditions, ServedRange } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { checkOptions, describe } from "../store/call-arguments.js";
import { checkKey, requireFeature } from "../store/context.js";
import type { StoreContext } from "../store/context.js";
import { positive } from "../store/defaults.js";
import type { GetRangesOptions } from "../store/options.js";
import type { GetRangesResult } from "../store/results.js";
import { runLanes } from "../transfer/lanes.js";
import { partSpans } from "../transfer/parts.js";
import { attempt } from "./attempt.js";
import { readCall, readConditions, versionOf } from "./conditions.js";
import { canPin, checkSameVersion, readPart } from "./large-read.js";
import { toObjectInfo } from "./object-info.js";
import { checkRange, isEmptyRange, resolveRange } from "./range.js";
import { inScope } from "./scope.js";
import type { Scope } from "./scope.js";
import { keyName, statWith } from "./stat.js";

/**
 * Reads several ranges of one version of one object. Ranges that lie close together travel as one; results come in the order
 * asked. A run of more than `rangeThreshold` bytes is read in parallel parts of `partSize`. One bad range fails the whole call.
 */
export async function getRanges(
  context: StoreContext,
  key: string,
  ranges: readonly ByteRange[],
  given: GetRangesOptions | undefined,
): Promise<GetRangesResult> {
  return inScope(context, "getRanges", keyName(key), given ?? {}, false, async (scope) => {
    const options = checkOptions("getRanges", given);
    checkKey(context, key);
    requireFeature(context, "getRanges", "reading several ranges");
    if (!Array.isArray(ranges)) {
      throw new StoreError({ code: "InvalidArgument", message: `ranges is an array, not ${describe(ranges)}` });
    }
    const asked = ranges.map((range) => checkRange(range ?? null));
    const gap = coalesceGap(options.coalesceGap);
    const concurrency = positive("concurrency", options.concurrency, context.transfer.concurrency);
    const conditions = readConditions(context, options);
    const versionId = versionOf(context, options.versionId);

    // The size clamps every range and judges it; the etag pins all reads to one version.
    const info = await statWith(scope, key, conditions, versionId);
    const wanted = asked.map((range) => resolveRange(range, info.size));
    const pin = canPin(context.capabilities) ? { ifMatch: info.etag } : undefined;
    const read = wanted.filter((range, index) => range.length > 0 && !isEmptyRange(asked[index]));
    const release = await context.budget?.acquire(
      read.reduce((sum, range) => sum + range.length, 0),
      scope.signal,
    );
    try {
      const bytes = await readAll(scope, key, wanted, { gap, concurrency, pin, versionId, info });
      scope.tally.bytes += bytes.reduce((sum, piece) => sum + piece.byteLength, 0);
      return { ranges: bytes, info: toObjectInfo(key, info) };
    } finally {
      release?.();
    }
  });
}

interface RangesRead {
  readonly gap: number;
  readonly concurrency: number;
  readonly pin: ReadConditions | undefined;
  readonly versionId: string | undefined;
  readonly info: DriverInfo;
}

async function readAll(scope: Scope, key: string, wanted: readonly ServedRange[], read: RangesRead): Promise<Bytes[]> {
  const { driver } = scope.context;
  const results: Bytes[] = wanted.map(() => new Uint8Array(0));
  const filled = wanted.map((range, index) => ({ ...range, index })).filter((range) => range.length > 0);
  if (filled.length === 0) return results;
  if (driver.readRanges !== undefined && scope.context.capabilities.getRanges === "native") {
    const { readRanges } = driver;
    const answer = await attempt(
      scope,
      (call) => readRanges.call(driver, key, filled, readCall(call, read.pin, read.versionId)),
      { key },
    );
    checkSameVersion(answer.info, read.info);
    for (const [position, range] of filled.entries()) {
      const bytes = answer.bytes[position];
      if (bytes?.byteLength !== range.length) {
        throw new StoreError({
          code: "IntegrityMismatch",
          message: `range ${range.index} came back with ${bytes?.byteLength ?? 0} of ${range.length} bytes`,
        });
      }
      results[range.index] = bytes;
    }
    return results;
  }
  const pieces = piecesOf(coalesce(filled, read.gap), scope.context, read);
  await runLanes(pieces, read.concurrency, scope.signal, async ({ run, start, end }, signal) => {
    run.target ??= new Uint8Array(run.end - run.start);
    const target = run.target.subarray(start - run.start, end - run.start);
    const info = await readPart({ ...scope, signal }, key, start, target, read.pin, read.versionId);
    checkSameVersion(info, read.info);
    run.missing -= end - start;
    if (run.missing === 0) handOut(run, run.target, results);
  });
  return results;
}

/** Cuts every result out of the bytes of its run; a range that is all of its run gets them as they are. */
function handOut({ start, members }: Run, bytes: Bytes, results: Bytes[]): void {
  for (const { index, offset, length } of members) {
    const only = members.length === 1 && length === bytes.byteLength;
    results[index] = only ? bytes : bytes.slice(offset - start, offset - start + length);
  }
}

interface Piece {
  readonly run: Run;
  readonly start: number;
  readonly end: number;
}

/** What is read by one request: a whole run, or a part of one that is as large as reads that go in parallel parts. */
function* piecesOf(
  runs: readonly Run[],
  { transfer }: StoreContext,
  { pin, info }: Pick<RangesRead, "pin" | "info">,
): Generator<Piece> {
  const canSplit = pin !== undefined && info.etag !== "";
  for (const run of runs) {
    const { start, end } = run;
    if (!canSplit || end - start <= transfer.rangeThreshold) yield { run, start, end };
    else for (const span of partSpans(start, end, transfer.partSize)) yield { run, start: span.start, end: span.end };
  }
}

interface Member extends ServedRange {
  readonly index: number;
}

interface Run {
  readonly start: number;
  end: number;
  readonly members: Member[];
  /** Its bytes, once the first of them is asked for, and how many are still to come. */
  target: Bytes | undefined;
  missing: number;
}

/** Ranges that are closer than `gap` joined into runs of bounded length. */
function coalesce(ranges: readonly Member[], gap: number): Run[] {
  const runs: Run[] = [];
  for (const range of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const last = runs.at(-1);
    const end = range.offset + range.length;
    if (
      last !== undefined &&
      range.offset <= last.end + gap &&
      Math.max(end, last.end) - last.start <= RANGE_COALESCE_MAX
    ) {
      last.end = Math.max(last.end, end);
      last.members.push(range);
    } else {
      runs.push({ start: range.offset, end, members: [range], target: undefined, missing: 0 });
    }
  }
  for (const run of runs) run.missing = run.end - run.start;
  return runs;
}

function coalesceGap(value: number | undefined): number {
  if (value === 0) return 0;
  return positive("coalesceGap", value, RANGE_COALESCE_GAP_DEFAULT);
}
