import { openStore } from "@stowage/core";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Azurite } from "./azurite.js";

const SENT_BY_UNDICI = "undici:client:sendHeaders";

let azurite: Azurite;
beforeAll(async () => {
  azurite = await Azurite.start();
});
afterAll(async () => {
  await azurite[Symbol.asyncDispose]();
});

it.each(["direct", "undici", "sdk"] as const)(
  "transport %s goes over undici only when it is asked to",
  async (transport) => {
    await using store = await azurite.store({ transport });
    let sent = 0;
    const count = (): void => void (sent += 1);
    subscribe(SENT_BY_UNDICI, count);
    try {
      await store.put("a", "1");
      expect((await store.get("a")).text()).toBe("1");
      expect(await store.list().toArray()).toHaveLength(1);
    } finally {
      unsubscribe(SENT_BY_UNDICI, count);
    }
    expect(sent).toBe(transport === "undici" ? 3 : 0);
  },
);

it.each(["direct", "undici"] as const)("transport %s goes through a proxy", async (transport) => {
  const uri = await azurite.container();
  await using proxy = await startTunnel();
  await using store = await openStore(uri, { ...azurite.options, transport, proxy: proxy.url });
  await store.put("a", "1");
  expect((await store.get("a")).text()).toBe("1");
  expect(store.capabilities.notes).toMatchObject({ transport });
  expect(proxy.tunnels()).toBeGreaterThan(0);
});

/** A proxy that tunnels, and counts. */
async function startTunnel(): Promise<{ url: string; tunnels(): number } & AsyncDisposable> {
  let count = 0;
  const server = createServer();
  server.on("connect", ({ url = "" }, socket) => {
    count += 1;
    const { hostname, port } = new URL(`http://${url}`);
    const upstream = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    tunnels: () => count,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
