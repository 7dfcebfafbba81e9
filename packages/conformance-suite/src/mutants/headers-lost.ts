import type { ObjectAttributes, StoreDriver } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { alterMultipart } from "./driver-tools.js";
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

const labelOf = (attributes: ObjectAttributes, label: Label): Partial<ObjectAttributes> => {
  const value = attributes[label];
  return value === undefined ? {} : { [label]: value };
};

const everyLabel = ["contentEncoding", "contentLanguage", "contentDisposition", "cacheControl"] as const;

type Keep = (attributes: ObjectAttributes) => ObjectAttributes;

/** Uploads in parts that keep of the attributes what `keep` lets through. */
const uploading = (driver: StoreDriver, keep: Keep): StoreDriver =>
  alterMultipart(driver, (multipart) => ({
    begin: (key, options) => multipart.begin(key, { ...options, attributes: keep(options.attributes) }),
  }));

/** Copies whose attributes are what `choose` makes of the source's and of those that the call gives. */
function copying(
  driver: StoreDriver,
  choose: (source: ObjectAttributes, given: ObjectAttributes | undefined) => ObjectAttributes,
): StoreDriver {
  const { copyFrom } = forwardDriver(driver);
  return forwardDriver(driver, {
    ...(copyFrom && {
      async copyFrom(source, from, to, call) {
        const { attributes } = await source.stat(from, { ...call, conditions: undefined, versionId: undefined });
        return await copyFrom(source, from, to, { ...call, attributes: choose(attributes, call.attributes) });
      },
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
      driver: (driver) => copying(driver, (source, given) => given ?? without(label)(source)),
    }));
    define(`copy-header-kept/${label}`, `a copy with attributes of its own keeps the source's ${label}`, () => ({
      driver: (driver) => copying(driver, (source, given) => ({ ...labelOf(source, label), ...(given ?? source) })),
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
