const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const REFERENCE = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]{2,4}));|&/g;

/** A reference that is none of XML's own. */
export class UnknownEntity extends Error {}

/** Text with its references replaced: the five named ones and characters by number, also those that XML 1.0 forbids. */
export function decodeXml(text: string): string {
  const first = text.indexOf("&");
  if (first === -1) return text;
  // An etag in a listing: quoted, nothing else.
  if (first === 0 && text.startsWith("&quot;") && text.endsWith("&quot;") && text.indexOf("&", 1) === text.length - 6) {
    return `"${text.slice(6, -6)}"`;
  }
  return text.replace(REFERENCE, (whole: string, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) {
      const named = NAMED[name];
      if (named !== undefined) return named;
    }
    const code = hex === undefined ? (decimal === undefined ? -1 : Number(decimal)) : Number.parseInt(hex, 16);
    if (code < 0 || code > 0x10ffff) throw new UnknownEntity(`unknown reference ${whole} in XML`);
    return String.fromCodePoint(code);
  });
}

const UNSAFE = /[&<>"'\r\n\t\u0085\u2028]/g;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
]);

/** Text as XML content or attribute value. Line ends and tabs go as numbers, because parsers change raw ones. */
export function escapeXml(text: string): string {
  return text.replace(UNSAFE, (char) => ESCAPES.get(char) ?? `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`);
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const UNREPRESENTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** Can XML 1.0 carry this text at all, escaped or not? */
export function isXmlText(text: string): boolean {
  return !UNREPRESENTABLE.test(text);
}
