/** Printable ASCII without spaces at its ends or in runs: what every service and signature scheme passes on unchanged. */
const plain = /^(?!=\?)[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

const encodedWord = /^=\?utf-8\?(?:b\?([A-Za-z0-9+/=]*)|q\?([\x21-\x7e]*))\?=$/i;

/**
 * A text as an HTTP header can carry it: as it is where that is safe, else as one RFC 2047 encoded word. Reversed by
 * {@link decodeHeaderText}; invisible to users.
 */
export function encodeHeaderText(text: string): string {
  return plain.test(text) || text === "" ? text : `=?UTF-8?B?${Buffer.from(text, "utf8").toString("base64")}?=`;
}

/** The text that {@link encodeHeaderText} was given; words that others encoded (B or Q, several in a row) are read too. */
export function decodeHeaderText(value: string): string {
  if (!value.startsWith("=?")) return value;
  const words = value.split(/\s+(?==\?)/);
  const decoded = words.map((word) => {
    const match = encodedWord.exec(word);
    if (match === null) return undefined;
    return match[1] === undefined ? quotedBytes(match[2] ?? "") : Buffer.from(match[1], "base64");
  });
  return decoded.every((bytes) => bytes !== undefined) ? Buffer.concat(decoded).toString("utf8") : value;
}

function quotedBytes(text: string): Buffer {
  const spaced = text.replaceAll("_", " ");
  return Buffer.from(
    spaced.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
}
