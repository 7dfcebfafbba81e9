import type { KnownFailure } from "@stowage/conformance-suite";

const of = (reason: string, evidence: string, cases: readonly string[]): Record<string, KnownFailure> =>
  Object.fromEntries(cases.map((id) => [id, { reason, evidence, product: "azurite", version: "3.35.0" }]));

/** Where Azurite 3.35.0 differs from Azure Blob Storage. */
export const AZURITE: Readonly<Record<string, KnownFailure>> = {
  ...of(
    "a metadata name that JavaScript's own objects have is lost or joined with the built-in's text",
    "a GET of a blob put with x-ms-meta-__proto__ answers without it, with x-ms-meta-constructor as 'function Object()…,mine'",
    ["meta.name/__proto__", "meta.name/constructor"],
  ),
  ...of(
    "listing a name that holds a control character answers 500; Azure encodes such names",
    "List Blobs after a put of 'a%01b': 500 Internal Server Error without a body",
    ["key.escape", "key.xml-invalid", "key.xml-nonchar", "key.distinct/controls", "list.prefix-special/control"],
  ),
  ...of(
    "a listing holds CR in a name as it is, which every XML parser reads as LF: the harness then looks for another blob",
    "List Blobs after a put of 'a%0Db' answers that byte unescaped; Azure encodes such names",
    ["key.distinct/line-ends"],
  ),
};
