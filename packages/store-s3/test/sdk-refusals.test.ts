import { expect, it } from "vitest";
import { errorBody } from "./support/capture.js";
import { BEGUN, withStore } from "./support/wire-store.js";

it.each(["direct", "sdk"] as const)("Retry-After is heeded by the SDK's commands too (%s)", async (transport) => {
  const slow = { status: 503, headers: { "Retry-After": "1" }, body: errorBody("SlowDown") };
  let answered = 0;
  await withStore(
    () => (answered++ === 0 ? slow : { body: BEGUN }),
    { transport, retries: 1 },
    async (store, requests) => {
      const start = performance.now();
      await store.beginUpload("k");
      expect(performance.now() - start).toBeGreaterThan(900);
      expect(requests).toHaveLength(2);
    },
  );
  await withStore(
    () => slow,
    { transport },
    async (store) => {
      await expect(store.beginUpload("k")).rejects.toMatchObject({ code: "Throttled", retryAfterMs: 1000 });
    },
  );
});
