import type { KeyLimits } from "@stowage/core";

interface Named {
  readonly name: string;
  /** Number of the list. */
  readonly line: number;
  readonly why: string;
}

const legal = (
  line: number,
  why: string,
  keys: Readonly<Record<string, string>>,
): readonly (Named & { readonly key: string })[] =>
  Object.entries(keys).map(([name, key]) => ({ name, key, line, why }));

/** Keys that every store holds, each found under its own spelling. */
export const legalKeys: readonly (Named & { readonly key: string })[] = [
  ...legal(105, "names that need no encoding at all", {
    plain: "plain",
    digits: "0123",
    "dots-dashes": "a.b-c_d~e",
    nested: "dir/sub/file.txt",
  }),
  ...legal(106, "spaces trimmed or turned into '+'", {
    "space-inner": "a b",
    "space-leading": " a",
    "space-trailing": "a ",
    "space-only": " ",
    "space-segment": "a/ /b",
  }),
  ...legal(107, "'+' turned into a space", { plus: "a+b", "plus-space": "a+ b" }),
  ...legal(108, "percent signs decoded", {
    "percent-letter": "%41",
    "percent-slash": "a%2Fb",
    "percent-alone": "%",
    "percent-bad": "%Q",
    "percent-end": "100%",
    "percent-percent": "%25",
  }),
  ...legal(110, "characters that URLs, SigV4 or encodeURIComponent treat apart", {
    question: "a?b",
    hash: "a#b",
    ampersand: "a&b=c",
    separators: "a;b:c@d,e",
    "sigv4-extra": "a!b'c(d)e*f",
    dollar: "$a$",
  }),
  ...legal(111, "a key read as a query", {
    "query-like": "a?versionId=1",
    "query-only": "?list-type=2",
    "query-acl": "?acl",
  }),
  ...legal(112, "quotes and brackets", { quote: 'a"b', angle: "a<b>c", brackets: "a[b]{c}", "pipe-caret": "a|b^c`d" }),
  ...legal(113, "names put into XML as they are", {
    xml: 'I\'m a < & weird "path"',
    entity: "a&amp;b&#65;",
    cdata: "]]>",
  }),
  ...legal(114, "a backslash turned into a slash", { backslash: "a\\b", "backslash-dots": "..\\b" }),
  ...legal(115, "dots that a URL parser takes away", { "encoded-dots": "a/%2e%2e/b", "encoded-dot": "%2e" }),
  ...legal(116, "dots that are no segments", {
    hidden: ".hidden",
    "trailing-dot": "trailing.",
    "two-dots": "te..st",
    "three-dots": "a/.../b",
    "dot-dot-name": "..a",
  }),
  ...legal(121, "control characters", {
    tab: "a\tb",
    newline: "a\nb",
    return: "a\rb",
    escape: "a\u001bb",
    delete: "a\u007fb",
  }),
  ...legal(122, "control characters that XML cannot carry", {
    "xml-invalid": "a\u0001\u0002b",
    "xml-invalid-c1": "a\u0085b",
    "xml-nonchar": "a\uFFFEb",
  }),
  ...legal(123, "characters beyond ASCII", {
    smiley: "☺",
    cjk: "日本/語",
    rtl: "שלום",
    flag: "🇦🇺",
    "emoji-dir": "🙂/a",
    "right-to-left-mark": "a\u202eb",
    bom: "\uFEFFa",
  }),
  ...legal(130, "names that Windows reserves", {
    "windows-device": "CON",
    "windows-colon": "a:b",
    "windows-trailing": "a./b",
    "windows-nul": "nul.txt",
  }),
  ...legal(133, "names that JavaScript objects have", {
    proto: "__proto__",
    "has-own": "hasOwnProperty",
    constructor: "constructor",
  }),
];

const distinct = (
  line: number,
  why: string,
  groups: Readonly<Record<string, readonly string[]>>,
): readonly (Named & { readonly keys: readonly string[] })[] =>
  Object.entries(groups).map(([name, keys]) => ({ name, keys, line, why }));

