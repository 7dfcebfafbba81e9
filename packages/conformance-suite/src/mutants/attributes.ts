import { gunzipSync } from "node:zlib";
import type { DriverInfo, DriverWritten, ObjectAttributes } from "@stowage/core";
import { forwardDriver, forwardMultipart } from "../instrument/forward.js";
import { alterReads, alterWrites, perNamespace } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { wrapStore } from "./wrap-store.js";

export const attributeMutants: readonly Mutant[] = defineMutants("wrong attributes", (define) => {
  define("meta-merged", "an overwrite keeps attributes it does not name", () => {
    const known = perNamespace(() => new Map<string, ObjectAttributes>());
    return {
      driver: (driver, namespace) =>
        forwardDriver(driver, {
          async write(key, body, call) {
            const old = known(namespace).get(key);
            const attributes =
              old === undefined
                ? call.attributes
                : { ...old, metadata: { ...old.metadata, ...call.attributes.metadata } };
            const written = await driver.write(key, body, { ...call, attributes });
            known(namespace).set(key, attributes);
            return written;
          },
        }),
    };
  });
  define("meta-of-same-bytes-kept", "a put of the bytes that are there changes nothing", () => {
    const known = perNamespace(() => new Map<string, readonly [Uint8Array, DriverWritten]>());
    return {
      driver: (driver, namespace) =>
        alterWrites(driver, async (key, bytes, call, send) => {
          const there = known(namespace).get(key);
          const [old, before] = there ?? [];
          if (call.conditions === undefined && before !== undefined && Buffer.from(bytes).equals(old ?? bytes)) {
            const info = await driver
              .stat(key, { ...call, conditions: undefined, versionId: undefined })
              .catch(() => undefined);
            if (info?.etag === before.etag) return before;
          }
          const written = await send(bytes);
          known(namespace).set(key, [bytes, written]);
          return written;
        }),
    };
  });
  define("meta-before-condition", "attributes are written before the condition is judged", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        async write(key, body, call) {
          const { copyFrom } = forwardDriver(driver);
          if (call.conditions !== undefined) {
            const quiet = {
              signal: undefined,
              timeouts: call.timeouts,
              native: undefined,
              sourceIfMatch: undefined,
              sourceVersionId: undefined,
              conditions: undefined,
            };
            await copyFrom?.(driver, key, key, { ...quiet, attributes: call.attributes }).catch(() => {});
          }
          return await driver.write(key, body, call);
        },
      }),
  }));
  define("meta-empty-body-dropped", "an empty object has no attributes", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        write: (key, body, call) =>
          driver.write(
            key,
            body,
            body.size === 0 ? { ...call, attributes: { contentType: "application/octet-stream", metadata: {} } } : call,
          ),
      }),
  }));
  define("meta-not-by-get", "attributes are told by stat only", () => ({
    driver: (driver) =>
      alterReads(driver, (answer) => ({
        ...answer,
        info: { ...answer.info, attributes: { contentType: "application/octet-stream", metadata: {} } },
      })),
  }));
  define("meta-in-handle", "metadata stays in the handle that wrote it", () => ({
    driver(driver) {
      const own = new Map<string, ObjectAttributes["metadata"]>();
      const told = (key: string, info: DriverInfo): DriverInfo => ({
        ...info,
        attributes: { ...info.attributes, metadata: own.get(key) ?? {} },
      });
      return forwardDriver(driver, {
        async write(key, body, call) {
          own.set(key, call.attributes.metadata);
          return await driver.write(key, body, call);
        },
        stat: async (key, call) => told(key, await driver.stat(key, call)),
      });
    },
  }));
  define("meta-of-foreign-overwrite", "attributes are kept by key, whoever writes the bytes", () => {
    const known = perNamespace(() => new Map<string, ObjectAttributes>());
    return {
      driver: (driver, namespace) =>
        forwardDriver(driver, {
          async write(key, body, call) {
            const written = await driver.write(key, body, call);
            known(namespace).set(key, call.attributes);
            return written;
          },
          async stat(key, call) {
            const info = await driver.stat(key, call);
            return { ...info, attributes: known(namespace).get(key) ?? info.attributes };
          },
        }),
    };
  });
  define("copy-drops-attributes", "a copy has no attributes", () => ({
    driver(driver) {
      const { copyFrom } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(copyFrom && {
          copyFrom: (source, from, to, call) =>
            copyFrom(source, from, to, {
              ...call,
              attributes: call.attributes ?? { contentType: "application/octet-stream", metadata: {} },
            }),
        }),
      });
    },
  }));
  define("copy-keeps-target-attributes", "a copy keeps the attributes of the object that it replaces", () => ({
    driver(driver) {
      const { copyFrom } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(copyFrom && {
          async copyFrom(source, from, to, call) {
            const old = await driver
              .stat(to, { ...call, conditions: undefined, versionId: undefined })
              .catch(() => undefined);
            return await copyFrom(source, from, to, { ...call, attributes: call.attributes ?? old?.attributes });
          },
        }),
      });
    },
  }));
  define("copy-ignores-new-attributes", "a copy keeps the source's attributes whatever it is given", () => ({
    driver(driver) {
      const { copyFrom } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(copyFrom && {
          copyFrom: (source, from, to, call) => copyFrom(source, from, to, { ...call, attributes: undefined }),
        }),
      });
    },
  }));
  define("copy-merges-attributes", "a copy adds its attributes to the source's", () => ({
    driver(driver) {
      const { copyFrom } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(copyFrom && {
          async copyFrom(source, from, to, call) {
            if (call.attributes === undefined) return await copyFrom(source, from, to, call);
            const old = await source.stat(from, { ...call, conditions: undefined, versionId: undefined });
            return await copyFrom(source, from, to, {
              ...call,
              attributes: {
                ...old.attributes,
                ...defined(call.attributes),
                metadata: { ...old.attributes.metadata, ...call.attributes.metadata },
              },
            });
          },
        }),
      });
    },
  }));
  define("rename-drops-attributes", "a rename leaves the attributes behind", () => ({
    driver(driver) {
      const { rename, copyFrom } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(rename && {
          async rename(from, to, call) {
            const moved = await rename(from, to, call);
            const quiet = { ...call, sourceIfMatch: undefined, sourceVersionId: undefined, conditions: undefined };
            return (
              (await copyFrom?.(driver, to, to, {
                ...quiet,
                attributes: { contentType: "application/octet-stream", metadata: {} },
              })) ?? moved
            );
          },
        }),
      });
    },
  }));
  define("multipart-drops-attributes", "attributes of a multipart upload are lost", () => ({
    driver(driver) {
      const { multipart } = forwardDriver(driver);
      return forwardDriver(driver, {
        ...(multipart && {
          multipart: forwardMultipart(multipart, {
            begin: (key, options) =>
              multipart.begin(key, {
                ...options,
                attributes: { contentType: "application/octet-stream", metadata: {} },
              }),
          }),
        }),
      });
    },
  }));
  define("stream-drops-attributes", "attributes of a body of unknown size are lost", () => ({
    driver: (driver) =>
      forwardDriver(driver, {
        write: (key, body, call) =>
          driver.write(
            key,
            body,
            body.size === undefined
              ? { ...call, attributes: { contentType: "application/octet-stream", metadata: {} } }
              : call,
          ),
      }),
  }));
  define("encoding-decoded", "bodies labelled gzip are inflated", () => ({
    driver: (driver) =>
      alterReads(driver, (answer) => {
        if (answer.info.attributes.contentEncoding !== "gzip") return answer;
        try {
          const bytes = Uint8Array.from(gunzipSync(answer.bytes));
          return {
            info: { ...answer.info, size: bytes.byteLength },
            range: { offset: 0, length: bytes.byteLength },
            bytes,
          };
        } catch {
          return { ...answer, bytes: answer.bytes.map(() => 0) };
        }
      }),
  }));
  define("attributes-unvalidated", "attributes that no header can carry are cleaned up", () => ({
    store: (store) =>
      wrapStore(store, {
        put: (...[key, body, options]: Parameters<typeof store.put>) =>
          store.put(key, body, options === undefined ? options : cleaned(options)),
      }),
  }));
});

function cleaned(options: object): Record<string, unknown> {
  const clean = (value: string): string =>
    value
      .replaceAll(/[\r\n\0]/g, " ")
      .replaceAll(/\p{Cs}/gu, "?")
      .slice(0, 2000);
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      if (typeof value === "string" && name.startsWith("content")) return [name, clean(value)];
      if (name !== "metadata" || typeof value !== "object" || value === null) return [name, value];
      const entries = Object.entries(value).map(([own, text]) => [
        own.toLowerCase().replaceAll(/[^a-z0-9_.-]/g, "_") || "_",
        typeof text === "string" ? clean(text) : text,
      ]);
      return [name, Object.fromEntries(entries)];
    }),
  );
}

function defined(attributes: ObjectAttributes): Partial<ObjectAttributes> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
