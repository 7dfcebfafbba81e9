import type { Readable } from "node:stream";

/** A piece of a streamed body. */
export type BodyChunk = Uint8Array | ArrayBuffer | string;

/**
 * Everything `put` takes. Views are honoured (`byteOffset`, `byteLength`); strings are UTF-8. A stream or an iterable is read
 * once, released on success, error and abort, and never sent twice.
 */
export type Body =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | Readable
  | ReadableStream<Uint8Array>
  | Iterable<BodyChunk>
  | AsyncIterable<BodyChunk>;
