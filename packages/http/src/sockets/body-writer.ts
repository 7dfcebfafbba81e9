import { HTTP_WRITE_SLICE } from "@stowage/core";
import type { Socket } from "node:net";
import type { StreamedRequestBody } from "../transport/request.js";
import { MiscountedBody } from "./broken-answer.js";

export interface BodyWriterEvents {
  /** The socket has taken something. */
  progress(): void;
  /** The body has been handed over whole. */
  finished(): void;
  failed(error: unknown): void;
}

/** Sends a body piece by piece; the next piece is made when the socket has taken the last. */
export class BodyWriter {
  readonly #socket: Socket;
  readonly #onSent: ((bytes: number) => void) | undefined;
  readonly #events: BodyWriterEvents;
  #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array> | undefined;
  #expected = 0;
  #sent = 0;
  #stopped = false;
  /** What is waited for is the next chunk of a body, not the network. */
  waitsForSource = false;

  constructor(socket: Socket, onSent: ((bytes: number) => void) | undefined, events: BodyWriterEvents) {
    this.#socket = socket;
    this.#onSent = onSent;
    this.#events = events;
  }

  /** Sends `bytes` from where it is on; `then` is called when the socket has taken all of it. */
  writeSlices(bytes: Uint8Array, then: () => void, offset = 0): void {
    const end = Math.min(offset + HTTP_WRITE_SLICE, bytes.byteLength);
    this.#sent += end - offset;
    this.#socket.write(bytes.subarray(offset, end), (error) => {
      // A socket that fails says so itself.
      if (this.#stopped || (error !== undefined && error !== null)) return;
      this.#events.progress();
      if (end < bytes.byteLength) this.writeSlices(bytes, then, end);
      else then();
    });
    this.#onSent?.(this.#sent);
  }

  writeBytes(bytes: Uint8Array): void {
    this.writeSlices(bytes, () => this.#events.finished());
  }

  writeStream({ chunks, length }: StreamedRequestBody): void {
    this.#source = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
    this.#expected = length;
    void this.#pull(this.#source);
  }

  /** Sends no more and lets go of the source. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    const source = this.#source;
    this.#source = undefined;
    if (source === undefined) return;
    const release = async (): Promise<void> => {
      await source.return?.();
    };
    // Giving up must not hang on a maker that never answers, so nobody waits for it.
    release().catch(() => undefined);
  }

  async #pull(source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>): Promise<void> {
    try {
      this.waitsForSource = true;
      let result = await source.next();
      while (result.done !== true && result.value.byteLength === 0) result = await source.next();
      this.waitsForSource = false;
      if (this.#stopped) return;
      this.#events.progress();
      if (result.done === true) this.#source = undefined;
      const more = result.done === true ? 0 : result.value.byteLength;
      if (this.#sent + more > this.#expected || (result.done === true && this.#sent < this.#expected)) {
        throw new MiscountedBody(`${this.#expected} bytes were declared, ${this.#sent + more} came`);
      }
      if (result.done === true) this.#events.finished();
      else this.writeSlices(result.value, () => void this.#pull(source));
    } catch (error) {
      this.waitsForSource = false;
      if (!this.#stopped) this.#events.failed(error);
    }
  }
}
