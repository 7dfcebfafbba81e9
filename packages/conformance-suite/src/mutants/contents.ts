import { gunzipSync } from "node:zlib";
import { forwardDriver } from "../instrument/forward.js";
import { alterWrites, bodyOf, collected } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { wrapStore } from "./wrap-store.js";

const text =
  (change: (content: string) => string) =>
  (bytes: Uint8Array): Uint8Array =>
    Buffer.from(change(Buffer.from(bytes).toString("latin1")), "latin1");

/** Bytes stored otherwise than given: what takes them for text, for a file format or for a frame of some protocol. */
const contents: Readonly<Record<string, readonly [string, (bytes: Uint8Array) => Uint8Array]>> = {
  "content-newline-trimmed": ["a newline at the end is taken away", text((content) => content.replace(/\n$/, ""))],
  "content-crlf": ["ends of lines become those of Unix", text((content) => content.replaceAll("\r\n", "\n"))],
  "content-zeros-trimmed": ["zeros at the end are taken away", text((content) => content.replace(/\0+$/, ""))],
  "content-zeros-as-holes": [
    "blocks of zeros are left out",
    (bytes) => (bytes.byteLength > 1000 && bytes.every((byte) => byte === 0) ? new Uint8Array(0) : bytes),
  ],
  "content-spaces-trimmed": ["spaces at the ends are taken away", text((content) => content.trim())],
  "content-ends-at-control-z": ["a control-Z ends the object", text((content) => content.split("\u001a")[0] ?? "")],
  "content-unzipped": ["what looks like gzip is unzipped", unzipped],
  "content-unframed": [
    "what looks like chunked transfer is decoded",
    text((content) => content.replace(/^[0-9a-f]+;chunk-signature=\w+\r\n(.*?)\r\n.*$/s, "$1")),
  ],
  "content-part-extracted": [
    "of what looks like a form only the field is kept",
    text((content) => content.replace(/^--\w+\r\n.*?\r\n\r\n(.*?)\r\n--.*$/s, "$1")),
  ],
  "size-power-of-two-short": [
    "a body that fills a buffer exactly loses its last byte",
    (bytes) => {
      const { byteLength } = bytes;
      return byteLength > 1 && (byteLength & (byteLength - 1)) === 0 ? bytes.subarray(0, byteLength - 1) : bytes;
    },
  ],
  "size-one-above-buffer-short": [
    "a body one byte above a buffer of 8 KiB loses that byte",
    (bytes) => (bytes.byteLength === 8193 ? bytes.subarray(0, -1) : bytes),
  ],
};

export const contentMutants: readonly Mutant[] = defineMutants("wrong extent", (define) => {
  for (const [name, [fault, change]] of Object.entries(contents)) {
    define(name, fault, () => ({
      driver: (driver) =>
        alterWrites(driver, async (_key, bytes, _call, send) => ({
          ...(await send(change(bytes))),
          size: bytes.byteLength,
        })),
    }));
  }
  define("stream-full-block-short", "a streamed body one byte short of a block loses another", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (body.bytes !== undefined) return await driver.write(key, body, call);
          const bytes = await collected(body);
          const cut = bytes.byteLength % 512 === 511 ? bytes.subarray(0, -1) : bytes;
          return { ...(await driver.write(key, bodyOf(cut), call)), size: bytes.byteLength };
        },
      }),
  }));
  define("shared-memory-as-zeros", "bytes in shared memory are stored as zeros", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          store.put(
            key,
            ArrayBuffer.isView(body) && body.buffer instanceof SharedArrayBuffer
              ? new Uint8Array(body.byteLength)
              : body,
            options,
          ),
      }),
  }));
});

function unzipped(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
}
