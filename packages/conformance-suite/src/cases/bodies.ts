import { Readable } from "node:stream";

/** Sizes around a page, 64 KiB and a mebibyte. */
export const sizes: Readonly<Record<string, number>> = {
  "0B": 0,
  "1B": 1,
  "32B": 32,
  "1KiB": 1024,
  "4095B": 4095,
  "4KiB": 4096,
  "4097B": 4097,
  "65537B": 65_537,
  "1MiB": 1_048_576,
};

/** Contents that editors, protocols for text and file formats treat apart. */
export const untouchables: Readonly<Record<string, string>> = {
  "newline-at-end": "one\ntwo\n",
  crlf: "one\r\ntwo\r\n\r\n",
  zeros: "\0\0a\0\0\0",
  "only-zeros": "\0".repeat(5000),
  spaces: "  \t a \t  ",
  "end-of-file": "a\u001ab\u0004",
  gzip: "\u001f\u008b\u0008\0\0\0\0\0\0\u0003\u0003\0\0\0\0\0\0\0\0\0",
  chunked: "5;chunk-signature=0\r\nhello\r\n0\r\n\r\n",
  multipart: "--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--\r\n",
};

/** One body, in every form that put takes; `text` is what must come back. */
const text = "naïve ☺ bytes";
/** Fresh each time: a store that changes its input must not change the next case. */
export const encoded = (): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text));
/** The text in every form that put takes. */
export const forms: Readonly<
  Record<string, () => Parameters<typeof import("@stowage/core").ObjectStore.prototype.put>[1]>
> = {
  string: () => text,
  Uint8Array: () => encoded(),
  Buffer: () => Buffer.from(text),
  ArrayBuffer: () => encoded().slice().buffer,
  DataView: () => new DataView(encoded().slice().buffer),
  Uint16Array: () => new Uint16Array(encoded().slice(0, 14).buffer),
  "SharedArrayBuffer view": () => shared(encoded()),
  Blob: () => new Blob([encoded()]),
  ReadableStream: () => new Blob([encoded()]).stream(),
  Readable: () => Readable.from([encoded().subarray(0, 5), encoded().subarray(5)]),
  Iterable: () => [encoded().subarray(0, 1), encoded().subarray(1)],
  AsyncIterable: () => oneByOne(encoded()),
  "Iterable of strings": () => ["naïve ", "☺ ", "bytes"],
};

function shared(bytes: Uint8Array): Uint8Array {
  const view = new Uint8Array(new SharedArrayBuffer(bytes.byteLength + 3), 3);
  view.set(bytes);
  return view;
}

/** One byte a chunk. */
export async function* oneByOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 1) yield bytes.subarray(at, at + 1);
}
