import { StoreError } from "@stowage/core";
import type { DriverListCall, DriverListPage } from "@stowage/core";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { groupOf, naiveList, offsetCursor, utf8 } from "./naive-list.js";
import type { ListFaults } from "./naive-list.js";

const utf16 = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Listings right but for one step. */
const listings: Readonly<Record<string, readonly [string, ListFaults]>> = {
  "list-ignores-prefix": ["a prefix is not looked at", { matches: () => true }],
  "list-prefix-not-segment": [
    "a prefix that ends in a slash matches siblings",
    { matches: (key, prefix) => key.startsWith(prefix.replace(/\/$/, "")) },
  ],
  "list-prefix-as-directory": [
    "a prefix is taken for a directory",
    { matches: (key, prefix) => prefix === "" || key.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`) },
  ],
  "list-prefix-excludes-itself": [
    "a key equal to the prefix is left out",
    { matches: (key, prefix) => key.startsWith(prefix) && key !== prefix },
  ],
  "list-prefix-decoded": [
    "a prefix is percent-decoded, and '+' is a space",
    { matches: (key, prefix) => key.startsWith(unescaped(prefix)) },
  ],
  "list-prefix-escaped": [
    "a prefix is percent-encoded",
    { matches: (key, prefix) => key.startsWith(encodeURI(prefix)) },
  ],
  "list-prefix-insensitive": [
    "a prefix is compared without case",
    { matches: (key, prefix) => key.toLowerCase().startsWith(prefix.toLowerCase()) },
  ],
  "list-prefix-without-accents": [
    "a prefix is compared without accents",
    {
      matches: (key, prefix) =>
        key.normalize("NFD").replaceAll(/\p{M}/gu, "").startsWith(prefix.normalize("NFD").replaceAll(/\p{M}/gu, "")),
    },
  ],
  "list-token-latin1": [
    "a page token goes through Latin-1",
    { token: (last) => `after:${Buffer.from(last, "latin1").toString("latin1")}` },
  ],
  "list-token-takes-object-for-prefix": [
    "an object whose name ends in a slash is resumed from as a common prefix",
    {
      beyond: (key, cursor, fromToken) =>
        utf8(key, cursor) > 0 && !(fromToken && cursor.endsWith("/") && key.startsWith(cursor)),
    },
  ],
  "list-token-unescaped": ["a page token is unescaped", { token: (last) => `after:${unescaped(last)}` }],
  "list-prefix-pattern": [
    "'*' and '[' in a prefix are a pattern",
    {
      matches: (key, prefix) =>
        /[*[]/.test(prefix)
          ? key.startsWith(prefix.replace(/[*[].*$/s, "")) && !key.startsWith(prefix)
          : key.startsWith(prefix),
    },
  ],
  "list-order-utf16": ["keys come in UTF-16 order", { compare: utf16 }],
  "list-order-insensitive": [
    "keys come in the order of a dictionary",
    { compare: (one, other) => one.localeCompare(other, "en") || utf8(one, other) },
  ],
  "list-order-walk": [
    "keys come as a directory walk finds them",
    { compare: (one, other) => utf8(one.replaceAll("/", "\u0001"), other.replaceAll("/", "\u0001")) },
  ],
  "list-start-after-inclusive": [
    "startAfter is listed again",
    { beyond: (key, cursor, fromToken) => (fromToken ? utf8(key, cursor) > 0 : utf8(key, cursor) >= 0) },
  ],
  "list-start-after-ignored": [
    "startAfter is not looked at",
    { beyond: (key, cursor, fromToken) => !fromToken || utf8(key, cursor) > 0 },
  ],
  "list-token-inclusive": [
    "each page begins with the last key of the one before",
    {
      beyond: (key, cursor, fromToken) => utf8(key, cursor) >= (fromToken ? 0 : 1),
      pageSize: (asked) => Math.max(2, asked),
    },
  ],
  "list-token-is-offset": ["a page token is a count", { token: (_, count) => `at:${count}`, cursor: offsetCursor }],
  "list-token-must-exist": ["a page token is a key that must be there", { cursor: existingCursor }],
  "list-token-garbage-restarts": [
    "a foreign token starts from the beginning",
    { cursor: (token) => (token.startsWith("after:") ? token.slice(6) : "") },
  ],
  "list-delimiter-ignored": ["a delimiter is not looked at", { group: () => undefined }],
  "list-delimiter-slash-only": ["any delimiter is a slash", { group: (key, prefix) => groupOf(key, prefix, "/") }],
  "list-delimiter-first-character": [
    "a delimiter is one character",
    { group: (key, prefix, delimiter) => groupOf(key, prefix, delimiter[0] ?? "/") },
  ],
  "list-delimiter-from-start": [
    "the delimiter is looked for from the start of the key",
    { group: (key, _prefix, delimiter) => groupOf(key, "", delimiter) },
  ],
  "list-delimiter-pattern": ["a delimiter is a regular expression", { group: patternGroup }],
  "list-page-size-ignored": ["the page size is not looked at", { pageSize: () => 1000 }],
  "list-page-size-plus-one": ["pages are one longer than asked for", { pageSize: (asked) => asked + 1 }],
  "list-size-zero": ["entries have no size", { entry: (entry) => ({ ...entry, size: 0 }) }],
  "list-etag-other": [
    "the etag of entries is another one",
    { entry: (entry) => ({ ...entry, etag: `${entry.etag}-1` }) },
  ],
  "list-time-epoch": ["the time of entries is 1970", { entry: (entry) => ({ ...entry, lastModified: new Date(0) }) }],
  "list-drop-last": [
    "the last entry of each page is lost",
    { page: (page) => ({ ...page, entries: page.entries.slice(0, -1) }) },
  ],
  "list-duplicate": [
    "the first entry of each page comes twice",
    { page: (page) => ({ ...page, entries: [...page.entries.slice(0, 1), ...page.entries] }) },
  ],
  "list-drops-after-1000": [
    "a listing ends after a thousand entries",
    { page: (page) => (page.entries.length + page.prefixes.length >= 1000 ? { ...page, token: undefined } : page) },
  ],
  "list-first-page-only": ["a listing ends with its first page", { page: (page) => ({ ...page, token: undefined }) }],
  "list-prefixes-lost": ["common prefixes are left out", { page: (page) => ({ ...page, prefixes: [] }) }],
  "list-prefixes-without-delimiter": [
    "common prefixes come without their delimiter",
    {
      page: (page, { delimiter = "" }) => ({
        ...page,
        prefixes: page.prefixes.map((prefix) => prefix.slice(0, -delimiter.length)),
      }),
    },
  ],
  "list-objects-below-prefixes": [
    "objects below a common prefix are shown too",
    { group: () => undefined, page: withPrefixes },
  ],
};

/** What a listing holds, in which order, on which pages: right but for one rule. */
export const listRuleMutants: readonly Mutant[] = defineMutants("wrong listing", (define) => {
  for (const [name, [fault, faults]] of Object.entries(listings))
    define(name, fault, () => ({ driver: (driver) => naiveList(driver, faults) }));
});

function patternGroup(key: string, prefix: string, delimiter: string): string | undefined {
  if (!/^[.\\]$/.test(delimiter)) return groupOf(key, prefix, delimiter);
  return delimiter === "." ? key.slice(0, prefix.length + 1) : undefined;
}

function existingCursor(token: string, names: readonly string[]): string | undefined {
  if (!token.startsWith("after:"))
    throw new StoreError({ code: "InvalidArgument", message: "this token is not of this listing" });
  const key = token.slice(6);
  return names.includes(key) ? key : undefined;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function withPrefixes(page: DriverListPage, { prefix, delimiter }: DriverListCall): DriverListPage {
  if (delimiter === undefined) return page;
  return { ...page, prefixes: [...new Set(page.entries.flatMap(({ key }) => groupOf(key, prefix, delimiter) ?? []))] };
}
