import { Readable } from "node:stream";
import { STREAM_CHUNK_SIZE } from "../constants/transfer.js";
import type { WriteBody } from "../driver/types.js";
import { StoreError } from "../errors/index.js";
import { following } from "../operations/following.js";
import { describe } from "../store/call-arguments.js";
import { checkedChunks, toChunk } from "./chunks.js";
import { isIterable } from "./iterables.js";

/** A caller's body in the form that drivers take, with what frees its source when it was never read. */
export interface SourceBody extends WriteBody {
  /** As for drivers; with a signal of its own, an iteration ends with that one (which follows the operation's). */
  chunks(signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Ends iterations under way and frees the source (destroys a stream, returns an iterator). Safe to call at any time and again. */
  release(reason: unknown): Promise<void>;
  /** What was wrong with the source, if it failed or did not keep to its size. */
  failure(): StoreError | undefined;
  /** Part `[start, end)` in memory, where the source can give parts in any order. */
  readonly slice: ((start: number, end: number) => Promise<Uint8Array>) | undefined;
}

/**
 * Accepts everything that `Body` names; throws `InvalidArgument` for anything else and for a declared size that a body of known
 * size contradicts.
 */
export function normalizeBody(
  body: unknown,
  declaredSize: number | undefined,
  signal: AbortSignal | undefined,
): SourceBody {
  if (declaredSize !== undefined && (!Number.isSafeInteger(declaredSize) || declaredSize < 0)) {
    throw invalid(`size is a whole number of bytes, not ${describe(declaredSize)}`);
  }
  const bytes = wholeBytes(body);
  if (bytes !== undefined) return memoryBody(bytes, declaredSize);
  if (body instanceof Blob) return blobBody(body, declaredSize, signal);
  if (body instanceof Readable) {
    return streamBody(body, declaredSize, signal, (reason) => {
      body.on("error", () => {}); // A destroyed source reports its reason; the caller gets it from put already.
      body.destroy(reason instanceof Error ? reason : undefined);
    });
  }
  if (body instanceof ReadableStream) {
    if (body.locked) throw invalid("the ReadableStream is locked: someone reads it already");
    const source = webStreamSource(body);
    return streamBody(source.chunks, declaredSize, signal, source.cancel);
  }
  if (isIterable(body)) {
    // An iterator that is its own iterable (a generator) holds what it holds before the first step too.
    return streamBody(body, declaredSize, signal, async () => {
      if (isIterator(body)) await body.return?.();
    });
  }
  throw invalid(`a body is a string, bytes, a Blob, a stream or an iterable of chunks, not ${describe(body)}`);
}

/** Bytes that are in memory as one piece. */
export function memoryBody(bytes: Uint8Array, declaredSize?: number): SourceBody {
  if (declaredSize !== undefined && declaredSize !== bytes.byteLength) {
    throw invalid(`the body has ${bytes.byteLength} bytes, size says ${declaredSize}`);
  }
  return {
    size: bytes.byteLength,
    bytes,
    replayable: true,
    chunks: () => sliceChunks(bytes),
    slice: (start, end) => Promise.resolve(bytes.subarray(start, end)),
    release: nothingToRelease,
    failure: nothingFailed,
  };
}

function blobBody(blob: Blob, declaredSize: number | undefined, signal: AbortSignal | undefined): SourceBody {
  if (declaredSize !== undefined && declaredSize !== blob.size) {
    throw invalid(`the body has ${blob.size} bytes, size says ${declaredSize}`);
  }
  const iterations = checkedIterations(blob.size, signal);
  return {
    size: blob.size,
    bytes: undefined,
    replayable: true,
    chunks: (own) => iterations.begin(blobChunks(blob), own),
    slice: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
    release: async (reason) => iterations.end(reason),
    failure: iterations.failure,
  };
}

async function* blobChunks(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < blob.size; start += STREAM_CHUNK_SIZE) {
    yield new Uint8Array(await blob.slice(start, start + STREAM_CHUNK_SIZE).arrayBuffer());
  }
}

