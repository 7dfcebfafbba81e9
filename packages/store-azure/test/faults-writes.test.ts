import { openStore } from "@stowage/core";
import type { ObjectStore } from "@stowage/core";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROKEN, failureOf, faultRunOfThisFile, KIB } from "./fault-run.js";
import type { FaultyStores } from "./fault-run.js";

const run = faultRunOfThisFile();

describe.each(["direct", "sdk"] as const)("faults of writes, transport %s", (transport) => {
  let stores: FaultyStores;
  let store: ObjectStore;
  let once: ObjectStore;
  beforeAll(async () => {
    stores = await run.stores(transport);
    ({ store, once } = stores);
  });
  afterAll(async () => {
    await stores.close();
  });

  it("a lost answer leaves a write's outcome unknown, and a conditional one is not sent again", async () => {
    run.proxy.inject({ times: 1, loseAnswer: true });
    const error = await failureOf(store.put("lost", "1", { ifNoneMatch: "*" }));
    expect(error).toMatchObject({ committed: "unknown" });
    expect(run.proxy.requests).toHaveLength(1);
    expect((await store.get("lost")).text()).toBe("1");
    run.proxy.clear();
    run.proxy.inject({ times: 1, loseAnswer: true });
    await store.put("lost", "2");
    expect(run.proxy.requests).toHaveLength(2);
  });

  it("a commit whose answer is lost is not sent again; the object is there, whole", async () => {
    run.proxy.inject({
      when: ({ url = "" }) => url.includes("comp=blocklist") && url.includes("/lost-commit"),
      times: 0,
    });
    run.proxy.inject({
      when: ({ url = "", method }) => method === "PUT" && url.includes("comp=blocklist"),
      times: 1,
      loseAnswer: true,
    });
    const bytes = randomBytes(3 * KIB);
    const error = await failureOf(store.put("lost-commit", bytes, { partSize: KIB, multipartThreshold: KIB }));
    expect(error).toMatchObject({ committed: "unknown" });
    expect(Buffer.compare((await store.get("lost-commit")).bytes, bytes)).toBe(0);
  });

  it("a part that fails is sent again; one that keeps failing leaves no object and no open upload", async () => {
    const bytes = randomBytes(4 * KIB);
    const isPart = ({ url = "" }: { url?: string | undefined }): boolean =>
      url.includes("comp=block&") || url.endsWith("comp=block");
    run.proxy.inject({ when: isPart, times: 2, answer: BROKEN });
    await store.put("stubborn", bytes, { partSize: KIB, multipartThreshold: KIB });
    expect(Buffer.compare((await store.get("stubborn")).bytes, bytes)).toBe(0);
    let parts = 0;
    run.proxy.inject({ when: (request) => isPart(request) && ++parts === 3, times: 1, answer: BROKEN });
    const error = await failureOf(once.put("never", bytes, { partSize: KIB, multipartThreshold: KIB, concurrency: 1 }));
    expect(error).toMatchObject({ code: "Unavailable" });
    expect(await store.exists("never")).toBe(false);
    for await (const { key } of store.listUploads({ prefix: "never" })) expect.unreachable(key);
  });

  it("a lost answer to a streamed copy leaves its outcome unknown; the copy is there", async () => {
    await using other = await openStore("memory://lost-copies/");
    await other.put("source", "1");
    run.proxy.inject({ when: ({ method }) => method === "PUT", times: 1, loseAnswer: true });
    const error = await failureOf(store.copyFrom(other, "source", "lost-copy", { ifNoneMatch: "*" }));
    expect(error).toMatchObject({ committed: "unknown" });
    expect((await store.get("lost-copy")).text()).toBe("1");
  });
});
