import { without } from "../instrument/forward.js";
import { defineMutants } from "./mutant.js";
import type { Mutant } from "./mutant.js";
import { aroundStore, wrapStore } from "./wrap-store.js";

export const wastefulMutants: readonly Mutant[] = defineMutants("wasteful", (define) => {
  define("stat-before-everything", "every operation looks first whether the object is there", () => ({
    store: (store) =>
      aroundStore(store, async (_name, args, call) => {
        const [key] = args;
        if (typeof key === "string" && key !== "" && !key.includes("..")) await store.exists(key).catch(() => {});
        return await call(args);
      }),
  }));
  define("exists-by-listing", "exists lists", () => ({
    store: (store) =>
      wrapStore(store, {
        async exists(key: string) {
          for await (const entry of store.list({ prefix: key })) return "key" in entry && entry.key === key;
          return false;
        },
      }),
  }));
  define("asks-container-first", "every operation looks first whether the container is there", () => ({
    store: (store) =>
      aroundStore(store, async (name, args, call) => {
        if (name !== "containerExists") await store.containerExists().catch(() => {});
        return await call(args);
      }),
  }));
  define("container-asked-per-call", "every call of the driver is preceded by a look at the container", () => ({
    store: (store) =>
      wrapStore(store, {
        async beginUpload(...args: Parameters<typeof store.beginUpload>) {
          const upload = await store.beginUpload(...args);
          return {
            ...upload,
            uploadPart: async (...part: Parameters<typeof upload.uploadPart>) => {
              await upload.uploadPart(...part);
              return await upload.uploadPart(...part);
            },
          };
        },
        list(...[options]: Parameters<typeof store.list>) {
          const listing = store.list(options);
          return {
            pages: listing.pages.bind(listing),
            [Symbol.asyncIterator]: () => listing[Symbol.asyncIterator](),
            async toArray() {
              const found = [];
              for await (const page of listing.pages({ pageSize: 1 })) found.push(...page.entries);
              return found;
            },
          };
        },
      }),
  }));
  define("ranges-one-by-one", "close ranges are read one by one", () => ({
    store: (store) =>
      wrapStore(store, {
        async getRanges(...[key, ranges, options]: Parameters<typeof store.getRanges>) {
          const one = async (range: (typeof ranges)[number]) => await store.getRanges(key, [range], options);
          const answers = await Promise.all(ranges.map(one));
          const [first] = answers;
          return first === undefined
            ? await store.getRanges(key, ranges, options)
            : { info: first.info, ranges: answers.flatMap((answer) => answer.ranges) };
        },
      }),
  }));
  define("copy-through-caller", "a copy reads and writes where the service could copy", () => ({
    store: (store) =>
      wrapStore(store, {
        async copy(...[from, to, options]: Parameters<typeof store.copy>) {
          if (options !== undefined || from === to) return await store.copy(from, to, options);
          const { bytes, info } = await store.get(from);
          const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata } = info;
          return await store.put(to, bytes, {
            contentType,
            cacheControl,
            contentDisposition,
            contentEncoding,
            contentLanguage,
            metadata,
          });
        },
        async rename(...[from, to, options]: Parameters<typeof store.rename>) {
          if (options !== undefined || from === to) return await store.rename(from, to, options);
          const done = await store.copy(from, to);
          await store.delete(from);
          return done;
        },
      }),
  }));
  define("deletes-one-by-one", "many keys are deleted one by one", () => ({
    store: (store) =>
      wrapStore(store, {
        async deleteMany(keys: readonly string[]) {
          for (const key of keys) await store.delete(key).catch(() => {});
          return keys.map((key) => ({ key, ok: true }));
        },
      }),
  }));
  define("part-limits-ignored", "part sizes and part numbers are not held against the limits", () => ({
    store: (store) =>
      wrapStore(store, {
        async beginUpload(...[key, options]: Parameters<typeof store.beginUpload>) {
          const { partBytesMin = 0, partBytesMax = Infinity } = store.capabilities.limits;
          const fitting =
            options?.partSize === undefined
              ? undefined
              : Math.max(partBytesMin, Math.min(partBytesMax, options.partSize));
          const upload = await store.beginUpload(key, { ...options, partSize: fitting });
          return {
            ...upload,
            uploadPart: (...[number, body, rest]: Parameters<typeof upload.uploadPart>) =>
              upload.uploadPart(
                Number.isSafeInteger(number) && number >= 1 && number <= (store.capabilities.limits.parts ?? 10_000)
                  ? number
                  : 1,
                body,
                rest,
              ),
          };
        },
      }),
  }));
  define("part-size-ignored", "parts of any size are taken, larger ones are cut", () => ({
    store: (store) =>
      wrapStore(store, {
        async beginUpload(...[key, options]: Parameters<typeof store.beginUpload>) {
          const upload = await store.beginUpload(key, options);
          return {
            ...upload,
            uploadPart: (...[number, body, rest]: Parameters<typeof upload.uploadPart>) =>
              upload.uploadPart(number, body instanceof Uint8Array ? body.subarray(0, upload.partSize) : body, rest),
            complete: (...args: Parameters<typeof upload.complete>) =>
              upload.complete(...args).catch(() => ({ key, size: 0, etag: "" })),
          };
        },
      }),
  }));
  define("tokens-unvalidated", "a damaged upload token begins a new upload", () => ({
    store: (store) =>
      wrapStore(store, {
        resumeUpload(token: string) {
          try {
            return store.resumeUpload(token);
          } catch {
            return { key: "a", token, partSize: 1 };
          }
        },
      }),
  }));
  define("reads-without-bound", "a source is read to its end before anything is sent", () => ({
    driver: (driver) => without(driver, "readRanges"),
    store: (store) =>
      wrapStore(store, {
        async put(...[key, body, options]: Parameters<typeof store.put>) {
          if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body))
            return await store.put(key, body, options);
          const pieces: Uint8Array[] = [];
          for await (const chunk of body)
            pieces.push(typeof chunk === "string" ? Buffer.from(chunk) : new Uint8Array(chunk));
          return await store.put(key, pieces, options);
        },
      }),
  }));
});
