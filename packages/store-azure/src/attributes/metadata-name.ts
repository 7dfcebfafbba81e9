/**
 * Metadata names of Azure are C# identifiers; Stowage's have digits in front, `-` and `.` too. What an identifier cannot hold is
 * written as `_` and the character's code in hexadecimal; an underscore stays itself unless it would be read as such an escape.
 * So ordinary names look the same to every other tool.
 */
export function escapeMetadataName(name: string): string {
  if (PLAIN.test(name)) return name;
  return name.replace(NEEDS_ESCAPE, (character) => `_${character.charCodeAt(0).toString(16)}`);
}

/** The name that {@link escapeMetadataName} was given; names of other tools come back lower-cased and otherwise unchanged. */
export function unescapeMetadataName(name: string): string {
  const lower = name.toLowerCase();
  if (!lower.includes("_")) return lower;
  return lower.replace(ESCAPE, (_, anywhere?: string, leadingDigit?: string) =>
    String.fromCharCode(Number.parseInt(anywhere ?? leadingDigit ?? "", 16)),
  );
}

const PLAIN = /^[a-z][a-z0-9]*$/;

/** `-`, `.`, a leading digit, and an underscore in front of what reads as an escape. */
const NEEDS_ESCAPE = /[-.]|^[0-9]|^_(?=3[0-9])|_(?=5f|2d|2e)/g;

const ESCAPE = /_(5f|2d|2e)|^_(3[0-9])/g;
