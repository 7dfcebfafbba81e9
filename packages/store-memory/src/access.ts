import { StoreError } from "@stowage/core";
import type { StoreDriver } from "@stowage/core";

/** `read`: stat, read and list only. `none`: nothing at all. As credentials of a service would have it. */
export type MemoryAccess = "full" | "read" | "none";

/** The driver with what `access` does not allow answered by `PermissionDenied`. */
export function limitAccess(driver: StoreDriver, access: MemoryAccess): StoreDriver {
  if (access === "full") return driver;
  const denied = (): StoreError =>
    new StoreError({
      code: "PermissionDenied",
      message: `this memory store was opened with access ${JSON.stringify(access)}`,
    });
  const refuse = (): Promise<never> => Promise.reject(denied());
  const writing: Partial<StoreDriver> = {
    write: refuse,
    delete: refuse,
    deleteMany: (keys) => Promise.resolve(keys.map(denied)),
    copyFrom: refuse,
    rename: refuse,
    cleanup: refuse,
    multipart: {
      begin: refuse,
      uploadPart: refuse,
      complete: refuse,
      abort: refuse,
      listParts: refuse,
      listUploads: refusedPages,
    },
  };
  if (access === "read") return { ...driver, ...writing };
  return {
    ...driver,
    ...writing,
    stat: refuse,
    read: refuse,
    readBytes: refuse,
    readInto: refuse,
    readRanges: refuse,
    containerExists: refuse,
    presign: refuse,
    list: refusedPages,
  };

  // oxlint-disable-next-line require-yield -- a listing that fails at its first step
  async function* refusedPages(): AsyncGenerator<never> {
    throw denied();
  }
}
