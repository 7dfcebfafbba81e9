import { describe, expect, it } from "vitest";
import { scripted } from "../../test/support/scripted-driver.js";
import { failure } from "../../test/support/scripted-store.js";
import { registryOf } from "../../test/support/shelf-plugin.js";
import { IDLE_DRIVERS_MAX } from "../constants/index.js";
import { copy } from "../index.js";

describe("connections", () => {
  it("are shared by stores of one container with equal options, and close with the last of them", async () => {
    const { registry, opened } = registryOf();
    const client = new Headers();
    const stores = await Promise.all([
      registry.openStore("shelf://a/", { room: "attic", client }),
      registry.openStore("shelf://a/deep", { client, room: "attic", shelves: undefined }),
      registry.openStore("shelf://a/", { room: "attic", client: new Headers() }),
      registry.openStore("shelf://b/", { room: "attic", client }),
    ]);
    expect(opened).toHaveLength(3);
    await stores[0]?.close();
    expect(opened[0]?.[1].closed).toBe(0);
    await stores[1]?.close();
    expect(opened[0]?.[1].closed).toBe(1);
    await Promise.all(stores.map((store) => store.close()));
    expect(opened.map(([, { closed }]) => closed)).toEqual([1, 1, 1]);
  });

  it("are opened again after a failure to open", async () => {
    let attempts = 0;
    const { registry } = registryOf({
      open() {
        attempts += 1;
        if (attempts === 1) throw failure("Unauthenticated");
        return scripted().driver;
      },
    });
    await expect(registry.openStore("shelf://a/")).rejects.toMatchObject({
      code: "Unauthenticated",
      operation: "openStore",
    });
    await (await registry.openStore("shelf://a/")).close();
  });

  it("of URI-level functions stay with the registry for the next one, so many at most, until it is disposed", async () => {
    const { registry, opened } = registryOf();
    for (let each = 0; each < IDLE_DRIVERS_MAX + 5; each++) {
      await copy(`shelf://c${each}/k`, `shelf://c${each}/l`, { registry }).catch(() => {});
    }
    await copy("shelf://c68/k", "shelf://c68/l", { registry }).catch(() => {});
    expect(opened).toHaveLength(IDLE_DRIVERS_MAX + 5);
    expect(opened.filter(([, { closed }]) => closed > 0).map(([name]) => name)).toEqual(["c0", "c1", "c2", "c3", "c4"]);
    await registry[Symbol.asyncDispose]();
    expect(opened.every(([, { closed }]) => closed === 1)).toBe(true);
  });
});