/** Keys that look alike and are different objects. */
export const distinctKeys: readonly (Named & { readonly keys: readonly string[] })[] = [
  ...distinct(107, "'+' and space one key", { plus: ["a+b", "a b", "a%20b", "a%2Bb"] }),
  ...distinct(108, "a decoded key", { percent: ["A", "%41", "%2541"], "percent-slash": ["a%2Fb", "a%252Fb"] }),
  ...distinct(109, "a copy source decoded twice", { "copy-percent": ["x%25", "x%", "x%2525"] }),
  ...distinct(114, "slash and backslash one key", { backslash: ["a\\b", "a_b", "a%5Cb"] }),
  ...distinct(124, "one name composed and decomposed, folded into one", {
    nfc: ["\u00e9", "e\u0301"],
    "nfc-ligature": ["ﬁ", "fi"],
  }),
  ...distinct(126, "upper and lower case one key", { case: ["readme", "README", "ReadMe"] }),
  ...distinct(106, "spaces at the ends trimmed", { trim: ["a", " a", "a ", "a  "] }),
  ...distinct(116, "dots at the ends trimmed", { dots: ["b", "b.", ".b", "b.."] }),
  ...distinct(176, "one name the beginning of another", { prefix: ["ab", "a", "abc", "a-b"] }),
  ...distinct(123, "astral characters by their halves", { astral: ["😀", "😁", "\uFF61"] }),
  ...distinct(128, "names cut at some length", { long: [`${"n".repeat(200)}1`, `${"n".repeat(200)}2`] }),
  ...distinct(111, "a key cut where a URL's query, fragment or parameters begin", {
    query: ["a", "a?", "a?b", "a?b=1"],
    hash: ["a", "a#", "a#b"],
    semicolon: ["a", "a;", "a;b"],
    ampersand: ["a=1", "a=1&b=2"],
  }),
  ...distinct(110, "unreserved or reserved characters that are one with their escapes", {
    escapes: ["a~b", "a%7Eb", "a%7eb", "a!b", "a%21b", "a'b", "a%27b", "a*b", "a%2Ab", "a(b", "a%28b"],
    "encoded-dots": ["x/%2e%2e/y", "x/%2E%2E/y", "y", "x/y"],
  }),
  ...distinct(113, "entities of XML or HTML decoded", {
    entities: ["a&b", "a&amp;b", "a&#38;b", "a&amp;amp;b"],
    apostrophes: ["a'b", 'a"b', "a&#39;b", "a&apos;b", "a&quot;b", "a’b", "a`b"],
  }),
  ...distinct(106, "one kind of white space taken for another", {
    spaces: ["a b", "a  b", "a\tb", "a\u00a0b", "a\u2003b", "a\u3000b", "ab"],
  }),
  ...distinct(121, "ends of lines, or control characters, taken for one another", {
    "line-ends": ["a\nb", "a\rb", "a\u2028b"],
    crlf: ["a\r\nb", "a\nb"],
    controls: ["ab", "a\u007fb", "a\u0001b", "a\u0002b", "a\u0085b"],
  }),
  ...distinct(123, "characters that nobody sees dropped, or those that a code page lacks replaced", {
    invisible: ["ab", "a\u200bb", "a\u200db", "a\u00adb", "a\ufeffb", "\ufeffab", "a\u200eb", "a\u202eb"],
    replaced: ["?", "\ufffd", "é", "日", "😀", "??"],
  }),
  ...distinct(130, "characters that some file systems forbid replaced by one", {
    forbidden: ["a_b", "a:b", "a*b", "a?b", "a|b", "a<b", "a>b", "a-b"],
    "leading-dash": ["-a", "_a", "--a"],
  }),
  ...distinct(133, "names that JavaScript objects have, kept under others", {
    proto: ["__proto__", "proto", "prototype", "constructor"],
  }),
  ...distinct(110, "keys taken for numbers", { numbers: ["1", "01", "1.0", "+1", "1e0", "0x1"] }),
  ...distinct(126, "letters whose upper and lower case differ in length folded", {
    letters: ["ß", "ss", "ſs", "İ", "i\u0307", "ı", "\u212a", "k"],
  }),
];

const illegal = (
  line: number,
  why: string,
  keys: Readonly<Record<string, string>>,
): readonly (Named & { readonly key: string })[] => legal(line, why, keys);

/** Keys that no store takes: refused everywhere, and nothing else is touched by them. */
export const illegalKeys: readonly (Named & { readonly key: string })[] = [
  ...illegal(120, "an empty key taken for the container, or told as missing", { empty: "" }),
  ...illegal(115, "a path that walks out", {
    dotdot: "..",
    "dotdot-inner": "a/../b",
    "dotdot-leading": "../b",
    "dotdot-trailing": "a/..",
  }),
  ...illegal(116, "a segment that file systems drop", { dot: ".", "dot-inner": "a/./b", "dot-leading": "./b" }),
  ...illegal(118, "a leading slash dropped or kept by chance", { "leading-slash": "/b", "slash-only": "/" }),
  ...illegal(121, "a key that ends at its NUL", { nul: "b\u0000c" }),
  ...illegal(125, "half a character: two keys become one", { "lone-high": "a\uD800", "lone-low": "\uDC00b" }),
  ...illegal(127, "a key that some store cuts", {
    "too-long": "k".repeat(1025),
    "too-long-wide": `${"é".repeat(100)}/`.repeat(6),
  }),
];

/** Keys that only some stores hold: held exactly, or refused. */
export const limitedKeys: readonly (Named & { readonly key: string; readonly held: (keys: KeyLimits) => boolean })[] = [
  { name: "double-slash", key: "a//b", line: 117, why: "'a//b' taken for 'a/b'", held: (keys) => keys.emptySegments },
  { name: "many-slashes", key: "a///b", line: 117, why: "empty segments dropped", held: (keys) => keys.emptySegments },
  {
    name: "trailing-slash",
    key: "a/",
    line: 119,
    why: "'a/' taken for 'a' or for a directory",
    held: (keys) => keys.trailingSlash,
  },
  {
    name: "segment-255",
    key: "s".repeat(255),
    line: 127,
    why: "a long name that leaves no room for a temporary suffix",
    held: (keys) => (keys.segmentBytes ?? 255) >= 255,
  },
  {
    name: "segment-255-wide",
    key: `${"é".repeat(127)}x`,
    line: 128,
    why: "characters counted instead of bytes",
    held: (keys) => (keys.segmentBytes ?? 255) >= 255,
  },
  {
    name: "segment-256",
    key: "s".repeat(256),
    line: 127,
    why: "ENAMETOOLONG met as an internal error",
    held: (keys) => keys.segmentBytes === undefined || keys.segmentBytes >= 256,
  },
];
