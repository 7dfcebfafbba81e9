import { createHash, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { Azurite } from "./azurite.js";

const MIB = 1024 * 1024;
const SIZE = 2048 * MIB;
const RSS_ALLOWED = 400 * MIB;

it(
  "2 GiB go up in parallel blocks and come down in parallel ranges, whole, in little memory",
  { timeout: 1_800_000 },
  async () => {
    await using azurite = await Azurite.start({ persist: true });
    await using store = await azurite.store({ transport: "direct" });
    const chunk = randomBytes(MIB);
    const sent = createHash("sha256");
    const received = createHash("sha256");
    const baseline = process.memoryUsage.rss();
    let peak = 0;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50);
    try {
      async function* source(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < SIZE; at += MIB) {
          // Every chunk differs, so that one in the wrong place shows.
          const own = Uint8Array.from(chunk);
          new DataView(own.buffer).setFloat64(0, at);
          sent.update(own);
          yield own;
        }
      }
      const { size } = await store.put("large", source(), { size: SIZE });
      expect(size).toBe(SIZE);
      const window = new Uint8Array(64 * MIB);
      for (let offset = 0; offset < SIZE; offset += window.byteLength) {
        const range = { offset, length: window.byteLength };
        const { bytesRead } = await store.getInto("large", window, { range });
        received.update(window.subarray(0, bytesRead));
      }
      expect(received.digest("hex")).toBe(sent.digest("hex"));
      expect(peak - baseline).toBeLessThan(RSS_ALLOWED);
    } finally {
      clearInterval(timer);
    }
  },
);
