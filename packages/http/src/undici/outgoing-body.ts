import { HTTP_WRITE_SLICE } from "@stowage/core";
import { Readable } from "node:stream";
import type { HttpRequest } from "../transport/request.js";

export interface OutgoingBody {
  readonly body: Uint8Array | Readable | null;
  /** Set for bodies whose length undici cannot see. */
  readonly length: number | undefined;
}

/** A body as undici takes it: a small one goes in one write with the head, large and streamed ones piece by piece. */
export function outgoingBody(request: HttpRequest): OutgoingBody {
  const { body, onSent } = request;
  if (body === undefined) return { body: null, length: undefined };
  if (!(body instanceof Uint8Array)) return { body: new ChunkReader(body.chunks, onSent), length: body.length };
  if (body.byteLength > HTTP_WRITE_SLICE) return { body: new SliceReader(body, onSent), length: body.byteLength };
  onSent?.(body.byteLength);
  return { body, length: undefined };
}

/** Views onto a large body; nothing is copied. The next slice is made when the socket has taken the last. */
class SliceReader extends Readable {
  readonly #bytes: Uint8Array;
  readonly #onSent: HttpRequest["onSent"];
  #offset = 0;

  constructor(bytes: Uint8Array, onSent: HttpRequest["onSent"]) {
    super({ highWaterMark: 1 });
    this.#bytes = bytes;
    this.#onSent = onSent;
  }

  override _read(): void {
    const end = Math.min(this.#offset + HTTP_WRITE_SLICE, this.#bytes.byteLength);
    if (end === this.#offset) {
      this.push(null);
      return;
    }
    const slice = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    this.push(slice);
    this.#onSent?.(end);
  }
}

/** Chunks from whoever makes them, asked for one at a time; giving up tells the maker so. */
class ChunkReader extends Readable {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #onSent: HttpRequest["onSent"];
  #sent = 0;
  #finished = false;

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, onSent: HttpRequest["onSent"]) {
    super({ highWaterMark: 1 });
    this.#chunks = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
    this.#onSent = onSent;
  }

  override _read(): void {
    void this.#pull();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#finished) {
      done(error);
      return;
    }
    this.#finished = true;
    const release = async (): Promise<void> => {
      await this.#chunks.return?.();
    };
    // Giving up must not hang on a maker that never answers, so nobody waits for it.
    release().catch(() => undefined);
    done(error);
  }

  async #pull(): Promise<void> {
    try {
      let result = await this.#chunks.next();
      while (result.done !== true && result.value.byteLength === 0) result = await this.#chunks.next();
      if (result.done === true) {
        this.#finished = true;
        this.push(null);
        return;
      }
      this.#sent += result.value.byteLength;
      this.push(result.value);
      this.#onSent?.(this.#sent);
    } catch (error) {
      this.#finished = true;
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
