/** Bytes of text in one encoded word, so that the word stays within 75 characters. Source: RFC 2047, section 2. */
const WORD_BYTES_MAX = 45;

/** What travels in a header value unchanged, through parsers and signature rules alike. */
const PLAIN = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;

/**
 * Any text as a header value that is read back exactly by {@link decodeHeaderText}: unchanged when it is plain ASCII without
 * outer or double spaces, otherwise as UTF-8 encoded words of RFC 2047 (what Amazon S3 itself answers for such values).
 */
export function encodeHeaderText(text: string): string {
  if (PLAIN.test(text) && !text.includes("=?") && !text.includes("  ")) return text;
  const words: string[] = [];
  let word = "";
  let size = 0;
  for (const character of text) {
    const bytes = Buffer.byteLength(character);
    if (size + bytes > WORD_BYTES_MAX) {
      words.push(encodedWord(word));
      word = "";
      size = 0;
    }
    word += character;
    size += bytes;
  }
  words.push(encodedWord(word));
  return words.join(" ");
}

function encodedWord(text: string): string {
  return `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;
}

const ENCODED_WORD = /=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\?=/g;

/**
 * The text of a header value as received (Latin-1 characters, a byte each): encoded words are decoded, white space between two
 * of them dropped; raw bytes that form UTF-8 are taken as such, because some services answer what they were sent.
 */
export function decodeHeaderText(value: string): string {
  const text = decodeRawUtf8(value);
  if (!text.includes("=?")) return text;
  const joined = text.replace(/(\?=)\s+(?==\?[^?\s]+\?[bBqQ]\?)/g, "$1");
  return joined.replace(ENCODED_WORD, (whole: string, charset: string, encoding: string, content: string) => {
    const bytes = encoding.toLowerCase() === "b" ? Buffer.from(content, "base64") : quotedPrintable(content);
    return decodeBytes(charset.replace(/\*.*$/, ""), bytes) ?? whole;
  });
}

function quotedPrintable(content: string): Buffer {
  const latin1 = content
    .replace(/_/g, " ")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin1, "latin1");
}

function decodeBytes(charset: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(charset, { ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeRawUtf8(value: string): string {
  if (!/[\u0080-\u00ff]/.test(value)) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}
