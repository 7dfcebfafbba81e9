import { StoreError } from "@stowage/core";
import type { DriverReadCall } from "@stowage/core";
import { forwardDriver, forwardMultipart } from "../instrument/forward.js";
import { aMoment, bodyOf, collected } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, withOptions, wrapStore } from "./wrap-store.js";

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
  define("ifmatch-beginning", "replace-if compares the beginning of an etag", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          const expected = call.conditions?.ifMatch;
          const there = await driver.stat(key, bare(call)).catch(() => undefined);
          const near = there !== undefined && expected !== undefined && there.etag.startsWith(expected);
          return await driver.write(key, body, near ? { ...call, conditions: { ifMatch: there.etag } } : call);
        },
      }),
  }));
  define("replace-if-streamed-ignored", "replace-if is ignored by a streamed write", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        write: (key, body, call) =>
          driver.write(
            key,
            body,
            body.bytes === undefined && call.conditions?.ifMatch !== undefined
              ? { ...call, conditions: undefined }
              : call,
          ),
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
});
