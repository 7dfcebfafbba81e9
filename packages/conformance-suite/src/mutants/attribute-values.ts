import type { ObjectAttributes, StoreDriver } from "@stowage/core";
import { forwardDriver, forwardMultipart } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";

type Change = (attributes: ObjectAttributes) => ObjectAttributes;

/** Attributes changed on their way into the store: by put, multipart and copy alike. */
function alterAttributes(driver: StoreDriver, change: Change): StoreDriver {
  const { multipart } = forwardDriver(driver);
  return forwardDriver(driver, {
    write: (key, body, call) => driver.write(key, body, { ...call, attributes: change(call.attributes) }),
    ...(multipart && {
      multipart: forwardMultipart(multipart, {
        begin: (key, options) => multipart.begin(key, { ...options, attributes: change(options.attributes) }),
      }),
    }),
  });
}

const metadata =
  (change: (entries: [string, string][]) => [string, string][]): Change =>
  (attributes) => ({ ...attributes, metadata: Object.fromEntries(change(Object.entries(attributes.metadata))) });

const values = (change: (value: string) => string): Change =>
  metadata((entries) => entries.map(([name, value]) => [name, change(value)]));

const changes: Readonly<Record<string, readonly [string, Change]>> = {
  "meta-dropped": ["metadata is accepted and dropped", metadata(() => [])],
  "meta-empty-value-dropped": [
    "an empty value is dropped",
    metadata((entries) => entries.filter(([, value]) => value !== "")),
  ],
  "meta-trimmed": [
    "values are trimmed, inner spaces collapsed",
    values((value) => value.trim().replaceAll(/ +/g, " ")),
  ],
  "meta-latin1": ["values go through Latin-1", values((value) => Buffer.from(value, "latin1").toString("latin1"))],
  "meta-decoded-twice": [
    "values are decoded once too often",
    values((value) => value.replaceAll("%41", "A").replaceAll("=?UTF-8?B?Y2Fmw6k=?=", "café").replaceAll("\\c", "c")),
  ],
  "meta-cut-1k": ["values are cut at 1,024 characters", values((value) => value.slice(0, 1024))],
  "meta-names-mangled": [
    "dashes and dots in names become underscores",
    metadata((entries) => entries.map(([name, value]) => [name.replaceAll(/[-.]/g, "_"), value])),
  ],
  "meta-names-digits": [
    "a name that begins with a digit or underscore loses it",
    metadata((entries) => entries.map(([name, value]) => [name.replace(/^[\d_]+(?=.)/, ""), value])),
  ],
  "meta-names-capitalised": [
    "names come back capitalised",
    metadata((entries) => entries.map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value])),
  ],
  "meta-proto-lost": [
    "names that JavaScript objects have are lost",
    metadata((entries) =>
      entries.filter(([name]) => !(name in {}) && name !== "tostring" && name !== "class" && name !== "_"),
    ),
  ],
  "meta-tabs-as-spaces": ["tabs in values become spaces", values((value) => value.replaceAll("\t", " "))],
  "meta-as-json": ["values that read as numbers or literals go through JSON", values(parsed)],
  "meta-quotes-taken-off": ["quotes around a value are taken off", values((value) => value.replace(/^"(.*)"$/, "$1"))],
  "meta-first-of-list": ["a value is cut at its first separator", values((value) => value.replace(/[,;|].*$/, ""))],
  "meta-composed": ["values are normalised", values((value) => value.normalize("NFKC"))],
  "meta-unescaped": ["values are unescaped", values(unescaped)],
  "meta-cut-255": ["values are cut at 255 characters", values((value) => value.slice(0, 255))],
  "meta-few": ["only ten entries are kept", metadata((entries) => entries.slice(0, 10))],
  "meta-names-cut": [
    "names are cut at 100 characters",
    metadata((entries) => entries.map(([name, value]) => [name.slice(0, 100), value])),
  ],
  "headers-ascii": [
    "what ASCII lacks in a content disposition becomes a question mark",
    (attributes) => ({
      ...attributes,
      contentDisposition: attributes.contentDisposition?.replaceAll(/[^\0-\x7f]/gu, "?"),
    }),
  ],
  "headers-lower-cased": [
    "content type and cache control are lower-cased",
    (attributes) => ({
      ...attributes,
      contentType: attributes.contentType?.toLowerCase(),
      cacheControl: attributes.cacheControl?.toLowerCase(),
    }),
  ],
  "content-type-fixed": [
    "the content type is always application/octet-stream",
    (attributes) => ({ ...attributes, contentType: "application/octet-stream" }),
  ],
  "content-type-parameters-dropped": [
    "parameters of the content type are dropped",
    (attributes) => ({ ...attributes, contentType: attributes.contentType?.replace(/;.*$/, "") }),
  ],
  "content-type-default-text": [
    "the default content type is text/plain",
    (attributes) => ({
      ...attributes,
      contentType: attributes.contentType === "application/octet-stream" ? "text/plain" : attributes.contentType,
    }),
  ],
  "headers-dropped": [
    "cache control, disposition, encoding and language are dropped",
    ({ contentType, metadata: kept }) => ({ contentType, metadata: kept }),
  ],
  "disposition-unquoted": [
    "quotes and escapes in the content disposition are dropped",
    (attributes) => ({
      ...attributes,
      contentDisposition: attributes.contentDisposition?.replaceAll(/["\\]|%../g, ""),
    }),
  ],
  "language-lower-cased": [
    "the content language keeps its first tag only",
    (attributes) => ({ ...attributes, contentLanguage: attributes.contentLanguage?.split(",")[0] }),
  ],
};

function parsed(value: string): string {
  try {
    const read: unknown = JSON.parse(value.replace(/^0+(?=\d)/, ""));
    return read === null ? "" : String(typeof read === "boolean" ? Number(read) : read);
  } catch {
    return value;
  }
}

function unescaped(value: string): string {
  return value.replaceAll(/%([0-9a-f]{2})|\\u([0-9a-f]{4})|&amp;/gi, (_, ...codes: (string | undefined)[]) =>
    String.fromCodePoint(parseInt(codes[0] ?? codes[1] ?? "26", 16)),
  );
}

export const attributeValueMutants: readonly Mutant[] = defineMutants("wrong attributes", (define) => {
  for (const [name, [fault, change]] of Object.entries(changes))
    define(name, fault, () => ({ driver: (driver) => alterAttributes(driver, change) }));
});
