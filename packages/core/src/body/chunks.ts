import { isStoreError, messageOf, StoreError } from "../errors/index.js";
import { extendError } from "../errors/store-error.js";
import { describe } from "../store/call-arguments.js";
import { iteratorOf } from "./iterables.js";

/**
 * One chunk of a body as bytes, without copying; throws `InvalidArgument` for anything but bytes and strings, and for bytes whose
 * memory was transferred away: they look empty, and would be stored as nothing.
 */
export function toChunk(chunk: unknown): Uint8Array {
  if (typeof chunk === "string") return Buffer.from(chunk, "utf8");
  const bytes = bytesOf(chunk);
  if (bytes !== undefined) return bytes;
  throw new StoreError({
    code: "InvalidArgument",
    message: `a chunk of a body is bytes or a string, not ${describe(chunk)}`,
  });
}

function bytesOf(chunk: unknown): Uint8Array | undefined {
  if (chunk instanceof Uint8Array && chunk.byteLength > 0) return chunk;
  try {
    // Views of detached memory cannot be made.
    if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
    if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return undefined;
  } catch (error) {
    const message = "the memory of these bytes was transferred away (its ArrayBuffer is detached)";
    throw new StoreError({ code: "InvalidArgument", message, cause: error });
  }
}

/** What a body's iteration is held to. */
export interface ChunkRules {
  /** Exactly so many bytes, or an error. */
  readonly size: number | undefined;
  /** Ends the wait for a source that says nothing. */
  readonly signal: AbortSignal;
  /** Told when the source fails or lies about its size: whatever its reader makes of that, this is what went wrong. */
  onFailure(error: StoreError): void;
}

/**
 * The chunks of `source`, empty ones left out. An error of the source itself becomes `InvalidArgument` with that error as its
 * cause, unless it is a StoreError (of the store that is read from).
 */
export async function* checkedChunks(
  source: Iterable<unknown> | AsyncIterable<unknown>,
  { size, signal, onFailure }: ChunkRules,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  let steps: Steps | undefined;
  let seen = 0;
  try {
    steps = abortableSteps(source, signal);
    for (let step = await steps.next(); step.done !== true; step = await steps.next()) {
      const chunk = toChunk(step.value);
      seen += chunk.byteLength;
      if (size !== undefined && seen > size) throw wrongSize(size, `at least ${seen}`);
      if (chunk.byteLength > 0) yield chunk;
    }
    if (size !== undefined && seen < size) throw wrongSize(size, String(seen));
    return undefined;
  } catch (error) {
    if (isStoreError(error) && !signal.aborted) onFailure(error);
    throw error;
  } finally {
    await steps?.stop();
  }
}

interface Steps {
  next(): Promise<IteratorResult<unknown>>;
  /** Ends the source's iteration where it has not ended by itself. */
  stop(): Promise<void>;
}

function abortableSteps(source: Iterable<unknown> | AsyncIterable<unknown>, signal: AbortSignal): Steps {
  const iterator = begin(source);
  let over = false;
  let waiting: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => waiting?.(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const advance = async (): Promise<IteratorResult<unknown>> => {
    try {
      return await iterator.next();
    } catch (error) {
      over = true;
      throw sourceFailure(error);
    }
  };
  return {
    async next() {
      try {
        const step = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
          if (signal.aborted) {
            reject(signal.reason);
            return;
          }
          waiting = reject;
          advance().then(resolve, reject);
        });
        if (step.done === true) over = true;
        return step;
      } finally {
        waiting = undefined;
      }
    },
    async stop() {
      signal.removeEventListener("abort", onAbort);
      if (over) return;
      over = true;
      const returned = endOf(iterator, signal);
      // A source that never answers cannot be waited for: it is told to end, and that is all one can do.
      if (!signal.aborted) await returned;
    },
  };
}

function begin(source: Iterable<unknown> | AsyncIterable<unknown>): Iterator<unknown> | AsyncIterator<unknown> {
  try {
    return iteratorOf(source);
  } catch (error) {
    throw sourceFailure(error);
  }
}

/** What the source throws while it is ended adds nothing: the reader has what it wanted, or an error of its own. */
async function endOf(iterator: Iterator<unknown> | AsyncIterator<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await iterator.return?.(signal.aborted ? signal.reason : undefined);
  } catch {
    return;
  }
}

function sourceFailure(error: unknown): StoreError {
  if (isStoreError(error)) return extendError(error, { committed: false });
  return new StoreError({
    code: "InvalidArgument",
    message: `the body failed while it was read: ${messageOf(error)}`,
    cause: error,
  });
}

function wrongSize(size: number, seen: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message: `the body gave ${seen} bytes, ${size} were declared` });
}
