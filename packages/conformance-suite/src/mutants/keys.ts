import { StoreError } from "@stowage/core";
import type { StoreDriver } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { mapKeys } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, wrapStore } from "./wrap-store.js";

/** Percent-decoding that lets through what cannot be decoded. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** Stores under a spelling that is made safe, as some do: no key is lost by it, several become one. */
const spellings: Readonly<Record<string, readonly [string, (key: string) => string]>> = {
  "key-case-fold": ["keys are compared without case", (key) => key.toLowerCase()],
  "key-trim": ["spaces at the ends of a key are trimmed", (key) => key.trim() || key],
  "key-nfc": ["keys are normalised to NFC", (key) => key.normalize("NFC")],
  "key-nfkc": ["keys are normalised to NFKC", (key) => key.normalize("NFKC")],
  "key-pct-decode": ["keys are percent-decoded", decoded],
  "key-plus-as-space": ["'+' in a key becomes a space", (key) => key.replaceAll("+", " ")],
  "key-backslash-as-slash": [
    "a backslash in a key becomes a slash",
    (key) => key.replaceAll("\\", "/").replace(/^\/+|(?<=\/)\.\.(?=\/|$)/g, "_"),
  ],
  "key-url-cut": ["a key is cut at '?' or '#'", (key) => key.replace(/(?<=.)[?#].*$/s, "")],
  "key-url-cut-anywhere": ["a key that begins with '?' loses it", (key) => key.replace(/^\?(?=.)/, "")],
  "key-control-stripped": ["control characters in a key are dropped", (key) => key.replaceAll(/\p{Cc}/gu, "")],
  "key-nonchar-replaced": [
    "characters that XML or terminals dislike are replaced",
    (key) => key.replaceAll(/[\u0080-\u009f\uFFFE\uFEFF\u202e]/gu, "_"),
  ],
  "key-entities-decoded": [
    "XML entities in a key are decoded",
    (key) => key.replaceAll("&amp;", "&").replaceAll("&#65;", "A").replaceAll("]]>", "]]"),
  ],
  "key-quotes-stripped": [
    "quotes, brackets and pipes in a key are replaced",
    (key) => key.replaceAll(/["'<>[\]{}|^`]/g, "_"),
  ],
  "key-punctuation-replaced": [
    "reserved punctuation in a key is replaced",
    (key) => key.replaceAll(/[&=;:@,!()*$~]/g, "_"),
  ],
  "key-slashes-collapsed": [
    "empty segments and a trailing slash are dropped",
    (key) => key.replaceAll(/\/+/g, "/").replace(/(?<=.)\/$/, ""),
  ],
  "key-trailing-dots-dropped": [
    "dots at the end of a segment are dropped, as Windows does",
    (key) => key.replaceAll(/(?<=[^./])\.+(?=\/|$)/g, ""),
  ],
  "key-dots-replaced": [
    "a leading dot becomes an underscore, three dots vanish",
    (key) => key.replaceAll(/(^|\/)\.(?=[^/])/g, "$1_").replaceAll("..", "_"),
  ],
  "key-device-names": [
    "Windows device names get an underscore",
    (key) => key.replaceAll(/(^|\/)(con|nul)(?=\.|\/|$)/gi, "$1_$2"),
  ],
  "key-cut-200": [
    "names are cut at 200 characters",
    (key) =>
      key
        .split("/")
        .map((segment) => segment.slice(0, 200))
        .join("/"),
  ],
  "key-ascii": ["characters beyond ASCII are replaced", (key) => key.replaceAll(/[^\0-\x7f]/g, "?")],
  "key-utf16-halves": [
    "characters beyond the first plane lose their second half",
    (key) => key.replaceAll(/[\uDC00-\uDFFF]/g, ""),
  ],
  "key-dashes": [
    "dots, spaces and underscores become dashes",
    (key) => key.replaceAll(/(?<=[^/.])[._ ](?=[^/.])/g, "-"),
  ],
  "key-extension-dropped": [
    "names with digits or capitals are lower-cased and lose a final digit",
    (key) => key.replace(/(?<=.)\d$/, ""),
  ],
  "key-flattened": ["slashes in a key become dashes", (key) => key.replaceAll("/", "-")],
  "key-proto-prefix": ["names that JavaScript objects have get an underscore", (key) => (key in {} ? `_${key}` : key)],
  "key-temp-names": [
    "names that look like temporary files are kept elsewhere",
    (key) => key.replace(/(\.tmp|~|\.part|\.attrs|\.swp)$|^\.(?=tmp|stowage|nfs)/, "_hidden"),
  ],
  "key-deep-cut": ["paths are cut at 32 segments", (key) => key.split("/").slice(0, 32).join("/")],
  "key-bytes-cut": ["keys are cut at 900 bytes", (key) => Buffer.from(key).subarray(0, 900).toString("latin1")],
  "key-spaces-removed": ["spaces and tabs in a key are removed", (key) => key.replaceAll(/[ \t]/g, "") || "_"],
};

export const keyMutants: readonly Mutant[] = defineMutants("wrong key", (define) => {
  for (const [name, [fault, spell]] of Object.entries(spellings))
    define(name, fault, () => ({ driver: (driver) => mapKeys(driver, spell) }));

  define("key-escaped-in-list", "listings show keys percent-encoded", () => ({
    driver: (driver) => relisted(driver, (key) => encodeURI(key)),
  }));
  define("key-decoded-in-list", "listings show keys decoded", () => ({
    driver: (driver) => relisted(driver, (key) => decoded(key.replaceAll("+", " "))),
  }));
  define("copy-source-decoded", "the source of a copy is percent-decoded, and '+' is a space", () => ({
    driver(driver) {
      const { copyFrom } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(copyFrom && {
          copyFrom: (source, from, to, call) =>
            copyFrom(source, decoded(from.replaceAll("+", " ")).replace(/[?#].*$/s, ""), to, call),
        }),
      });
    },
  }));
  define("copy-source-escaped", "the source of a copy is percent-encoded", () => ({
    driver(driver) {
      const { copyFrom } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(copyFrom && {
          copyFrom: (source, from, to, call) =>
            copyFrom(source, encodeURIComponent(from).replaceAll("%2F", "/").replaceAll("'", "%27"), to, call),
        }),
      });
    },
  }));
  define("copy-target-trimmed", "the target of a copy loses its last character", () => ({
    driver(driver) {
      const { copyFrom } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(copyFrom && {
          copyFrom: (source, from, to, call) =>
            copyFrom(source, from, to.length > 1 && to.endsWith("2") ? to.slice(0, -1) : to, call),
        }),
      });
    },
  }));
  define("del-prefix", "delete by prefix: 'a' takes 'ab' and 'a/b' with it", () => ({
    driver: (driver) => forwardDriver(driver, { delete: (key, call) => deletePrefix(driver, key, call) }),
  }));
  define("del-directory", "delete of a prefix deletes what is below", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async delete(key, call) {
          await driver.delete(key, call);
          await deletePrefix(driver, `${key}/`, { ...call, conditions: undefined });
        },
      }),
  }));
  define("prefix-is-object", "a prefix is found as an empty object", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async stat(key, call) {
          try {
            return await driver.stat(key, call);
          } catch (error) {
            const pages = driver.list({
              ...call,
              prefix: `${key.replace(/\/$/, "")}/`,
              delimiter: undefined,
              startAfter: undefined,
              token: undefined,
              pageSize: 1,
            });
            for await (const { entries } of pages) {
              if (entries.length > 0)
                return { size: 0, etag: "directory", lastModified: undefined, attributes: { metadata: {} } };
            }
            throw error;
          }
        },
      }),
  }));
  define("trailing-slash-ignored", "'a/' is 'a'", () => ({
    driver: (driver) => mapKeys(driver, (key) => key.replace(/(?<=.)\/$/, "")),
  }));
  define("object-hides-prefix", "an object takes the place of what is below its name", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          const written = await driver.write(key, body, call);
          await deletePrefix(driver, `${key}/`, { ...call, conditions: undefined, versionId: undefined });
          return written;
        },
      }),
  }));
  define("parent-becomes-directory", "an object gives way to an object below its name", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          const at = key.lastIndexOf("/");
          if (at > 0) await driver.delete(key.slice(0, at), { ...call, conditions: undefined, versionId: undefined });
          return await driver.write(key, body, call);
        },
      }),
  }));
  define("directory-stays", "a name once used as a directory cannot be an object", () => {
    const directories = new Set<string>();
    return {
      driver: (driver, namespace) =>
        forwardDriver(driver, {
          async write(key, body, call) {
            if (directories.has(`${namespace}:${key}`))
              throw new StoreError({ code: "KeyConflict", message: "a directory is there" });
            const segments = key.split("/");
            for (let end = 1; end < segments.length; end += 1)
              directories.add(`${namespace}:${segments.slice(0, end).join("/")}`);
            return await driver.write(key, body, call);
          },
        }),
    };
  });
  define("parents-needed", "a key whose parent does not exist is NotFound", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          const at = key.lastIndexOf("/");
          if (at === -1) return await driver.write(key, body, call);
          const pages = driver.list({
            ...call,
            prefix: key.slice(0, at + 1),
            delimiter: undefined,
            startAfter: undefined,
            token: undefined,
            pageSize: 1,
          });
          for await (const { entries } of pages) if (entries.length > 0) return await driver.write(key, body, call);
          throw new StoreError({ code: "NotFound", message: "no such directory" });
        },
      }),
  }));
  define("keys-unvalidated", "illegal keys are made legal instead of refused", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) =>
        call(
          args.map((arg, index) =>
            index < 2 && typeof arg === "string"
              ? repaired(arg)
              : index === 0 && Array.isArray(arg)
                ? arg.map((key: unknown) => (typeof key === "string" ? repaired(key) : key))
                : arg,
          ),
        ),
      ),
  }));
  define("keys-coerced", "a key that is no string goes through String()", () => ({
    store: (store) =>
      aroundStore(store, (_name, [key, ...rest], call) =>
        call([typeof key === "string" || Array.isArray(key) ? key : String(key).replaceAll("/", ""), ...rest]),
      ),
  }));
  define("empty-key-is-not-found", "an empty key is told as a missing object", () => ({
    store: (store) =>
      aroundStore(store, async (_name, args, call) => {
        if (args[0] === "") throw new StoreError({ code: "NotFound", message: "no such object" });
        return await call(args);
      }),
  }));
  define("bodies-coerced", "a body that is none goes through String()", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          store.put(
            key,
            body === undefined ||
              body === null ||
              typeof body === "number" ||
              typeof body === "boolean" ||
              typeof body === "function" ||
              isPlain(body)
              ? String(body)
              : body,
            options,
          ),
      }),
  }));
});

