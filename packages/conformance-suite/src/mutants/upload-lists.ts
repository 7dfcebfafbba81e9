import type { DriverPart } from "@stowage/core";
import { alterMultipart, perNamespace } from "./driver-tools.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";

/** What is told of parts and uploads that are under way. */
export const uploadListMutants: readonly Mutant[] = defineMutants("wrong upload", (define) => {
  define("mp-parts-cut-at-1000", "a listing of parts ends after a thousand", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        listParts: async (upload, call) => ((await multipart.listParts?.(upload, call)) ?? []).slice(0, 1000),
      })),
  }));
  define("mp-parts-few", "of many parts five are listed", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        listParts: async (upload, call) => ((await multipart.listParts?.(upload, call)) ?? []).slice(0, 5),
      })),
  }));
  define("mp-parts-of-ended-empty", "an upload that ended is told as one without parts", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        listParts: async (upload, call) => (await multipart.listParts?.(upload, call).catch(() => [])) ?? [],
      })),
  }));
  define("mp-uploads-one-a-key", "of two uploads to one key one is listed", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        async *listUploads(call) {
          const seen = new Set<string>();
          for await (const upload of multipart.listUploads?.(call) ?? none()) {
            if (!seen.has(upload.key)) yield upload;
            seen.add(upload.key);
          }
        },
      })),
  }));
  define("mp-uploads-of-1970", "uploads are told to have begun in 1970", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        async *listUploads(call) {
          for await (const upload of multipart.listUploads?.(call) ?? none())
            yield { ...upload, initiated: new Date(0) };
        },
      })),
  }));
  define("mp-parts-in-handle", "parts are known to the handle that sent them", () => ({
    driver(driver) {
      const own = new Map<string, Map<number, DriverPart>>();
      return alterMultipart(driver, (multipart) => ({
        async uploadPart(upload, number, body, call) {
          const part = await multipart.uploadPart(upload, number, body, call);
          own.set(upload.id, (own.get(upload.id) ?? new Map<number, DriverPart>()).set(number, part));
          return part;
        },
        listParts: async (upload) =>
          [...(own.get(upload.id)?.values() ?? [])].toSorted((one, other) => one.partNumber - other.partNumber),
      }));
    },
  }));
  define("mp-parts-unlisted", "the first part is missing from the list", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        listParts: async (upload, call) =>
          ((await multipart.listParts?.(upload, call)) ?? []).map((part) => ({ ...part, size: part.size + 1 })),
      })),
  }));
  define("mp-uploads-unlisted", "unfinished uploads are not found", () => ({
    driver: (driver) => alterMultipart(driver, () => ({ async *listUploads() {} })),
  }));
  define("mp-uploads-prefix-ignored", "a listing of uploads does not look at its prefix", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        listUploads: (call) => multipart.listUploads?.({ ...call, prefix: "" }) ?? none(),
      })),
  }));
  define("mp-uploads-listed-after-end", "completed uploads stay in the listing", () => {
    const ended = perNamespace(() => new Map<string, string>());
    return {
      driver: (driver, namespace) =>
        alterMultipart(driver, (multipart) => ({
          async complete(upload, parts, call) {
            const written = await multipart.complete(upload, parts, call);
            ended(namespace).set(upload.id, upload.key);
            return written;
          },
          async *listUploads(call) {
            yield* multipart.listUploads?.(call) ?? none();
            for (const [id, key] of ended(namespace))
              if (key.startsWith(call.prefix)) yield { key, id, initiated: undefined, partSize: undefined };
          },
        })),
    };
  });
  define("mp-listed-id-wrong", "the id of a listed upload is another one", () => ({
    driver: (driver) =>
      alterMultipart(driver, (multipart) => ({
        async *listUploads(call) {
          for await (const upload of multipart.listUploads?.(call) ?? none()) yield { ...upload, id: `${upload.id}x` };
        },
      })),
  }));
});

async function* none(): AsyncGenerator<never> {}
