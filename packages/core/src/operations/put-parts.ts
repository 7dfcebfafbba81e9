import { memoryBody } from "../body/normalize-body.js";
import type { SourceBody } from "../body/normalize-body.js";
import { PART_GROWTH_INTERVAL } from "../constants/transfer.js";
import { MIB } from "../constants/bytes.js";
import type { DriverCall, DriverPart, DriverUpload, DriverWritten } from "../driver/types.js";
import type { MultipartDriver } from "../driver/driver.js";
import { StoreError } from "../errors/index.js";
import type { StoreContext } from "../store/context.js";
import { runLanes } from "../transfer/lanes.js";
import { partSpans } from "../transfer/parts.js";
import { attempt, repeatableUnlessUnknown } from "./attempt.js";
import type { PutPlan } from "./put.js";
import type { Scope } from "./scope.js";

/** One part in memory, on its way. */
export interface FilledPart {
  readonly number: number;
  /** Brings the bytes when a lane is free, so that no more than `concurrency` parts are held. */
  read(signal: AbortSignal): Promise<Uint8Array>;
  readonly size: number;
}

/** A body in parts, in parallel, made visible by one complete; a failure aborts the upload, so nothing is left. */
export async function putInParts(scope: Scope, body: SourceBody, plan: PutPlan): Promise<DriverWritten> {
  const partSize = partSizeFor(scope.context, plan.partSize, body.size);
  const { slice, size } = body;
  const parts =
    slice !== undefined && size !== undefined
      ? slicedParts(slice, size, partSize)
      : streamedParts(scope.context, body, partSize, scope.signal);
  return uploadParts(scope, parts, partSize, plan);
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
  const { id } = await attempt(scope, (call) => multipart.begin(key, { ...call, attributes, partSize }), { key });
  const upload: DriverUpload = { key, id, partSize, attributes };
  const done: DriverPart[] = [];
  try {
    await runLanes(parts, plan.concurrency, scope.signal, async (part, signal) => {
      const release = await scope.context.budget?.acquire(part.size, signal);
      try {
        const bytes = await part.read(signal);
        const body = memoryBody(bytes);
        const lane = { ...scope, signal };
        done.push(await attempt(lane, (call) => multipart.uploadPart(upload, part.number, body, call), { key }));
        plan.meter.add(bytes.byteLength);
      } finally {
        release?.();
      }
    });
    const ordered = done.sort((a, b) => a.partNumber - b.partNumber);
    return await attempt(scope, (call) => multipart.complete(upload, ordered, { ...call, conditions }), {
      key,
      // A complete that may have happened ends the upload: sent again it would fail for that reason alone.
      repeatable: repeatableUnlessUnknown(true),
    });
  } catch (error) {
    await abortQuietly(multipart, upload, scope);
    throw error;
  }
}

/** The abort of a failed upload must run although the call's own signal may have ended; its own failure adds nothing. */
async function abortQuietly(multipart: MultipartDriver, upload: DriverUpload, scope: Scope): Promise<void> {
  const call: DriverCall = { signal: undefined, timeouts: scope.driverTimeouts, native: undefined };
  try {
    await multipart.abort(upload, call);
  } catch {
    // Left for the service's own expiry; listUploads shows it.
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

/** Parts gathered from a stream in order; they grow by themselves where the service allows it and the size is unknown. */
async function* streamedParts(
  context: StoreContext,
  body: SourceBody,
  partSize: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<FilledPart> {
  const grows = body.size === undefined && context.capabilities.multipartBehaviour.unequalParts;
  const chunks = body.chunks()[Symbol.asyncIterator]();
  let left: Uint8Array | undefined;
  let size = partSize;
  try {
    for (let number = 1; ; number++) {
      const gathered = await gather(chunks, size, left, signal);
      left = gathered.left;
      if (gathered.bytes.byteLength > 0) {
        const { bytes } = gathered;
        yield { number, size: bytes.byteLength, read: () => Promise.resolve(bytes) };
      }
      if (gathered.ended) return;
      if (grows && number % PART_GROWTH_INTERVAL === 0) {
        size = Math.min(size * 2, context.capabilities.limits.partBytesMax ?? size * 2);
      }
    }
  } finally {
    await chunks.return?.();
  }
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
    pieces.push(Uint8Array.from(taken));
    total += taken.byteLength;
    next = taken.byteLength < next.byteLength ? next.subarray(taken.byteLength) : undefined;
  }
  return { bytes: joined(pieces, total), left: next, ended: false };
}

function joined(pieces: readonly Uint8Array[], total: number): Uint8Array {
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, total);
}

export interface Head {
  readonly bytes: Uint8Array;
  readonly ended: boolean;
  /** The whole body again: the head, then what follows. */
  readonly rest: SourceBody;
}

/** Reads up to `limit` bytes to see whether the body ends there. */
export async function collectUpTo(body: SourceBody, limit: number, signal: AbortSignal | undefined): Promise<Head> {
  const chunks = body.chunks()[Symbol.asyncIterator]();
  try {
    const { bytes, left, ended } = await gather(chunks, limit, undefined, signal);
    if (ended) return { bytes, ended: true, rest: memoryBody(bytes) };
    const rest: SourceBody = {
      ...body,
      bytes: undefined,
      slice: undefined,
      replayable: false,
      async *chunks() {
        try {
          yield bytes;
          if (left !== undefined) yield left;
          for (let step = await chunks.next(); step.done !== true; step = await chunks.next()) yield step.value;
        } finally {
          await chunks.return?.();
        }
      },
    };
    return { bytes, ended: false, rest };
  } catch (error) {
    await chunks.return?.();
    throw error;
  }
}
