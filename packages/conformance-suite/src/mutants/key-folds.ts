import { forwardDriver } from "../instrument/forward.js";
import { mapKeys, perNamespace } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";

/** What is compared instead of the key. Every key works on its own, under its own spelling; two that fold alike are one object. */
const folds: Readonly<Record<string, readonly [string, (key: string) => string]>> = {
  "key-folds-query": ["keys are compared up to '?'", (key) => key.replace(/(?<=.)\?.*$/s, "")],
  "key-folds-hash": ["keys are compared up to '#'", (key) => key.replace(/(?<=.)#.*$/s, "")],
  "key-folds-parameters": ["keys are compared up to ';' or '&'", (key) => key.replace(/(?<=.)[;&].*$/s, "")],
  "key-folds-escapes": [
    "escapes of characters that need none are decoded to compare",
    (key) => key.replaceAll(/%(7E|21|27|2A)/gi, (escape) => decodeURIComponent(escape)),
  ],
  "key-folds-escape-case": [
    "escapes are compared without case",
    (key) => key.replaceAll(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase()),
  ],
  "key-folds-encoded-dots": ["encoded dots are taken away to compare", (key) => key.replace(/^[^/]*\/%2e%2e\//i, "")],
  "key-folds-entities": [
    "entities are decoded to compare",
    (key) => key.replaceAll(/&(amp|#38);/g, "&").replaceAll(/&(apos|#39);/g, "'"),
  ],
  "key-folds-quotes": ["one quote is taken for another", (key) => key.replaceAll(/["'`\u2019]/g, "'")],
  "key-folds-spaces": ["any white space is one space", (key) => key.replaceAll(/(?<=\S)\s+(?=\S)/gu, " ")],
  "key-folds-line-ends": ["ends of lines are compared as one", (key) => key.replaceAll(/\r\n?|\u2028/g, "\n")],
  "key-folds-controls": ["control characters are not compared", (key) => key.replaceAll(/\p{Cc}/gu, "") || key],
  "key-folds-invisible": [
    "characters that nobody sees are not compared",
    (key) => key.replaceAll(/\p{Cf}/gu, "") || key,
  ],
  "key-folds-bom": ["a byte order mark is not compared", (key) => key.replace(/^\uFEFF(?=.)/, "")],
  "key-folds-code-page": [
    "what a code page lacks is compared as a question mark",
    (key) => key.replaceAll(/[^\0-\xff]/gu, "?"),
  ],
  "key-folds-forbidden": [
    "characters that Windows forbids are compared as an underscore",
    (key) => key.replaceAll(/[:*?|<>]/g, "_"),
  ],
  "key-folds-proto": [
    "names that JavaScript objects have lose their underscores",
    (key) => (key in {} ? key.replaceAll("__", "") : key),
  ],
  "key-folds-dash": ["a leading dash is compared as an underscore", (key) => key.replace(/^-/, "_")],
  "key-folds-numbers": [
    "keys that are numbers are compared as such",
    (key) => (key !== "" && Number.isFinite(Number(key)) ? String(Number(key)) : key),
  ],
  "key-folds-letters": [
    "letters are folded in full: ß is ss",
    (key) => key.replaceAll("ß", "ss").replaceAll("ſ", "s").replaceAll("ı", "i").replaceAll("\u212A", "k"),
  ],
  "key-folds-tail": [
    "the end of a long key is not compared",
    (key) => Buffer.from(key).subarray(0, 1000).toString("latin1"),
  ],
};

export const keyFoldMutants: readonly Mutant[] = defineMutants("wrong key", (define) => {
  for (const [name, [fault, fold]] of Object.entries(folds)) {
    define(name, fault, () => {
      const spellings = perNamespace(() => new Map<string, string>());
      return {
        driver(driver, namespace) {
          const known = spellings(namespace);
          const first = (key: string): string => known.get(fold(key)) ?? key;
          const folded = mapKeys(driver, first);
          return forwardDriver(folded, {
            async write(key, body, call) {
              if (!known.has(fold(key))) known.set(fold(key), key);
              return await driver.write(first(key), body, call);
            },
          });
        },
      };
    });
  }
});
