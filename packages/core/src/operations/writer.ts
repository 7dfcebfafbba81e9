import { toChunk } from "../body/chunks.js";
import type { BodyChunk } from "../body/types.js";
import { WRITER_BUFFER_SIZE } from "../constants/transfer.js";
import { StoreError } from "../errors/index.js";
import type { StoreContext } from "../store/context.js";
import type { PutOptions } from "../store/options.js";
import type { PutResult } from "../store/results.js";
import { following } from "./following.js";
import { put } from "./put.js";
import { completeError, nameOf } from "./scope.js";

/** Writes one object piece by piece. Nothing is visible before `close` resolves. */
export interface ObjectWriter extends AsyncDisposable {
  /** Takes a chunk; resolves when the store keeps up. The chunk must not change before. Rejects once the write has failed. */
  write(chunk: BodyChunk): Promise<void>;
  /** Makes the object visible. A second call gives the same result. */
  close(): Promise<PutResult>;
  /** Gives up: nothing becomes visible, nothing is left. Does nothing after `close` or an earlier `abort`. */
  abort(reason?: unknown): Promise<void>;
  /** The same writer for `pipeTo` and friends. */
  readonly writable: WritableStream<BodyChunk>;
}

export function createWriter(context: StoreContext, key: string, options: PutOptions | undefined): ObjectWriter {
  const queue = createChunkQueue();
  const given = options?.signal;
  // What is no signal is left for put to refuse.
  const life = given === undefined || given instanceof AbortSignal ? following(given) : undefined;
  const result = put(context, key, queue.chunks, life === undefined ? options : { ...options, signal: life.signal });
  // A failure is reported by the next write or by close; it must not be an unhandled rejection before that.
  result.catch((error: unknown) => queue.fail(error)).finally(() => life?.letGo());
  let state: "open" | "closed" | "aborted" = "open";

  const write = async (chunk: BodyChunk): Promise<void> => {
    if (state !== "open") {
      throw new StoreError({
        code: "Closed",
        message: `the writer has been ${state}`,
        operation: "write",
        uri: nameOf(context, key),
        scheme: context.scheme,
        key,
      });
    }
    let bytes: Uint8Array;
    try {
      bytes = toChunk(chunk);
    } catch (error) {
      throw completeError(context, "write", key, true, error);
    }
    await queue.push(bytes);
  };
  const close = (): Promise<PutResult> => {
    if (state === "open") {
      state = "closed";
      queue.end();
    }
    return result;
  };
  const stop = async (reason: unknown): Promise<void> => {
    if (state !== "open") return;
    state = "aborted";
    const cause =
      reason ??
      new StoreError({
        code: "Closed",
        message: "the writer was aborted",
        operation: "write",
        uri: nameOf(context, key),
        scheme: context.scheme,
        key,
        committed: false,
      });
    queue.fail(cause);
    life?.abort(cause);
    await result.then(
      () => {},
      () => {},
    );
  };
  return {
    write,
    close,
    abort: stop,
    [Symbol.asyncDispose]: () => stop(undefined),
    writable: new WritableStream<BodyChunk>({
      write,
      async close() {
        await close();
      },
      abort: stop,
    }),
  };
}

interface ChunkQueue {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more. */
  push(chunk: Uint8Array): Promise<void>;
  end(): void;
  fail(error: unknown): void;
}

/** A bounded hand-over from a producer that pushes to a consumer that pulls. */
function createChunkQueue(): ChunkQueue {
  // Taken as a whole when asked for: shifting from a long list would cost as much as the list is long.
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wakeConsumer: (() => void) | undefined;
  let wakeProducers: (() => void)[] = [];
  const wake = (): void => {
    wakeConsumer?.();
    wakeConsumer = undefined;
  };
  const checkAlive = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  const release = (): void => {
    const woken = wakeProducers;
    wakeProducers = [];
    for (const resume of woken) resume();
  };
  return {
    chunks: {
      async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
        for (;;) {
          checkAlive();
          const taken = waiting;
          waiting = [];
          for (const chunk of taken) {
            checkAlive();
            yield chunk;
            // Asked for the next one: this one has been taken over.
            bytes -= chunk.byteLength;
            if (bytes < WRITER_BUFFER_SIZE) release();
          }
          if (waiting.length > 0 || failure !== undefined) continue;
          if (ended) {
            return;
          }
          await new Promise<void>((resolve) => {
            wakeConsumer = resolve;
          });
        }
      },
    },
    async push(chunk) {
      checkAlive();
      if (chunk.byteLength === 0) return;
      // The caller may use its memory again once this resolves, which can be before the store has taken it.
      waiting.push(new Uint8Array(chunk));
      bytes += chunk.byteLength;
      wake();
      while (bytes >= WRITER_BUFFER_SIZE) {
        await new Promise<void>((resolve) => {
          wakeProducers.push(resolve);
        });
        checkAlive();
      }
    },
    end() {
      ended = true;
      wake();
    },
    fail(error) {
      failure ??= { error };
      wake();
      release();
    },
  };
}