function streamBody(
  source: Iterable<unknown> | AsyncIterable<unknown>,
  size: number | undefined,
  signal: AbortSignal | undefined,
  free: (reason: unknown) => void | Promise<void>,
): SourceBody {
  const iterations = checkedIterations(size, signal);
  let started = false;
  let released = false;
  return {
    size,
    bytes: undefined,
    replayable: false,
    slice: undefined,
    chunks(own) {
      if (started) throw new StoreError({ code: "Internal", message: "a one-shot body was read twice" });
      started = true;
      return iterations.begin(source, own);
    },
    async release(reason) {
      if (released) return;
      released = true;
      iterations.end(reason);
      try {
        await free(reason);
      } catch {
        // A source that fails while being freed has nothing more to tell: the put's own outcome stands.
      }
    },
    failure: iterations.failure,
  };
}

interface Iterations {
  begin(source: Iterable<unknown> | AsyncIterable<unknown>, own: AbortSignal | undefined): AsyncIterable<Uint8Array>;
  /** Those that still wait for their source give up. */
  end(reason: unknown): void;
  failure(): StoreError | undefined;
}

/** The iterations of one body, held to its size, each ended by the operation's signal or by the body's release. */
function checkedIterations(size: number | undefined, signal: AbortSignal | undefined): Iterations {
  let failure: StoreError | undefined;
  const begun = new Set<AsyncGenerator<Uint8Array>>();
  const waiting = new Set<(reason: unknown) => void>();
  const onFailure = (error: StoreError): void => {
    failure = error;
  };
  async function* iterate(
    source: Iterable<unknown> | AsyncIterable<unknown>,
    own: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, undefined, undefined> {
    const life = following(own ?? signal);
    waiting.add(life.abort);
    try {
      yield* checkedChunks(source, { size, signal: life.signal, onFailure });
    } finally {
      waiting.delete(life.abort);
      life.letGo();
    }
    return undefined;
  }
  return {
    begin(source, own) {
      const iteration = iterate(source, own);
      begun.add(iteration);
      return iteration;
    },
    end(reason) {
      for (const abort of waiting) abort(reason);
      // Not waited for: one that waits for its source has just been told, any other ends at once.
      for (const iteration of begun) void iteration.return(undefined).catch(() => {});
    },
    failure: () => failure,
  };
}

/** A web stream read through a reader of its own: its iterator could not be ended while a read is under way. */
function webStreamSource(stream: ReadableStream<unknown>): {
  readonly chunks: AsyncIterable<unknown>;
  cancel(reason: unknown): Promise<void>;
} {
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  const cancel = async (reason: unknown): Promise<void> => {
    await (reader === undefined ? stream.cancel(reason) : reader.cancel(reason));
  };
  return {
    chunks: {
      [Symbol.asyncIterator]() {
        const own = stream.getReader();
        reader = own;
        return {
          async next() {
            const step = await own.read();
            return step.done ? { done: true, value: undefined } : step;
          },
          async return(reason: unknown) {
            await cancel(reason);
            return { done: true, value: undefined };
          },
        };
      },
    },
    cancel,
  };
}

function nothingToRelease(): Promise<void> {
  return Promise.resolve();
}

function nothingFailed(): undefined {
  return undefined;
}

function wholeBytes(body: unknown): Uint8Array | undefined {
  if (typeof body === "string" || body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return toChunk(body);
  // `from` meets the holes of a sparse array too, which `map` leaves out.
  if (Array.isArray(body)) return body.length === 1 ? toChunk(body[0]) : Buffer.concat(Array.from(body, toChunk));
  return undefined;
}

async function* sliceChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += STREAM_CHUNK_SIZE) {
    yield bytes.subarray(start, start + STREAM_CHUNK_SIZE);
  }
}

function isIterator(value: object): value is { return?(): unknown } {
  return "next" in value && typeof value.next === "function";
}

function invalid(message: string): StoreError {
  return new StoreError({ code: "InvalidArgument", message });
}
