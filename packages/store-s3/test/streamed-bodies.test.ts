import { checksumBase64 } from "@stowage/http";
import { expect, it } from "vitest";
import { withStore } from "./support/wire-store.js";

const MIB = 1024 * 1024;

it.each(["direct", "sdk"] as const)(
  "a streamed body below a raised multipartThreshold is one request with its checksum (%s)",
  async (transport) => {
    const chunk = new Uint8Array(MIB).map((_, index) => index % 251);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 17; i++) yield chunk;
    }
    await withStore(
      () => ({}),
      { transport, multipartThreshold: 32 * MIB },
      async (store, requests) => {
        await store.put("k", chunks(), { size: 17 * MIB });
        expect(requests).toHaveLength(1);
        expect(requests[0]?.body.byteLength).toBe(17 * MIB);
        const sent = requests[0]?.headers["x-amz-checksum-crc32"];
        expect(sent).toBe(checksumBase64("CRC32", requests[0]?.body ?? Buffer.alloc(0)));
      },
    );
  },
);
