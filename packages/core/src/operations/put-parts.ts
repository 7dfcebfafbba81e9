import { memoryBody } from "../body/normalize-body.js";
import type { SourceBody } from "../body/normalize-body.js";
import { PART_GROWTH_INTERVAL } from "../constants/transfer.js";
import { MIB } from "../constants/bytes.js";
import type { DriverPart, DriverWritten } from "../driver/types.js";
import type { MultipartDriver } from "../driver/driver.js";
import { notCommitted, StoreError } from "../errors/index.js";
import type { StoreContext } from "../store/context.js";
import { runLanes } from "../transfer/lanes.js";
import { partSpans } from "../transfer/parts.js";
import { attempt } from "./attempt.js";
import { completeUpload } from "./complete-upload.js";
import type { PutPlan } from "./put.js";
import type { Scope } from "./scope.js";
import { abortUnfinished, startUpload } from "./unfinished-upload.js";

/** One part on its way. */
export interface FilledPart {
  readonly number: number;
  /** Brings the bytes when a lane is free, so that no more than `concurrency` parts are held. */
  read(signal: AbortSignal): Promise<Uint8Array>;
  readonly size: number;
  /** Gives back the part's share of the budget, where its bytes are in memory already and were counted then. */
  readonly release?: (() => void) | undefined;
}

/** A body of known size in parts, in parallel, made visible by one complete; a failure aborts the upload, so nothing is left. */
export async function putInParts(scope: Scope, body: SourceBody, plan: PutPlan): Promise<DriverWritten> {
  const partSize = partSizeFor(scope.context, plan.partSize, body.size);
  const { slice, size } = body;
  const parts =
    slice !== undefined && size !== undefined
      ? slicedParts(slice, size, partSize)
      : streamedParts(
          scope,
          { chunks: body.chunks()[Symbol.asyncIterator](), left: undefined, number: 1 },
          partSize,
          false,
        );
  return uploadParts(scope, parts, partSize, plan);
}

/** A body of unknown size of which the head is in memory, counted in the budget by `release`. */
export async function putHeadInParts(
  scope: Scope,
  head: Head,
  plan: PutPlan,
  release: (() => void) | undefined,
): Promise<DriverWritten> {
  const partSize = partSizeFor(scope.context, plan.partSize, undefined);
  async function* parts(): AsyncGenerator<FilledPart> {
    const spans = [...partSpans(0, head.bytes.byteLength, partSize)];
    let open = spans.length;
    for (const { number, start, end } of spans) {
      const bytes = head.bytes.subarray(start, end);
      const done = (): void => {
        open -= 1;
        if (open === 0) release?.();
      };
      yield { number, size: bytes.byteLength, read: () => Promise.resolve(bytes), release: done };
    }
    if (head.ended) return;
    const grows = scope.context.capabilities.multipartBehaviour.unequalParts;
    yield* streamedParts(scope, { ...head, number: spans.length + 1 }, partSize, grows);
  }
  return uploadParts(scope, parts(), partSize, plan);
}

/** Sends `parts` as one multipart upload to `plan.key`. */
export async function uploadParts(
  scope: Scope,
  parts: Iterable<FilledPart> | AsyncIterable<FilledPart>,
  partSize: number,
  plan: PutPlan,
): Promise<DriverWritten> {
  const multipart = requireMultipart(scope.context);
  const { key, attributes, conditions } = plan;
  // Nothing is visible before complete, whatever becomes of a part.
  const before: Scope = { ...scope, write: "before" };
  const upload = await startUpload(before, multipart, key, { attributes, partSize });
  const done: DriverPart[] = [];
  let completing = false;
  try {
    await runLanes(parts, plan.concurrency, scope.signal, async (part, signal) => {
      const release = part.release ?? (await scope.context.budget?.acquire(part.size, signal));
      try {
        const bytes = await part.read(signal);
        const body = memoryBody(bytes);
        const lane: Scope = { ...before, signal };
        done.push(await attempt(lane, (call) => multipart.uploadPart(upload, part.number, body, call), { key }));
        plan.meter.add(bytes.byteLength);
      } finally {
        release?.();
      }
    });
    const ordered = done.sort((a, b) => a.partNumber - b.partNumber);
    completing = true;
    return await completeUpload(scope, multipart, upload, ordered, conditions);
  } catch (error) {
    await abortUnfinished(scope, multipart, upload);
    throw completing ? error : notCommitted(error);
  }
}

export function requireMultipart(context: StoreContext): MultipartDriver {
  const { multipart } = context.driver;
  if (multipart !== undefined && context.capabilities.multipart !== "unsupported") return multipart;
  throw new StoreError({
    code: "Unsupported",
    message: `${context.scheme}:// does not support multipart uploads here (capability multipart)`,
    capability: "multipart",
  });
}

