import { StoreError } from "@stowage/core";
import type { StoreDriver } from "@stowage/core";
import type { Fault } from "../harness/types.js";
import { forwardDriver, forwardMultipart } from "./forward.js";

/** A driver some of whose calls fail on demand, before or after they took effect. */
export function faultyDriver(driver: StoreDriver): { readonly driver: StoreDriver; inject(fault: Fault): void } {
  const planned: { fault: Fault; left: number }[] = [];

  const next = (on: Fault["on"]): Fault | undefined => {
    const entry = planned.find((candidate) => candidate.fault.on === on && candidate.left > 0);
    if (entry !== undefined) entry.left -= 1;
    return entry?.fault;
  };
  const guarded = async <Result>(on: Fault["on"], run: () => Promise<Result>): Promise<Result> => {
    const fault = next(on);
    if (fault === undefined) return await run();
    if (fault.kind === "throttled") throw throttled(fault.retryAfterMs);
    if (fault.kind === "lost") await run();
    throw broken(on, fault.kind === "lost" ? "unknown" : false);
  };

  const below = forwardDriver(driver);
  const { readBytes, readInto, readRanges, deleteMany, copyFrom, rename, multipart } = below;
  const changed = forwardDriver(driver, {
    stat: (key, call) => guarded("stat", () => below.stat(key, call)),
    write: (key, body, call) => guarded("write", () => below.write(key, body, call)),
    delete: (key, call) => guarded("delete", () => below.delete(key, call)),
    async read(key, range, call) {
      const fault = next("read");
      if (fault?.kind === "cut") {
        const answer = await below.read(key, range, call);
        return { ...answer, chunks: cutAfter(answer.chunks, fault.afterBytes) };
      }
      if (fault !== undefined) throw fault.kind === "throttled" ? throttled(fault.retryAfterMs) : broken("read", false);
      return await below.read(key, range, call);
    },
    async *list(call) {
      for await (const page of below.list(call)) {
        await guarded("list", async () => {});
        yield page;
      }
    },
    ...(readBytes && { readBytes: (...args) => guarded("read", () => readBytes(...args)) }),
    ...(readInto && { readInto: (...args) => guarded("read", () => readInto(...args)) }),
    ...(readRanges && { readRanges: (...args) => guarded("read", () => readRanges(...args)) }),
    ...(deleteMany && { deleteMany: (...args) => guarded("delete", () => deleteMany(...args)) }),
    ...(copyFrom && { copyFrom: (...args) => guarded("write", () => copyFrom(...args)) }),
    ...(rename && { rename: (...args) => guarded("write", () => rename(...args)) }),
    ...(multipart && {
      multipart: forwardMultipart(multipart, {
        uploadPart: (...args) => guarded("write", () => multipart.uploadPart(...args)),
        complete: (...args) => guarded("write", () => multipart.complete(...args)),
      }),
    }),
  });
  return {
    driver: changed,
    inject(fault) {
      planned.push({ fault, left: fault.times ?? 1 });
    },
  };
}

async function* cutAfter(
  chunks: AsyncIterator<Uint8Array, undefined, undefined>,
  afterBytes: number,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  let left = afterBytes;
  try {
    while (left > 0) {
      const { done, value } = await chunks.next();
      if (done === true) break;
      const piece = value.byteLength > left ? value.slice(0, left) : value;
      left -= piece.byteLength;
      yield piece;
    }
    throw broken("read", false);
  } finally {
    await chunks.return?.();
  }
}

function broken(on: Fault["on"], committed: false | "unknown"): StoreError {
  const message = `the connection broke (injected by the conformance suite into ${on})`;
  return new StoreError({ code: "Unavailable", message, committed: on === "write" ? committed : undefined });
}

function throttled(retryAfterMs: number | undefined): StoreError {
  return new StoreError({
    code: "Throttled",
    message: "slow down (injected by the conformance suite)",
    retryAfterMs,
    committed: false,
  });
}
