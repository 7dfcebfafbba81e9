import type { MultipartDriver, StoreDriver } from "@stowage/core";

/** Drivers below wrappers: `copyFrom` must see the driver that it knows, not the wrapper around it. */
const wrapped = new WeakMap<StoreDriver, StoreDriver>();

/** The driver below all wrappers made by {@link forwardDriver}. */
export function innermost(driver: StoreDriver): StoreDriver {
  const below = wrapped.get(driver);
  return below === undefined ? driver : innermost(below);
}

type Optional =
  | "readBytes"
  | "readInto"
  | "readRanges"
  | "deleteMany"
  | "copyFrom"
  | "rename"
  | "multipart"
  | "presign"
  | "cleanup";

/**
 * A driver that passes every call on, with `changes` in place of what they name. Optional methods are there exactly when the
 * driver below has them, so that what core derives does not change by the wrapping.
 */
export function forwardDriver(driver: StoreDriver, changes: Partial<StoreDriver> = {}): StoreDriver {
  const { multipart } = driver;
  const forwarded: StoreDriver = {
    capabilities: driver.capabilities,
    endpoint: driver.endpoint,
    ...(driver.place && { place: driver.place.bind(driver) }),
    stat: (key, call) => driver.stat(key, call),
    read: (key, range, call) => driver.read(key, range, call),
    write: (key, body, call) => driver.write(key, body, call),
    list: (call) => driver.list(call),
    delete: (key, call) => driver.delete(key, call),
    containerExists: (call) => driver.containerExists(call),
    close: () => driver.close(),
    ...(driver.readBytes && { readBytes: driver.readBytes.bind(driver) }),
    ...(driver.readInto && { readInto: driver.readInto.bind(driver) }),
    ...(driver.readRanges && { readRanges: driver.readRanges.bind(driver) }),
    ...(driver.deleteMany && { deleteMany: driver.deleteMany.bind(driver) }),
    ...(driver.rename && { rename: driver.rename.bind(driver) }),
    ...(driver.presign && { presign: driver.presign.bind(driver) }),
    ...(driver.cleanup && { cleanup: driver.cleanup.bind(driver) }),
    ...(multipart && { multipart: forwardMultipart(multipart) }),
    ...(driver.copyFrom && {
      copyFrom: (source, sourceKey, key, call) => copyThrough(driver, source, sourceKey, key, call),
    }),
    ...changes,
  };
  wrapped.set(forwarded, driver);
  return forwarded;
}

/** `multipart` with `changes` in place of what they name. */
export function forwardMultipart(multipart: MultipartDriver, changes: Partial<MultipartDriver> = {}): MultipartDriver {
  return {
    begin: (key, options) => multipart.begin(key, options),
    uploadPart: (upload, partNumber, body, call) => multipart.uploadPart(upload, partNumber, body, call),
    complete: (upload, parts, call) => multipart.complete(upload, parts, call),
    abort: (upload, call) => multipart.abort(upload, call),
    ...(multipart.listParts && { listParts: multipart.listParts.bind(multipart) }),
    ...(multipart.listUploads && { listUploads: multipart.listUploads.bind(multipart) }),
    ...changes,
  };
}

/** The driver without some of its optional methods: core then derives what they did. */
export function without(driver: StoreDriver, ...names: readonly Optional[]): StoreDriver {
  const kept = Object.entries(forwardDriver(driver)).filter(([name]) => !names.some((removed) => removed === name));
  const less: unknown = Object.fromEntries(kept);
  if (!isDriver(less)) throw new TypeError("a driver lost a method that is not optional");
  wrapped.set(less, driver);
  return less;
}

function isDriver(value: unknown): value is StoreDriver {
  return typeof value === "object" && value !== null && "stat" in value && "read" in value && "write" in value;
}

async function copyThrough(
  driver: StoreDriver,
  ...[source, sourceKey, key, call]: Parameters<NonNullable<StoreDriver["copyFrom"]>>
): ReturnType<NonNullable<StoreDriver["copyFrom"]>> {
  return await driver.copyFrom?.(innermost(source), sourceKey, key, call);
}
