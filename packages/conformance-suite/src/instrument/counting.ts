import type { StoreDriver } from "@stowage/core";
import { forwardDriver, forwardMultipart } from "./forward.js";

/** Calls of a driver by method, `multipart.begin` and the like included. */
export class CallCounts {
  private readonly counts = new Map<string, number>();

  add(method: string): void {
    this.counts.set(method, (this.counts.get(method) ?? 0) + 1);
  }

  /** Calls of one method. */
  of(method: string): number {
    return this.counts.get(method) ?? 0;
  }

  /** All calls but `close`. */
  get total(): number {
    let sum = 0;
    for (const [method, count] of this.counts) sum += method === "close" ? 0 : count;
    return sum;
  }

  /** Reads by whichever method core chose. */
  get reads(): number {
    return this.of("read") + this.of("readBytes") + this.of("readInto") + this.of("readRanges");
  }

  reset(): void {
    this.counts.clear();
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }
}

/** A driver that counts its calls; a page of a listing counts as one `list`. */
export function countCalls(driver: StoreDriver): { readonly driver: StoreDriver; readonly calls: CallCounts } {
  const calls = new CallCounts();
  const counted =
    <Args extends readonly unknown[], Result>(name: string, method: (...args: Args) => Result) =>
    (...args: Args): Result => {
      calls.add(name);
      return method(...args);
    };
  const below = forwardDriver(driver);
  const { readBytes, readInto, readRanges, deleteMany, copyFrom, rename, presign, cleanup, multipart } = below;
  const changed = forwardDriver(driver, {
    stat: counted("stat", below.stat),
    read: counted("read", below.read),
    write: counted("write", below.write),
    delete: counted("delete", below.delete),
    containerExists: counted("containerExists", below.containerExists),
    close: counted("close", below.close),
    async *list(call) {
      for await (const page of below.list(call)) {
        calls.add("list");
        yield page;
      }
    },
    ...(readBytes && { readBytes: counted("readBytes", readBytes) }),
    ...(readInto && { readInto: counted("readInto", readInto) }),
    ...(readRanges && { readRanges: counted("readRanges", readRanges) }),
    ...(deleteMany && { deleteMany: counted("deleteMany", deleteMany) }),
    ...(copyFrom && { copyFrom: counted("copyFrom", copyFrom) }),
    ...(rename && { rename: counted("rename", rename) }),
    ...(presign && { presign: counted("presign", presign) }),
    ...(cleanup && { cleanup: counted("cleanup", cleanup) }),
    ...(multipart && {
      multipart: forwardMultipart(multipart, {
        begin: counted("multipart.begin", multipart.begin),
        uploadPart: counted("multipart.uploadPart", multipart.uploadPart),
        complete: counted("multipart.complete", multipart.complete),
        abort: counted("multipart.abort", multipart.abort),
        ...(multipart.listParts && { listParts: counted("multipart.listParts", multipart.listParts) }),
        ...(multipart.listUploads && { listUploads: counted("multipart.listUploads", multipart.listUploads) }),
      }),
    }),
  });
  return { driver: changed, calls };
}