function isPlain(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function repaired(key: string): string {
  const safe = key
    .replaceAll("\0", "")
    .replaceAll(/\p{Cs}/gu, "\uFFFD")
    .split("/")
    .filter(
      (segment, index, all) =>
        segment !== "." && segment !== ".." && !(segment === "" && index === 0 && all.length > 1),
    )
    .join("/");
  return Buffer.from(safe === "" ? "_" : safe)
    .subarray(0, 1000)
    .toString();
}

async function deletePrefix(
  driver: StoreDriver,
  prefix: string,
  call: Parameters<StoreDriver["delete"]>[1],
): Promise<void> {
  const keys: string[] = [];
  const pages = driver.list({
    ...call,
    prefix,
    delimiter: undefined,
    startAfter: undefined,
    token: undefined,
    pageSize: undefined,
  });
  for await (const { entries } of pages) keys.push(...entries.map(({ key }) => key));
  for (const key of keys) await driver.delete(key, { ...call, conditions: undefined });
}

function relisted(driver: StoreDriver, spell: (key: string) => string): StoreDriver {
  return forwardDriver(driver, {
    async *list(call) {
      for await (const page of driver.list(call)) {
        yield {
          ...page,
          entries: page.entries.map((entry) => ({ ...entry, key: spell(entry.key) })),
          prefixes: page.prefixes.map(spell),
        };
      }
    },
  });
}
