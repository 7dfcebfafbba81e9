import { StoreError } from "../errors/index.js";
import type { MultipartDriver, StoreDriver } from "./driver.js";
import type { DriverListCall, DriverListPage, DriverUpload, DriverUploadSummary } from "./types.js";

const wrapped: WeakMap<StoreDriver, { readonly inner: StoreDriver; readonly prefix: string }> = new WeakMap();

/** The driver below all prefix views, and the prefix to put before a key for it. */
export function unwrapPrefix(driver: StoreDriver): { readonly inner: StoreDriver; readonly prefix: string } {
  return wrapped.get(driver) ?? { inner: driver, prefix: "" };
}

/**
 * A view of `driver` that sees only what lies below `prefix` and calls it by the rest of its key. Optional methods are there
 * exactly where the driver has them. Keys are validated before they get here, so nothing leaves the prefix.
 */
export function prefixDriver(driver: StoreDriver, prefix: string): StoreDriver {
  if (prefix === "") return driver;
  const full = (key: string): string => prefix + key;
  const {
    place,
    readBytes,
    releaseBytes,
    readInto,
    readRanges,
    deleteMany,
    copyFrom,
    rename,
    presign,
    cleanup,
    multipart,
  } = driver;
  const view: StoreDriver = {
    capabilities: driver.capabilities,
    endpoint: driver.endpoint,
    ...(place && { place: (below, call) => place.call(driver, full(below), call) }),
    stat: (key, call) => driver.stat(full(key), call),
    read: (key, range, call) => driver.read(full(key), range, call),
    write: (key, body, call) => driver.write(full(key), body, call),
    list: (call) => listBelow(driver, prefix, call),
    delete: (key, call) => driver.delete(full(key), call),
    containerExists: (call) => driver.containerExists(call),
    close: () => driver.close(),
    ...(readBytes && {
      readBytes: (key, range, limit, call, allocate) => readBytes.call(driver, full(key), range, limit, call, allocate),
    }),
    ...(releaseBytes && { releaseBytes: (bytes) => releaseBytes.call(driver, bytes) }),
    ...(readInto && {
      readInto: (key, offset, target, call) => readInto.call(driver, full(key), offset, target, call),
    }),
    ...(readRanges && { readRanges: (key, ranges, call) => readRanges.call(driver, full(key), ranges, call) }),
    ...(deleteMany && { deleteMany: (keys, call) => deleteMany.call(driver, keys.map(full), call) }),
    ...(copyFrom && {
      copyFrom: (source, sourceKey, key, call) => {
        const below = unwrapPrefix(source);
        return copyFrom.call(driver, below.inner, below.prefix + sourceKey, full(key), call);
      },
    }),
    ...(rename && { rename: (from, to, call) => rename.call(driver, full(from), full(to), call) }),
    ...(presign && {
      presign: (key, call) =>
        presign.call(driver, full(key), {
          ...call,
          part: call.part && { ...call.part, upload: { ...call.part.upload, key: full(call.part.upload.key) } },
        }),
    }),
    ...(cleanup && { cleanup: (call) => cleanup.call(driver, call) }),
    ...(multipart && { multipart: multipartBelow(multipart, prefix) }),
  };
  const below = unwrapPrefix(driver);
  wrapped.set(view, { inner: below.inner, prefix: below.prefix + prefix });
  return view;
}

async function* listBelow(driver: StoreDriver, prefix: string, call: DriverListCall): AsyncGenerator<DriverListPage> {
  const strip = (text: string): string => text.slice(prefix.length);
  const startAfter = call.startAfter === undefined ? undefined : prefix + call.startAfter;
  for await (const page of driver.list({ ...call, prefix: prefix + call.prefix, startAfter })) {
    yield {
      entries: page.entries
        .filter((entry) => entry.key !== prefix)
        .map((entry) => ({ ...entry, key: strip(entry.key) })),
      prefixes: page.prefixes.map(strip),
      token: page.token,
    };
  }
}

function multipartBelow(multipart: MultipartDriver, prefix: string): MultipartDriver {
  const full = <Upload extends Pick<DriverUpload, "key">>(upload: Upload): Upload => ({
    ...upload,
    key: prefix + upload.key,
  });
  const { listParts, listUploads } = multipart;
  return {
    begin: (key, options) => multipart.begin(prefix + key, options),
    uploadPart: (upload, partNumber, body, call) => multipart.uploadPart(full(upload), partNumber, body, call),
    complete: (upload, parts, call) => multipart.complete(full(upload), parts, call),
    abort: (upload, call) => multipart.abort(full(upload), call),
    ...(listParts && { listParts: (upload, call) => listParts.call(multipart, full(upload), call) }),
    ...(listUploads && {
      async *listUploads(call): AsyncGenerator<DriverUploadSummary> {
        for await (const upload of listUploads.call(multipart, { ...call, prefix: prefix + call.prefix })) {
          yield { ...upload, key: upload.key.slice(prefix.length) };
        }
      },
    }),
  };
}

/** Validates the prefix that a store is opened at: empty, or a legal key followed by `/`. */
export function normalizeStorePrefix(prefix: unknown): string {
  if (typeof prefix !== "string") {
    throw new StoreError({ code: "InvalidArgument", message: `prefix is a string, not ${typeof prefix}` });
  }
  if (prefix === "") return "";
  const ended = prefix.endsWith("/") ? prefix : `${prefix}/`;
  const segments = ended.slice(0, -1).split("/");
  const dots = segments.some((segment) => segment === "." || segment === "..");
  if (segments[0] === "" || dots || /[\0\p{Cs}]/u.test(ended)) {
    throw new StoreError({
      code: "InvalidKey",
      message: `a store cannot be opened at the prefix ${JSON.stringify(prefix)}: no leading '/', no '.' or '..' segment, no NUL, no lone surrogate`,
    });
  }
  return ended;
}