/** The wanted part size, raised to what the service takes and to where its part limit is enough for `size`. */
export function partSizeFor(context: StoreContext, wanted: number, size: number | undefined): number {
  const {
    partBytesMin = 1,
    partBytesMax = Number.MAX_SAFE_INTEGER,
    parts = Number.MAX_SAFE_INTEGER,
  } = context.capabilities.limits;
  const needed = size === undefined ? 0 : Math.ceil(size / parts);
  const rounded = needed > wanted ? Math.ceil(needed / MIB) * MIB : wanted;
  return Math.min(partBytesMax, Math.max(partBytesMin, rounded));
}

function* slicedParts(slice: NonNullable<SourceBody["slice"]>, size: number, partSize: number): Generator<FilledPart> {
  for (const span of partSpans(0, size, partSize)) {
    yield { number: span.number, size: span.end - span.start, read: () => slice(span.start, span.end) };
  }
}

/** At least `bytes`, in whole parts: what a body's head is gathered to before it goes in parts. */
export function wholeParts(context: StoreContext, { partSize }: Pick<PutPlan, "partSize">, bytes: number): number {
  const size = partSizeFor(context, partSize, undefined);
  return Math.ceil(bytes / size) * size;
}

interface StreamPosition {
  readonly chunks: AsyncIterator<Uint8Array>;
  /** Bytes of the last chunk that belong to the next part. */
  readonly left: Uint8Array | undefined;
  /** Of the next part. */
  readonly number: number;
}

/** Parts gathered from a stream in order, each counted in the budget before it is read; they may grow by themselves. */
async function* streamedParts(
  scope: Scope,
  position: StreamPosition,
  partSize: number,
  grows: boolean,
): AsyncGenerator<FilledPart> {
  const { budget, capabilities } = scope.context;
  const { partBytesMax = Number.MAX_SAFE_INTEGER, parts: most = Number.MAX_SAFE_INTEGER } = capabilities.limits;
  const { chunks } = position;
  let { left } = position;
  let size = partSize;
  let release: (() => void) | undefined;
  try {
    for (let { number } = position; ; number++) {
      if (grows && (number - 1) % PART_GROWTH_INTERVAL === 0 && number > 1) size = Math.min(size * 2, partBytesMax);
      release = await budget?.acquire(size, scope.signal);
      const gathered = await gather(chunks, size, left, scope.signal);
      ({ left } = gathered);
      const { bytes } = gathered;
      if (bytes.byteLength > 0) {
        if (number > most) throw tooManyParts(most, size);
        yield { number, size: bytes.byteLength, read: () => Promise.resolve(bytes), release };
        // Asked for the next one: this one is its lane's.
        release = undefined;
      }
      if (gathered.ended) return;
    }
  } finally {
    release?.();
    await chunks.return?.();
  }
}

function tooManyParts(most: number, partSize: number): StoreError {
  return new StoreError({
    code: "InvalidArgument",
    message: `the body needs more than the ${most} parts of ${partSize} bytes that this store takes; give a larger partSize`,
  });
}

interface Gathered {
  readonly bytes: Uint8Array;
  /** Bytes of the last chunk beyond `size`. */
  readonly left: Uint8Array | undefined;
  readonly ended: boolean;
}

/** Up to `size` bytes of `chunks`, copied together. */
async function gather(
  chunks: AsyncIterator<Uint8Array>,
  size: number,
  first: Uint8Array | undefined,
  signal: AbortSignal | undefined,
): Promise<Gathered> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  let next = first;
  while (total < size) {
    if (signal?.aborted === true) throw signal.reason;
    if (next === undefined) {
      const step = await chunks.next();
      if (step.done === true) return { bytes: joined(pieces, total), left: undefined, ended: true };
      next = step.value;
    }
    const taken = next.subarray(0, size - total);
    // A consumer's chunk may be reused by its producer after the next step.
    pieces.push(new Uint8Array(taken));
    total += taken.byteLength;
    next = taken.byteLength < next.byteLength ? next.subarray(taken.byteLength) : undefined;
  }
  return { bytes: joined(pieces, total), left: next, ended: false };
}

function joined(pieces: readonly Uint8Array[], total: number): Uint8Array {
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, total);
}

/** The beginning of a body. */
export interface Head extends Gathered {
  readonly chunks: AsyncIterator<Uint8Array>;
}

/** Reads up to `limit` bytes to see whether the body ends there. */
export async function collectUpTo(body: SourceBody, limit: number, signal: AbortSignal | undefined): Promise<Head> {
  const chunks = body.chunks()[Symbol.asyncIterator]();
  try {
    return { ...(await gather(chunks, limit, undefined, signal)), chunks };
  } catch (error) {
    await chunks.return?.();
    throw error;
  }
}
