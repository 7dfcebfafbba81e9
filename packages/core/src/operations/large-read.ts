import type { DriverInfo, ReadConditions, ServedRange } from "../driver/types.js";
import type { Capabilities } from "../driver/capabilities.js";
import { StoreError } from "../errors/index.js";
import { runLanes } from "../transfer/lanes.js";
import { partSpans } from "../transfer/parts.js";
import { attempt } from "./attempt.js";
import { readCall } from "./conditions.js";
import { fillFromStream } from "./read-stream.js";
import type { Scope } from "./scope.js";

export interface LargeRead {
  readonly key: string;
  readonly versionId: string | undefined;
  /** The first answer: its etag pins every further one. */
  readonly info: DriverInfo;
  /** Which bytes of the object `target` stands for. */
  readonly range: ServedRange;
  /** Bytes of `target` that are there already. */
  readonly done: number;
  readonly partSize: number;
  readonly concurrency: number;
  readonly onBytes: (bytes: number) => void;
}

/** Can further reads be bound to the version of the first? */
export function canPin(capabilities: Capabilities): boolean {
  return capabilities.conditionalRead !== "unsupported";
}

/**
 * Fills the rest of `target` by parallel ranges, straight into it. Every range is pinned to the first answer's etag: a source
 * that changes underneath is `PreconditionFailed`, never a splice.
 */
export async function readRest(scope: Scope, target: Uint8Array, read: LargeRead): Promise<void> {
  const { range, info } = read;
  if (!canPin(scope.context.capabilities) || info.etag === "") {
    throw new StoreError({
      code: "Unsupported",
      message: "this store cannot pin a split read to one version of the object; raise rangeThreshold to read it whole",
      capability: "conditionalRead",
    });
  }
  const spans = partSpans(range.offset + read.done, range.offset + range.length, read.partSize);
  await runLanes(spans, read.concurrency, scope.signal, async (span, signal) => {
    const part = target.subarray(span.start - range.offset, span.end - range.offset);
    const answer = await readPart(
      { ...scope, signal },
      read.key,
      span.start,
      part,
      { ifMatch: info.etag },
      read.versionId,
    );
    checkSameVersion(answer, info);
    read.onBytes(part.byteLength);
  });
}

/** Fills all of `target` from `offset` on, or throws. */
export async function readPart(
  scope: Scope,
  key: string,
  offset: number,
  target: Uint8Array,
  conditions: ReadConditions | undefined,
  versionId: string | undefined,
): Promise<DriverInfo> {
  const { driver } = scope.context;
  return attempt(
    scope,
    async (call) => {
      const driverCall = readCall(call, conditions, versionId);
      if (driver.readInto !== undefined) {
        const { info, bytesRead } = await driver.readInto(key, offset, target, driverCall);
        if (bytesRead !== target.byteLength) throw shortRead(bytesRead, target.byteLength);
        return info;
      }
      const read = await driver.read(key, { offset, length: target.byteLength }, driverCall);
      const bytesRead = await fillFromStream(read, { offset, length: target.byteLength }, target);
      if (bytesRead !== target.byteLength) throw shortRead(bytesRead, target.byteLength);
      return read.info;
    },
    { key },
  );
}

/** A service that ignores conditions must not make a splice of two versions. */
export function checkSameVersion(info: DriverInfo, first: DriverInfo): void {
  if (info.etag === first.etag) return;
  throw new StoreError({ code: "PreconditionFailed", message: "the object changed while it was read" });
}

export function shortRead(got: number, wanted: number): StoreError {
  return new StoreError({
    code: "Unavailable",
    message: `the answer ended after ${got} of ${wanted} bytes`,
  });
}
