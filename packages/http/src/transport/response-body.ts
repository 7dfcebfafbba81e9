import { HTTP_STREAM_BUFFER } from "@stowage/core";

/** What holds the connection that a body comes from. */
export interface BodySource {
  /** The consumer has room again. */
  resume(): void;
  /** The consumer wants no more: the connection is closed. */
  cancel(reason: unknown): void;
}

type Chunk = Uint8Array<ArrayBuffer>;

/** A body on its way to one consumer. Chunks own their whole buffer and belong to the consumer. */
export interface BodyStream extends AsyncIterableIterator<Chunk, undefined> {
  /** Gives the body up and frees its connection; what is queued is dropped. Does nothing after the end. */
  cancel(reason: unknown): void;
}

interface Waiter {
  resolve(result: IteratorResult<Chunk, undefined>): void;
  reject(reason: unknown): void;
}

/**
 * A {@link BodyStream} that a connection feeds. At most HTTP_STREAM_BUFFER bytes (and one socket read) wait here; beyond that the socket is paused. A body that breaks off
 * rejects `next()` after every byte that did arrive has been handed over.
 */
export class ResponseBody implements BodyStream {
  readonly #source: BodySource;
  readonly #chunks: Chunk[] = [];
  #queued = 0;
  #paused = false;
  #waiter: Waiter | undefined;
  #end: { readonly failed: boolean; readonly reason: unknown } | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Takes a chunk from the connection. True: keep sending; false: the source must pause until `resume()`. */
  push(chunk: Uint8Array): boolean {
    if (this.#end !== undefined) return true;
    const owned = ownChunk(chunk);
    if (this.#waiter !== undefined) {
      const waiter = this.#waiter;
      this.#waiter = undefined;
      waiter.resolve({ done: false, value: owned });
      return true;
    }
    this.#chunks.push(owned);
    this.#queued += owned.byteLength;
    this.#paused = this.#queued >= HTTP_STREAM_BUFFER;
    return !this.#paused;
  }

  /** The body has arrived whole. */
  finish(): void {
    this.#settle({ failed: false, reason: undefined });
  }

  /** The body broke off. */
  fail(reason: unknown): void {
    this.#settle({ failed: true, reason });
  }

  async next(): Promise<IteratorResult<Chunk, undefined>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#queued -= chunk.byteLength;
      if (this.#paused && this.#queued < HTTP_STREAM_BUFFER / 2) {
        this.#paused = false;
        this.#source.resume();
      }
      return { done: false, value: chunk };
    }
    if (this.#end !== undefined) {
      if (this.#end.failed) throw this.#end.reason;
      return { done: true, value: undefined };
    }
    return await new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<Chunk, undefined>> {
    this.cancel(undefined);
    return { done: true, value: undefined };
  }

  cancel(reason: unknown): void {
    this.#chunks.length = 0;
    this.#queued = 0;
    if (this.#end !== undefined) return;
    this.#settle({ failed: false, reason: undefined });
    this.#source.cancel(reason);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #settle(end: { readonly failed: boolean; readonly reason: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (end.failed) waiter?.reject(end.reason);
    else waiter?.resolve({ done: true, value: undefined });
  }
}

/** The body as a web stream that pulls only what is asked for. Cancelling it frees the connection. */
export function bodyToWebStream(body: BodyStream): ReadableStream<Chunk> {
  return new ReadableStream<Chunk>(
    {
      async pull(controller) {
        const result = await body.next();
        if (result.done === true) controller.close();
        else controller.enqueue(result.value);
      },
      cancel(reason) {
        body.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Socket reads that hold nothing but body are passed on as they are; others are copied so that no neighbour shows. */
function ownChunk(chunk: Uint8Array): Chunk {
  const buffer = chunk.buffer;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength) return new Uint8Array(buffer);
  const owned = new Uint8Array(chunk.byteLength);
  owned.set(chunk);
  return owned;
}
