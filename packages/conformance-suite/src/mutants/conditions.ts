import { StoreError } from "@stowage/core";
import type { DriverInfo, DriverReadCall, ReadConditions, StoreDriver } from "@stowage/core";
import { forwardDriver, forwardMultipart } from "../instrument/forward.js";
import { alterReads, aMoment, bodyOf, collected } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, withOptions, wrapStore } from "./wrap-store.js";

/** Read conditions changed on their way into every kind of read. */
function alterReadConditions(
  driver: StoreDriver,
  change: (conditions: ReadConditions) => ReadConditions | undefined,
): StoreDriver {
  const { readBytes, readInto, readRanges } = forwardDriver(driver);
  const changed = (call: DriverReadCall): DriverReadCall =>
    call.conditions === undefined ? call : { ...call, conditions: change(call.conditions) };
  return forwardDriver(driver, {
    stat: (key, call) => driver.stat(key, changed(call)),
    read: (key, range, call) => driver.read(key, range, changed(call)),
    ...(readBytes && { readBytes: (key, range, limit, call) => readBytes(key, range, limit, changed(call)) }),
    ...(readInto && { readInto: (key, offset, target, call) => readInto(key, offset, target, changed(call)) }),
    ...(readRanges && { readRanges: (key, ranges, call) => readRanges(key, ranges, changed(call)) }),
  });
}

/** Facts as `alter` tells them, by every way to learn them but put's. */
function alterFacts(driver: StoreDriver, alter: (info: DriverInfo) => DriverInfo): StoreDriver {
  return forwardDriver(
    alterReads(driver, (answer) => ({ ...answer, info: alter(answer.info) })),
    { stat: async (key, call) => alter(await driver.stat(key, call)) },
  );
}

const bare = (call: { readonly timeouts: DriverReadCall["timeouts"] }): DriverReadCall => ({
  signal: undefined,
  timeouts: call.timeouts,
  native: undefined,
  conditions: undefined,
  versionId: undefined,
});

