import type { ObjectAttributes, StoreDriver } from "@stowage/core";
import { forwardDriver, forwardMultipart } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";

type Label = Exclude<keyof ObjectAttributes, "metadata" | "contentType">;

const without =
  (...lost: readonly Label[]) =>
  (attributes: ObjectAttributes): ObjectAttributes => {
    const kept: Record<string, unknown> = { ...attributes };
    for (const label of lost) delete kept[label];
    return { ...kept, contentType: attributes.contentType, metadata: attributes.metadata };
  };

const everyLabel = ["contentEncoding", "contentLanguage", "contentDisposition", "cacheControl"] as const;

/** Uploads in parts that keep of the attributes what `keep` lets through. */
function uploading(driver: StoreDriver, keep: (attributes: ObjectAttributes) => ObjectAttributes): StoreDriver {
  const { multipart } = forwardDriver(driver);
  return forwardDriver(driver, {
    ...(multipart && {
      multipart: forwardMultipart(multipart, {
        begin: (key, options) => multipart.begin(key, { ...options, attributes: keep(options.attributes) }),
      }),
    }),
  });
}

/** Metadata and content type arrive; what else an object carries does not, by one way of writing. */
export const headersLostMutants: readonly Mutant[] = defineMutants("wrong attributes", (define) => {
  define("mp-headers-lost", "an upload in parts keeps metadata and content type only", () => ({
    driver: (driver) => uploading(driver, without(...everyLabel)),
  }));
  for (const label of everyLabel) {
    define(`mp-header-lost/${label}`, `an upload in parts loses ${label}`, () => ({
      driver: (driver) => uploading(driver, without(label)),
    }));
    define(`copy-header-lost/${label}`, `a copy loses ${label}`, () => ({
      driver(driver) {
        const { copyFrom } = forwardDriver(driver);
        return forwardDriver(driver, {
          ...(copyFrom && {
            async copyFrom(source, from, to, call) {
              const { attributes } = await source.stat(from, { ...call, conditions: undefined, versionId: undefined });
              return await copyFrom(source, from, to, {
                ...call,
                attributes: call.attributes ?? without(label)(attributes),
              });
            },
          }),
        });
      },
    }));
    define(`copy-header-kept/${label}`, `a copy with attributes of its own keeps the source's ${label}`, () => ({
      driver(driver) {
        const { copyFrom } = forwardDriver(driver);
        return forwardDriver(driver, {
          ...(copyFrom && {
            async copyFrom(source, from, to, call) {
              if (call.attributes === undefined) return await copyFrom(source, from, to, call);
              const { attributes } = await source.stat(from, { ...call, conditions: undefined, versionId: undefined });
              const kept = attributes[label];
              return await copyFrom(source, from, to, {
                ...call,
                attributes: { ...(kept === undefined ? {} : { [label]: kept }), ...call.attributes },
              });
            },
          }),
        });
      },
    }));
    define(`stream-header-lost/${label}`, `a body of unknown size loses ${label}`, () => ({
      driver: (driver) =>
        forwardDriver(driver, {
          write: (key, body, call) =>
            driver.write(
              key,
              body,
              body.size === undefined ? { ...call, attributes: without(label)(call.attributes) } : call,
            ),
        }),
    }));
  }
});
