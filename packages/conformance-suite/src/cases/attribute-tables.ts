import type { AttributeInput } from "@stowage/core";

/** Values of metadata that some transport, file format or language would take for something else. */
export const values: Readonly<Record<string, string>> = {
  latin: "café",
  cjk: "日本語",
  emoji: "🇦🇺 ☺",
  "looks-encoded": "=?UTF-8?B?Y2Fmw6k=?= %41 +",
  "inner-spaces": "hello   world",
  quotes: `"quoted", 'single'; a=b\\c`,
  "quoted-whole": '"all of it"',
  separators: "a,b;c=d&e:f|g",
  tab: "a\tb",
  true: "true",
  null: "null",
  number: "007",
  decomposed: "e\u0301 \u00e9 \ufb01",
  escapes: "100% %2B+%zz \\u0041 &amp;",
  long: "v".repeat(600),
};

/** Names that mean something to JavaScript, C# or the service. */
export const names = [
  "a",
  "a-b",
  "a_b",
  "a.b",
  "0digit",
  "x-amz-meta-x",
  "content-type",
  "__proto__",
  "constructor",
  "tostring",
  "class",
  "_",
] as const;

/** Content attributes as given, to come back as they are. */
export const headers: Readonly<Record<string, AttributeInput>> = {
  "content-type": { contentType: "text/html; charset=utf-8" },
  "content-type-case": { contentType: "Application/X-Own; Charset=UTF-8" },
  "content-type-unusual": { contentType: 'application/vnd.example+json;profile="a b"' },
  "cache-control": { cacheControl: "public, max-age=3600" },
  "cache-control-case": { cacheControl: 'Private="Set-Cookie",Max-Age=0' },
  "content-disposition": { contentDisposition: 'attachment; filename="a \\"b\\".txt"' },
  "content-encoding": { contentEncoding: "gzip" },
  "content-language": { contentLanguage: "de, en-GB" },
};

/** Every attribute that an object can carry, each with a value that is nobody's default. */
export const everyAttribute: AttributeInput & { readonly metadata: Readonly<Record<string, string>> } = {
  metadata: { x: "1", colour: "red" },
  contentType: "text/x-test",
  contentEncoding: "br",
  contentLanguage: "de-AT",
  contentDisposition: 'attachment; filename="x.txt"',
  cacheControl: "no-store, max-age=7",
};
