import { decodeHeaderText as decodeEncodedWords } from "@stowage/core";

// Any text as a header value: core's rule, because core counts what it takes up.
export { encodeHeaderText } from "@stowage/core";

const RAW = /[\u0080-\u00ff]/;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of a header value as received (Latin-1 characters, a byte each): encoded words are decoded; raw bytes that form UTF-8
 * are taken as such, because some services answer what other writers sent them.
 */
export function decodeHeaderText(value: string): string {
  return decodeEncodedWords(RAW.test(value) ? decodeRaw(value) : value);
}

function decodeRaw(value: string): string {
  try {
    return utf8.decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}
