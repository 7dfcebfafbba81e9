import type { Writable } from "node:stream";
import { OUTPUT_BUFFER_SIZE } from "@stowage/core";

/**
 * Lines to a stream that may be slow or may go away. The first line goes out at once; of the following many short ones become few
 * writes, yet none waits longer than the current turn of the event loop. `write` gives a promise to await only
 * while the reader is behind: memory stays bounded.
 */
export class LineWriter {
  readonly #stream: Writable;
  readonly #end: string;
  #pending = "";
  #scheduled = false;
  #first = true;

  constructor(stream: Writable, end = "\n") {
    this.#stream = stream;
    this.#end = end;
  }

  write(line: string): Promise<void> | undefined {
    this.#pending += line + this.#end;
    if (this.#first || this.#pending.length >= OUTPUT_BUFFER_SIZE || this.#stream.writableNeedDrain) {
      this.#first = false;
      return this.flush();
    }
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        void this.flush();
      });
    }
    return undefined;
  }

  /** Hands over what is pending; the promise, when there is one, settles when the stream takes more or is gone. */
  flush(): Promise<void> | undefined {
    if (this.#pending === "") return this.#stream.writableNeedDrain ? drained(this.#stream) : undefined;
    const text = this.#pending;
    this.#pending = "";
    return writeTo(this.#stream, text);
  }
}

/** Writes with back pressure. A stream that is gone (its reader quit) swallows everything: the run ends by its own signal. */
export function writeTo(stream: Writable, chunk: string | Uint8Array): Promise<void> | undefined {
  if (stream.destroyed || stream.writableEnded) return undefined;
  return stream.write(chunk) ? undefined : drained(stream);
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done).off("close", done).off("error", done);
      resolve();
    };
    stream.on("drain", done).on("close", done).on("error", done);
  });
}
