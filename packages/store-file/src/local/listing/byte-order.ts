/**
 * Names as strings of bytes: one character (U+0000 to U+00FF) a byte, which is what the encoding `latin1` makes. Such strings
 * hold names that are not valid UTF-8, take one byte a character, and compare by `<` in the order of their bytes.
 */
import { isUtf8 } from "node:buffer";

/** The bytes of the text's UTF-8 form. */
export function toByteString(text: string): string {
  return ascii.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** The text, or `undefined` when the bytes are not valid UTF-8. */
export function fromByteString(bytes: string): string | undefined {
  if (ascii.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, "latin1");
  return isUtf8(buffer) ? buffer.toString("utf8") : undefined;
}

/** For messages: what is no UTF-8 shown as `\xNN`. */
export function printableBytes(bytes: string): string {
  const text = fromByteString(bytes);
  if (text !== undefined) return JSON.stringify(text);
  return `"${bytes.replace(/[^ -~]/g, (unit) => `\\x${unit.charCodeAt(0).toString(16).padStart(2, "0")}`)}"`;
}

/** Comes after every key that begins with `directory`: 0xFF is in no UTF-8 text. */
export function afterAllBelow(directory: string): string {
  return `${directory}\u00ff`;
}

/** Index of the first name that is not less than `bound`; the names are sorted. */
export function lowerBound(names: readonly string[], bound: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? "") < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

// eslint-disable-next-line no-control-regex -- all of ASCII is meant
const ascii = /^[\u0000-\u007f]*$/;
