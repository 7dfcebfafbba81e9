import type { DriverPresignCall, StoreDriver } from "@stowage/core";
import { forwardDriver } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { wrapStore } from "./wrap-store.js";

export const presignMutants: readonly Mutant[] = defineMutants("presign", (define) => {
  define("presign-always-get", "every URL is one to read", () => ({
    driver: (driver) => alterPresign(driver, (call) => ({ ...call, method: "GET" })),
  }));
  define("presign-get-is-head", "a URL to read is one to ask for the headers", () => ({
    driver: (driver) =>
      alterPresign(driver, (call) => ({ ...call, method: call.method === "GET" ? "HEAD" : call.method })),
  }));
  define("presign-method-untold", "the method of a request is told as GET", () => ({
    store: (store) =>
      wrapStore(store, {
        presign: async (...args: Parameters<typeof store.presign>) => ({
          ...(await store.presign(...args)),
          method: "GET",
        }),
      }),
  }));
  define("presign-content-type-unbound", "the content type is not signed", () => ({
    driver: (driver) => alterPresign(driver, (call) => ({ ...call, contentType: undefined })),
  }));
  define("presign-create-only-unbound", "create-only is not signed", () => ({
    driver: (driver) => alterPresign(driver, (call) => ({ ...call, ifNoneMatch: undefined })),
  }));
  define("presign-response-headers-dropped", "overrides of the answer's headers are dropped", () => ({
    driver: (driver) =>
      alterPresign(driver, (call) => ({
        ...call,
        responseContentType: undefined,
        responseContentDisposition: undefined,
      })),
  }));
  define("presign-never-expires", "a URL works for a week whatever was asked", () => ({
    driver: (driver) => alterPresign(driver, (call) => ({ ...call, expiresIn: 604_800 })),
  }));
  define("presign-expiry-unvalidated", "an expiry out of range, or another method, is taken for the default", () => ({
    store: (store) =>
      wrapStore(store, {
        presign: (...[key, options]: Parameters<typeof store.presign>) => {
          const { expiresIn, method, contentType, ...rest } = options ?? {};
          const good = Number.isSafeInteger(expiresIn) && Number(expiresIn) > 0 && Number(expiresIn) <= 604_800;
          const known = method === "PUT" || method === "HEAD" || method === "DELETE" ? method : undefined;
          return store.presign(key === "" ? "_" : key, {
            ...rest,
            method: known,
            ...(good ? { expiresIn } : {}),
            ...(known === "PUT" ? { contentType } : {}),
          });
        },
      }),
  }));
  define("presign-key-decoded", "the key of a URL is decoded", () => ({
    driver: (driver) =>
      alterPresign(
        driver,
        (call) => call,
        (key) => unescaped(key),
      ),
  }));
  define("presign-key-cut", "the key of a URL is cut at '?', '#' or '&', and at what is no ASCII", () => ({
    driver: (driver) =>
      alterPresign(
        driver,
        (call) => call,
        (key) => key.replaceAll(/[^ -~]|[?#&'\\ ].*$/gs, "_"),
      ),
  }));
  define("presign-part-dropped", "a URL for a part writes the object", () => ({
    driver: (driver) => alterPresign(driver, (call) => ({ ...call, part: undefined })),
  }));
  define("presign-open-to-all", "an object can be read, and written, without a signature", () => ({
    harness: (harness) => ({
      ...harness,
      async fetch(input, init) {
        const answer = await (harness.fetch ?? fetch)(input, init);
        return answer.status === 403 ? new Response("x", { status: 200 }) : answer;
      },
    }),
  }));
  define("presign-missing-is-empty", "a missing object is answered with an empty one", () => ({
    harness: (harness) => ({
      ...harness,
      async fetch(input, init) {
        const answer = await (harness.fetch ?? fetch)(input, init);
        return answer.status === 404 ? new Response("", { status: 200 }) : answer;
      },
    }),
  }));
});

function alterPresign(
  driver: StoreDriver,
  change: (call: DriverPresignCall) => DriverPresignCall,
  spell: (key: string) => string = (key) => key,
): StoreDriver {
  const { presign } = forwardDriver(driver);
  return forwardDriver(driver, { ...(presign && { presign: (key, call) => presign(spell(key), change(call)) }) });
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return `${key}_`;
  }
}
