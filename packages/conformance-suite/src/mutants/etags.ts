import type { DriverInfo, StoreDriver } from "@stowage/core";
import { forwardDriver, forwardMultipart } from "../instrument/forward.js";
import { alterReads } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";

/** Facts as `alter` tells them, by every way to learn them but put's. */
function alterFacts(driver: StoreDriver, alter: (info: DriverInfo) => DriverInfo): StoreDriver {
  return forwardDriver(
    alterReads(driver, (answer) => ({ ...answer, info: alter(answer.info) })),
    { stat: async (key, call) => alter(await driver.stat(key, call)) },
  );
}

export const etagMutants: readonly Mutant[] = defineMutants("wrong condition", (define) => {
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
