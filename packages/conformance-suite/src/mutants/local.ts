import { createReadStream, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "@stowage/core";
import type { StoreDriver } from "@stowage/core";
import type { Harness } from "../harness/types.js";
import { forwardDriver, without } from "../instrument/forward.js";
import { alterReads, alterWrites, collected, readWhole } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Fault, Mutant } from "./mutant.js";

/** A fault that needs the directory of the namespace. */
function inDirectory(change: (driver: StoreDriver, path: (key: string) => string) => StoreDriver): Fault {
  let pathOf: (namespace: string, key: string) => string = (_namespace, key) => key;
  return {
    harness(harness: Harness) {
      pathOf = (namespace, key) => join(harness.localPath?.(namespace) ?? ".", key);
      return harness;
    },
    driver: (driver, namespace) => change(driver, (key) => pathOf(namespace, key)),
  };
}

export const localMutants: readonly Mutant[] = defineMutants(
  "local",
  (define) => {
    define("local-padded", "files are padded to blocks of 512 bytes", () => ({
      driver: (driver) =>
        alterWrites(driver, async (_key, bytes, _call, send) => {
          const padded = new Uint8Array(
            Math.max(512, Math.ceil(bytes.byteLength / 512) * 512 + (bytes.byteLength % 512 === 0 ? 512 : 0)),
          );
          padded.set(bytes);
          return { ...(await send(padded)), size: bytes.byteLength };
        }),
    }));
    define("local-aligned-reads", "reads begin at a block", () => ({
      driver: (driver) =>
        alterReads(
          driver,
          (answer) => answer,
          async (key, range, call) => {
            const answer = await readWhole(driver, key, range, call);
            if (range === undefined || !("offset" in range) || range.offset % 512 === 0) return answer;
            const aligned = await readWhole(
              driver,
              key,
              { offset: range.offset - (range.offset % 512), length: answer.bytes.byteLength },
              call,
            );
            return { ...answer, bytes: aligned.bytes };
          },
        ),
    }));
    define("local-naive-read", "reads open whatever the path leads to", () =>
      inDirectory((driver, path) =>
        without(
          forwardDriver(driver, {
            async read(key, range, call) {
              try {
                return await driver.read(key, range, call);
              } catch (error) {
                // Where the store refuses, this one looks for itself: links, pipes, whatever it is.
                const bytes = await opened(path(key), error);
                const info = {
                  size: bytes.byteLength,
                  etag: "naive",
                  lastModified: undefined,
                  attributes: { contentType: "application/octet-stream", metadata: {} },
                };
                return {
                  info,
                  range: { offset: 0, length: bytes.byteLength },
                  chunks: (async function* (): AsyncGenerator<Uint8Array, undefined, undefined> {
                    yield bytes;
                    return undefined;
                  })(),
                };
              }
            },
          }),
          "readBytes",
          "readInto",
          "readRanges",
        ),
      ),
    );
    define("local-writes-in-place", "files are written in place", () =>
      inDirectory((driver, path) =>
        forwardDriver(driver, {
          async write(key, body, call) {
            const there = await driver
              .stat(key, { ...call, conditions: undefined, versionId: undefined })
              .catch(() => undefined);
            if (there === undefined) return await driver.write(key, body, call);
            writeFileSync(path(key), await collected(body));
            const { size, etag } = await driver.stat(key, { ...call, conditions: undefined, versionId: undefined });
            return { size, etag };
          },
        }),
      ),
    );
    define("local-temp-left", "a failed write leaves its temporary file", () =>
      inDirectory((driver, path) =>
        forwardDriver(driver, {
          async write(key, body, call) {
            try {
              return await driver.write(key, body, call);
            } catch (error) {
              writeFileSync(`${path(key).replace(/[^/]*$/, "")}x.tmp`, "");
              throw error;
            }
          },
        }),
      ),
    );
    define("local-follows-links-on-write", "writes go through links that lead out", () =>
      inDirectory((driver, path) =>
        forwardDriver(driver, {
          async write(key, body, call) {
            try {
              return await driver.write(key, body, call);
            } catch (error) {
              if (!key.startsWith("out/")) throw error;
              writeFileSync(path(key), await collected(body));
              return { size: 0, etag: "" };
            }
          },
        }),
      ),
    );
    define("local-lists-everything", "a listing shows what is no regular file, and empty directories", () =>
      inDirectory((driver, path) =>
        forwardDriver(driver, {
          async *list(call) {
            for await (const page of driver.list(call)) {
              const odd = readdirSync(path("."), { withFileTypes: true }).filter(
                (entry) => entry.isFIFO() || entry.isSocket() || (entry.isDirectory() && call.delimiter === "/"),
              );
              const names = new Set(page.entries.map(({ key }) => key));
              const extra = odd.filter(
                ({ name }) => !names.has(name) && !page.prefixes.includes(`${name}/`) && name.startsWith(call.prefix),
              );
              yield {
                ...page,
                entries: [
                  ...page.entries,
                  ...extra
                    .filter((entry) => !entry.isDirectory())
                    .map(({ name }) => ({ key: name, size: 0, etag: "", lastModified: undefined })),
                ],
                prefixes: [
                  ...page.prefixes,
                  ...extra.filter((entry) => entry.isDirectory()).map(({ name }) => `${name}/`),
                ],
              };
            }
          },
        }),
      ),
    );
    define("local-directories-are-objects", "a directory is an empty object, and gives way to one", () =>
      inDirectory((driver, path) =>
        forwardDriver(driver, {
          async write(key, body, call) {
            if (directory(path(key))) rmSync(path(key), { recursive: true });
            return await driver.write(key, body, call);
          },
          async stat(key, call) {
            if (directory(path(key)))
              return { size: 0, etag: "directory", lastModified: undefined, attributes: { metadata: {} } };
            return await driver.stat(key, call);
          },
        }),
      ),
    );
    define("local-links-break", "a link inside the container fails as internal", () =>
      inDirectory((driver) =>
        without(
          forwardDriver(driver, {
            async read(key, range, call) {
              if (key.startsWith("link/")) throw new StoreError({ code: "Internal", message: "ELOOP" });
              return await driver.read(key, range, call);
            },
          }),
          "readBytes",
          "readInto",
          "readRanges",
        ),
      ),
    );
    define("local-decodes-names", "names of files are percent-decoded in listings", () => ({
      driver: (driver) =>
        forwardDriver(driver, {
          async *list(call) {
            for await (const page of driver.list(call))
              yield {
                ...page,
                entries: page.entries.map((entry) => ({ ...entry, key: entry.key.replaceAll("%41", "A") })),
              };
          },
        }),
    }));
    define("local-remembers-reads", "a file once read is read from memory ever after", () => ({
      driver(driver) {
        const cached = new Map<string, Awaited<ReturnType<typeof readWhole>>>();
        return alterReads(
          driver,
          (answer) => answer,
          async (key, range, call) => {
            const known = cached.get(key);
            if (known !== undefined && range === undefined && call.conditions === undefined)
              return { ...known, bytes: known.bytes.slice() };
            const answer = await readWhole(driver, key, range, call);
            if (range === undefined) cached.set(key, { ...answer, bytes: answer.bytes.slice() });
            return answer;
          },
        );
      },
    }));
  },
  "local",
);

function directory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Reads the path as a careless store would; what cannot be opened fails with `error`. */
async function opened(path: string, error: unknown): Promise<Uint8Array> {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(path);
  } catch {
    throw error;
  }
  if (found.isSocket()) return new Uint8Array(0);
  if (!found.isFIFO()) return found.isDirectory() ? internal(path) : readFileSync(path);
  // Waits for a writer that never comes.
  return await new Promise((_, reject) => createReadStream(path).once("error", reject));
}

function internal(path: string): never {
  throw new StoreError({ code: "Internal", message: `EISDIR: ${path}` });
}
