import type { StoreDriver } from "@stowage/core";
import { forwardDriver } from "./forward.js";

/**
 * A driver that calls `hook`, with the number of the read from 1 on, before every read by whichever method. It asks core to split
 * large reads, whatever the driver below prefers, and answers them by their first part as a service would.
 */
export function beforeReads(driver: StoreDriver, hook: (read: number) => Promise<void>): StoreDriver {
  const { readBytes, readInto, readRanges } = forwardDriver(driver);
  let reads = 0;
  const after = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    reads += 1;
    await hook(reads);
    return await run();
  };
  return forwardDriver(driver, {
    capabilities: { ...driver.capabilities, largeReads: "split" },
    read: (...args) => after(() => driver.read(...args)),
    ...(readBytes && {
      readBytes: (key, range, limit, call) =>
        after(async () => {
          const answer = await readBytes(key, range, limit, call);
          if (answer.bytes.byteLength <= limit) return answer;
          return { ...answer, bytes: answer.bytes.slice(0, limit), range: { ...answer.range, length: limit } };
        }),
    }),
    ...(readInto && { readInto: (...args) => after(() => readInto(...args)) }),
    ...(readRanges && { readRanges: (...args) => after(() => readRanges(...args)) }),
  });
}