export const conditionMutants: readonly Mutant[] = defineMutants("wrong condition", (define) => {
  define("ifnoneexist-ignored", "create-only overwrites", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        write: (key, body, call) =>
          driver.write(
            key,
            body,
            call.conditions?.ifNoneMatch === undefined ? call : { ...call, conditions: undefined },
          ),
      }),
  }));
  define("ifmatch-ignored", "replace-if replaces whatever is there", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        write: (key, body, call) =>
          driver.write(key, body, call.conditions?.ifMatch === undefined ? call : { ...call, conditions: undefined }),
      }),
  }));
  define("ifmatch-creates", "replace-if on a missing key creates", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          const there = await driver.stat(key, bare(call)).catch(() => undefined);
          return await driver.write(
            key,
            body,
            there === undefined && call.conditions?.ifMatch !== undefined ? { ...call, conditions: undefined } : call,
          );
        },
      }),
  }));
  define("create-over-empty", "create-only takes an empty object for none", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          const there = await driver.stat(key, bare(call)).catch(() => undefined);
          return await driver.write(key, body, there?.size === 0 ? { ...call, conditions: undefined } : call);
        },
      }),
  }));
  define("create-remembers-deleted", "create-only refuses a key that was deleted", () => {
    const deleted = new Set<string>();
    return {
      driver: (driver, namespace) =>
        forwardDriver(driver, {
          async delete(key, call) {
            await driver.delete(key, call);
            deleted.add(`${namespace}:${key}`);
          },
          async write(key, body, call) {
            if (call.conditions?.ifNoneMatch !== undefined && deleted.has(`${namespace}:${key}`))
              throw new StoreError({ code: "AlreadyExists", message: "it exists" });
            return await driver.write(key, body, call);
          },
        }),
    };
  });
  define("create-not-atomic", "create-only looks first, and writes later", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (call.conditions?.ifNoneMatch === undefined) return await driver.write(key, body, call);
          const there = await driver.stat(key, bare(call)).catch(() => undefined);
          if (there !== undefined) throw new StoreError({ code: "AlreadyExists", message: "it exists" });
          await aMoment();
          return await driver.write(key, body, { ...call, conditions: undefined });
        },
      }),
  }));
  define("replace-not-atomic", "replace-if looks first, and writes later", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (call.conditions?.ifMatch === undefined) return await driver.write(key, body, call);
          const there = await driver.stat(key, bare(call)).catch(() => undefined);
          if (there?.etag !== call.conditions.ifMatch)
            throw new StoreError({ code: "PreconditionFailed", message: "another etag" });
          await aMoment();
          return await driver.write(key, body, { ...call, conditions: undefined });
        },
      }),
  }));
  define("create-refused-after-write", "a refused create-only has written its body", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          if (call.conditions?.ifNoneMatch === undefined) return await driver.write(key, body, call);
          const there = await driver.stat(key, bare(call)).catch(() => undefined);
          const written = await driver.write(key, body, { ...call, conditions: undefined });
          if (there !== undefined)
            throw new StoreError({ code: "AlreadyExists", message: "it existed", committed: false });
          return written;
        },
      }),
  }));
  define("create-race-loser-wins", "of racing creators none is told that it lost", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          const [bytes, there] = await Promise.all([
            collected(body),
            driver.stat(key, bare(call)).catch(() => undefined),
          ]);
          try {
            return await driver.write(key, bodyOf(bytes), call);
          } catch (error) {
            if (there !== undefined || call.conditions?.ifNoneMatch === undefined) throw error;
            return { size: bytes.byteLength, etag: "lost" };
          }
        },
      }),
  }));
  define("refused-write-leaves-parts", "a refused conditional write leaves an upload behind", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          try {
            return await driver.write(key, body, call);
          } catch (error) {
            await driver.multipart?.begin(key, { ...bare(call), attributes: call.attributes, partSize: 1000 });
            throw error;
          }
        },
      }),
  }));
  define("stream-conditions-ignored", "conditions of a body of unknown size are not sent", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        write: (key, body, call) =>
          driver.write(key, body, body.bytes === undefined ? { ...call, conditions: undefined } : call),
      }),
  }));
  define("complete-conditions-ignored", "GCS #8040: multipart complete ignores its conditions", () => ({
    driver(driver) {
      const { multipart } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(multipart && {
          multipart: forwardMultipart(multipart, {
            complete: (upload, parts, call) => multipart.complete(upload, parts, { ...call, conditions: undefined }),
          }),
        }),
      });
    },
  }));
  define("complete-conditions-at-begin", "conditions of complete are judged when the upload begins", () => {
    const there = new Map<string, boolean>();
    return {
      driver(driver) {
        const { multipart } = forwardDriver(driver);
        return forwardDriver(driver, {
          ...(multipart && {
            multipart: forwardMultipart(multipart, {
              async begin(key, options) {
                const upload = await multipart.begin(key, options);
                there.set(
                  upload.id,
                  await driver.stat(key, bare(options)).then(
                    () => true,
                    () => false,
                  ),
                );
                return upload;
              },
              complete: (upload, parts, call) =>
                multipart.complete(
                  upload,
                  parts,
                  there.get(upload.id) === false ? { ...call, conditions: undefined } : call,
                ),
            }),
          }),
        });
      },
    };
  });
  define("conditional-read-ignored", "conditions of reads are not looked at", () => ({
    driver: (driver) => alterReadConditions(driver, () => undefined),
  }));
  define("read-if-match-ignored", "ifMatch of reads is not looked at", () => ({
    driver: (driver) => alterReadConditions(driver, ({ ifMatch: _, ...rest }) => rest),
  }));
  define("read-if-none-match-ignored", "ifNoneMatch of reads is not looked at", () => ({
    driver: (driver) => alterReadConditions(driver, ({ ifNoneMatch: _, ...rest }) => rest),
  }));
  define("read-dates-swapped", "the two dates of conditional reads are swapped", () => ({
    driver: (driver) =>
      alterReadConditions(driver, ({ ifModifiedSince, ifUnmodifiedSince, ...rest }) => ({
        ...rest,
        ...(ifModifiedSince && { ifUnmodifiedSince: ifModifiedSince }),
        ...(ifUnmodifiedSince && { ifModifiedSince: ifUnmodifiedSince }),
      })),
  }));
  define("read-dates-ignored", "the dates of conditional reads are not looked at", () => ({
    driver: (driver) => alterReadConditions(driver, ({ ifModifiedSince: _, ifUnmodifiedSince: __, ...rest }) => rest),
  }));
  define("read-if-match-prefix", "etags are compared without their last character", () => ({
    driver: (driver) => ({
      ...driver,
      ...alterReadConditions(driver, ({ ifNoneMatch, ...rest }) =>
        ifNoneMatch === undefined ? rest : { ...rest, ifNoneMatch: ifNoneMatch.slice(0, -1) },
      ),
    }),
  }));
  define(
    "condition-before-missing",
    "Azurite #2751: conditions are judged before it is seen that nothing is there",
    () => ({
      driver(driver) {
        const judged = async <Value>(
          conditions: ReadConditions | undefined,
          run: () => Promise<Value>,
        ): Promise<Value> => {
          try {
            return await run();
          } catch (error) {
            if (conditions === undefined || !(error instanceof StoreError) || error.code !== "NotFound") throw error;
            throw new StoreError({
              code: conditions.ifMatch === undefined ? "NotModified" : "PreconditionFailed",
              message: "the condition does not hold",
            });
          }
        };
        const { readBytes } = forwardDriver(driver);
        return forwardDriver(driver, {
          stat: (key, call) => judged(call.conditions, () => driver.stat(key, call)),
          ...(readBytes && {
            readBytes: (key, range, limit, call) => judged(call.conditions, () => readBytes(key, range, limit, call)),
          }),
        });
      },
    }),
  );
  define("range-drops-conditions", "a read with a range forgets its conditions", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) =>
        call(
          withOptions(args, (options) =>
            "range" in options ? { ...options, ifMatch: undefined, ifNoneMatch: undefined } : options,
          ),
        ),
      ),
  }));
  define("get-into-drops-conditions", "getInto and getRanges forget their conditions", () => ({
    store: (store) =>
      aroundStore(store, (name, args, call) =>
        call(
          name === "getInto" || name === "getRanges"
            ? withOptions(args, (options) => ({ ...options, ifMatch: undefined }))
            : args,
        ),
      ),
  }));
  define("delete-if-ignored", "a conditional delete deletes whatever is there", () => ({
    driver: (driver) =>
      forwardDriver(driver, { delete: (key, call) => driver.delete(key, { ...call, conditions: undefined }) }),
  }));
  define("copy-create-only-ignored", "a create-only copy overwrites", () => ({
    driver(driver) {
      const { copyFrom, rename } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(copyFrom && {
          copyFrom: (source, from, to, call) => copyFrom(source, from, to, { ...call, conditions: undefined }),
        }),
        ...(rename && { rename: (from, to, call) => rename(from, to, { ...call, conditions: undefined }) }),
      });
    },
  }));
  define("copy-source-condition-ignored", "a copy does not look at the source's etag", () => ({
    driver(driver) {
      const { copyFrom } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(copyFrom && {
          copyFrom: (source, from, to, call) => copyFrom(source, from, to, { ...call, sourceIfMatch: undefined }),
        }),
      });
    },
  }));
  define("copy-replace-if-ignored", "a copy does not look at the target's etag", () => ({
    store: (store) =>
      aroundStore(store, (name, args, call) =>
        call(name === "copy" ? withOptions(args, (options) => ({ ...options, ifMatch: undefined })) : args),
      ),
  }));
  define("empty-condition-dropped", "an empty etag is no condition, malformed conditions are dropped", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) =>
        call(
          withOptions(args, (options) => {
            const kept = Object.entries(options).filter(
              ([name, value]) =>
                !(name === "ifMatch" && (value === "" || value === "*")) && !(name === "ifNoneMatch" && value === ""),
            );
            return Object.fromEntries(kept);
          }),
        ),
      ),
  }));
  define("second-condition-dropped", "of two conditions the second, of a write any but '*', is dropped", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) => {
          const { ifMatch, ifNoneMatch, ...rest } = options ?? {};
          if (ifMatch === undefined && ifNoneMatch === "*") return store.put(key, body, { ...rest, ifNoneMatch });
          return store.put(key, body, ifMatch === undefined ? rest : { ...rest, ifMatch });
        },
      }),
  }));
  define("undefined-is-a-condition", "undefined is sent as the text 'undefined'", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) =>
        call(
          withOptions(args, (options) =>
            "ifMatch" in options && options["ifMatch"] === undefined
              ? { ...options, ifMatch: "undefined", ifNoneMatch: undefined }
              : options,
          ),
        ),
      ),
  }));
  define("quoted-etags-refused", "an etag in quotes never matches", () => ({
    store: (store) =>
      aroundStore(store, (_name, args, call) =>
        call(
          withOptions(args, (options) =>
            Object.fromEntries(
              Object.entries(options).map(([name, value]) => [
                name,
                typeof value === "string" && value.startsWith('"') ? `x${value}` : value,
              ]),
            ),
          ),
        ),
      ),
  }));

  define("etag-constant", "the etag never changes", () => ({
    driver: (driver) =>
      forwardDriver(
        alterFacts(driver, (info) => ({ ...info, etag: "constant" })),
        {
          write: async (key, body, call) => ({ ...(await driver.write(key, body, call)), etag: "constant" }),
          async *list(call) {
            for await (const page of driver.list(call))
              yield { ...page, entries: page.entries.map((entry) => ({ ...entry, etag: "constant" })) };
          },
        },
      ),
  }));
  define("etag-of-size", "the etag is made of the size", () => ({
    driver: (driver) =>
      forwardDriver(
        alterFacts(driver, (info) => ({ ...info, etag: `s${info.size}` })),
        {
          async write(key, body, call) {
            const written = await driver.write(key, body, call);
            return { ...written, etag: `s${written.size}` };
          },
        },
      ),
  }));
  define("etag-quoted", "etags come in quotes", () => ({
    driver: (driver) =>
      forwardDriver(
        alterFacts(driver, (info) => ({ ...info, etag: `"${info.etag}"` })),
        { write: async (key, body, call) => quotedEtag(await driver.write(key, body, call)) },
      ),
  }));
  define("etag-made-up-by-put", "the etag that put tells is another one", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        write: async (key, body, call) => ({ ...(await driver.write(key, body, call)), etag: "made-up" }),
      }),
  }));
  define("etag-made-up-by-complete", "the etag that multipart complete tells is another one", () => ({
    driver(driver) {
      const { multipart } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(multipart && {
          multipart: forwardMultipart(multipart, {
            complete: async (...args) => ({ ...(await multipart.complete(...args)), etag: "made-up" }),
          }),
        }),
      });
    },
  }));
  define("etag-made-up-by-copy", "the etag that copy and rename tell is another one", () => ({
    driver(driver) {
      const { copyFrom, rename } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(copyFrom && { copyFrom: async (...args) => madeUp(await copyFrom(...args)) }),
        ...(rename && { rename: async (...args) => ({ ...(await rename(...args)), etag: "made-up" }) }),
      });
    },
  }));
  define("etag-by-handle", "each handle has etags of its own", () => ({
    driver(driver) {
      const own = Math.random().toString(36).slice(2, 6);
      return forwardDriver(driver, { stat: async (key, call) => withEtag(await driver.stat(key, call), own) });
    },
  }));
  define("mtime-frozen", "the time of change is that of the first write", () => ({
    driver(driver) {
      const first = new Map<string, Date | undefined>();
      return forwardDriver(driver, {
        async stat(key, call) {
          const info = await driver.stat(key, call);
          if (!first.has(key)) first.set(key, info.lastModified);
          return { ...info, lastModified: first.get(key) };
        },
      });
    },
  }));
  define("mtime-is-now", "the time of change is the time of asking", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        stat: async (key, call) => ({ ...(await driver.stat(key, call)), lastModified: new Date() }),
      }),
  }));
  define("mtime-in-seconds", "the time of change is in seconds, read as milliseconds", () => ({
    driver: (driver) =>
      alterFacts(driver, (info) => ({
        ...info,
        lastModified: new Date(Math.floor((info.lastModified?.getTime() ?? 0) / 1000)),
      })),
  }));
});

function quotedEtag<Written extends { readonly etag: string }>(written: Written): Written {
  return { ...written, etag: `"${written.etag}"` };
}

function madeUp<Written extends { readonly etag: string }>(written: Written | undefined): Written | undefined {
  return written === undefined ? undefined : { ...written, etag: "made-up" };
}

function withEtag(info: DriverInfo, suffix: string): DriverInfo {
  return { ...info, etag: `${info.etag}${suffix}` };
}
