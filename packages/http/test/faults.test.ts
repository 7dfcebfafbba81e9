import { isStoreError } from "@stowage/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTransport } from "../src/index.js";
import type { HttpTransport } from "../src/index.js";
import { serveHttp, serveTcp } from "./support/loopback.js";
import { request } from "./support/requests.js";

describe.each(["sockets", "undici"] as const)("over %s", (engine) => {
  let transport: HttpTransport;
  beforeEach(() => {
    transport = createTransport({ engine });
  });
  afterEach(async () => {
    await transport.close();
  });

  describe("a connection that fails", () => {
    it("is Unavailable and certainly not committed when nobody listens", async () => {
      const server = await serveTcp(() => undefined);
      await server[Symbol.asyncDispose]();
      await expect(transport.send(request(server.origin, { method: "PUT" }))).rejects.toMatchObject({
        code: "Unavailable",
        retryable: true,
        committed: false,
      });
    });

    it("is Unavailable, retryable, of unknown outcome when reset before the answer", async () => {
      await using server = await serveTcp((socket) => socket.once("data", () => socket.resetAndDestroy()));
      const sent = transport.send(request(server.origin, { method: "PUT", body: new Uint8Array(10) }));
      const error: unknown = await sent.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "Unavailable", retryable: true });
      // Left to core, which judges by the code: unknown.
      expect(isStoreError(error) && error.committed).toBeUndefined();
      expect(server.connections()).toBe(1);
    });

    it("is Unavailable when closed amid the head or amid a body of known length", async () => {
      for (const text of ["HTTP/1.1 200 OK\r\ncont", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345"]) {
        await using server = await serveTcp((socket) => socket.once("data", () => socket.end(text)));
        await expect(transport.send(request(server.origin))).rejects.toMatchObject({
          code: "Unavailable",
          retryable: true,
        });
      }
    });

    it("fails a stream after the bytes that did arrive, never ends it short", async () => {
      await using server = await serveTcp((socket) =>
        socket.once("data", () =>
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345", () => socket.resetAndDestroy()),
        ),
      );
      const answer = await transport.send(request(server.origin, { receive: () => "stream" }));
      await expect(
        (async () => {
          if (answer.body === undefined) return;
          for await (const chunk of answer.body)
            expect(Buffer.from(chunk).toString()).toBe("12345".slice(0, chunk.byteLength));
        })(),
      ).rejects.toMatchObject({ code: "Unavailable" });
    });

    it("fails a chunked stream that lacks its last chunk", async () => {
      await using server = await serveTcp((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12345\r\n")),
      );
      await expect(transport.send(request(server.origin))).rejects.toMatchObject({ code: "Unavailable" });
    });

    it("is Internal when the answer is not HTTP", async () => {
      await using server = await serveTcp((socket) => socket.once("data", () => socket.write("SSH-2.0-nope\r\n\r\n")));
      await expect(transport.send(request(server.origin))).rejects.toMatchObject({
        code: "Internal",
        retryable: false,
      });
    });

    it("is Internal when the head is larger than allowed", async () => {
      const header = `x: ${"a".repeat(70_000)}\r\n`;
      await using server = await serveTcp((socket) =>
        socket.once("data", () => socket.write(`HTTP/1.1 200 OK\r\n${header}\r\n`)),
      );
      await expect(transport.send(request(server.origin))).rejects.toMatchObject({
        code: "Internal",
        retryable: false,
      });
    });
  });

  describe("time limits", () => {
    it("end a request whose answer does not begin", async () => {
      await using server = await serveTcp((socket) => socket.resume());
      const sent = transport.send(request(server.origin, { timeouts: { connect: 5000, idle: 100 } }));
      await expect(sent).rejects.toMatchObject({ code: "Timeout", retryable: true });
      await expect.poll(() => server.open()).toBe(0);
    });

    it("end an answer that stops midway", async () => {
      await using server = await serveTcp((socket) =>
        socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345")),
      );
      const sent = transport.send(request(server.origin, { timeouts: { connect: 5000, idle: 100 } }));
      await expect(sent).rejects.toMatchObject({ code: "Timeout", retryable: true });
    });

    it("end a large body that nobody takes", async () => {
      await using server = await serveTcp((socket) => socket.pause());
      const body = new Uint8Array(64 * 1024 * 1024);
      const sent = transport.send(
        request(server.origin, { method: "PUT", body, timeouts: { connect: 5000, idle: 200 } }),
      );
      await expect(sent).rejects.toMatchObject({ code: "Timeout" });
    });

    it("end a TLS handshake that gets no answer, as a connect timeout", async () => {
      await using server = await serveTcp((socket) => socket.resume());
      const origin = server.origin.replace("http:", "https:");
      const sent = transport.send(request(origin, { timeouts: { connect: 100, idle: 5000 } }));
      await expect(sent).rejects.toMatchObject({ code: "Timeout", committed: false });
      await expect.poll(() => server.open()).toBe(0);
    });
  });

  describe("abort", () => {
    const reason = new Error("changed my mind");

    it("before the request does no I/O", async () => {
      await using server = await serveHttp((_, response) => response.end());
      const signal = AbortSignal.abort(reason);
      await expect(transport.send(request(server.origin, { signal }))).rejects.toBe(reason);
      expect(server.connections()).toBe(0);
    });

    it("while waiting for the answer frees the socket and rejects with the reason itself", async () => {
      const controller = new AbortController();
      await using server = await serveHttp(() => controller.abort(reason));
      await expect(transport.send(request(server.origin, { signal: controller.signal }))).rejects.toBe(reason);
      await expect.poll(() => server.open()).toBe(0);
    });

    it("while connecting frees the socket", async () => {
      const controller = new AbortController();
      await using server = await serveTcp((socket) => {
        socket.resume();
        setImmediate(() => controller.abort(reason));
      });
      const origin = server.origin.replace("http:", "https:");
      await expect(transport.send(request(origin, { signal: controller.signal }))).rejects.toBe(reason);
      await expect.poll(() => server.open()).toBe(0);
    });

    it("while waiting in line leaves the line to the others", async () => {
      const narrow = createTransport({ engine, connections: 1 });
      const answers: (() => void)[] = [];
      await using server = await serveHttp((incoming, response) => answers.push(() => response.end(incoming.url)));
      const first = narrow.send(request(server.origin, { target: "/first" }));
      const controller = new AbortController();
      const second = narrow.send(request(server.origin, { target: "/second", signal: controller.signal }));
      const third = narrow.send(request(server.origin, { target: "/third" }));
      controller.abort(reason);
      await expect(second).rejects.toBe(reason);
      await expect.poll(() => answers.length).toBe(1);
      answers[0]?.();
      await first;
      await expect.poll(() => answers.length).toBe(2);
      answers[1]?.();
      expect(Buffer.from((await third).bytes).toString()).toBe("/third");
      await narrow.close();
    });

    it("amid a stream fails the consumer with the reason and frees the socket", async () => {
      const controller = new AbortController();
      await using server = await serveHttp((_, response) => {
        response.write("begin");
      });
      const answer = await transport.send(
        request(server.origin, { receive: () => "stream", signal: controller.signal }),
      );
      await answer.body?.next();
      const next = answer.body?.next();
      controller.abort(reason);
      await expect(next).rejects.toBe(reason);
      await expect.poll(() => server.open()).toBe(0);
    });

    it("leaves the caller's memory alone from then on", async () => {
      const controller = new AbortController();
      let more = (): void => undefined;
      await using server = await serveHttp((_, response) => {
        response.setHeader("content-length", 200_000);
        response.write(Buffer.alloc(1000, 1));
        more = () => void response.write(Buffer.alloc(100_000, 2));
      });
      const target = new Uint8Array(200_000);
      const { signal } = controller;
      const sent = transport.send(request(server.origin, { signal, receive: () => target }));
      await expect.poll(() => target[999]).toBe(1);
      more();
      controller.abort(reason);
      await expect(sent).rejects.toBe(reason);
      const then = target.slice();
      await expect.poll(() => server.open()).toBe(0);
      expect(Buffer.compare(target, then)).toBe(0);
    });

    it("amid a large upload frees the socket", async () => {
      const controller = new AbortController();
      await using server = await serveTcp((socket) => {
        socket.once("data", () => controller.abort(reason));
      });
      const body = new Uint8Array(32 * 1024 * 1024);
      await expect(
        transport.send(request(server.origin, { method: "PUT", body, signal: controller.signal })),
      ).rejects.toBe(reason);
      await expect.poll(() => server.open()).toBe(0);
    });

    it("leaves no listener on the signal, whatever the outcome", async () => {
      await using server = await serveHttp((incoming, response) => {
        if (incoming.url === "/broken") response.socket?.resetAndDestroy();
        else response.end("x");
      });
      const controller = new AbortController();
      const { signal } = controller;
      let listeners = 0;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners += 1;
        add(...args);
      };
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listeners -= 1;
        remove(...args);
      };
      await transport.send(request(server.origin, { signal }));
      const streamed = await transport.send(request(server.origin, { signal, receive: () => "stream" }));
      await streamed.body?.return?.();
      await transport.send(request(server.origin, { signal, target: "/broken" })).catch(() => undefined);
      expect(listeners).toBe(0);
    });
  });

  describe("a kept-alive connection that the server has given up", () => {
    /** Answers the first request of a connection, then resets it as soon as a second one arrives: no FIN goes before. */
    function tired(): Promise<Awaited<ReturnType<typeof serveTcp>> & { seen?: number }> {
      return serveTcp((socket) => {
        let requests = 0;
        socket.on("data", () => {
          requests += 1;
          if (requests === 1) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
          else socket.resetAndDestroy();
        });
      });
    }

    it("is replaced, unseen, for a request that may be repeated", async () => {
      await using server = await tired();
      await transport.send(request(server.origin));
      const answer = await transport.send(request(server.origin, { method: "PUT", body: new Uint8Array(5) }));
      expect(answer.status).toBe(200);
      expect(server.connections()).toBe(2);
    });

    it("fails a request that must not be repeated", async () => {
      await using server = await tired();
      await transport.send(request(server.origin));
      const sent = transport.send(request(server.origin, { method: "PUT", replayable: false }));
      await expect(sent).rejects.toMatchObject({ code: "Unavailable", retryable: true });
    });

    it("fails a request whose body was made on the way: it is never sent again empty", async () => {
      await using server = await tired();
      await transport.send(request(server.origin));
      const body = { chunks: [new Uint8Array(5)], length: 5 };
      await expect(transport.send(request(server.origin, { method: "PUT", body }))).rejects.toMatchObject({
        code: "Unavailable",
      });
    });
  });

  it("an idle transport does not keep the process alive", async () => {
    await using server = await serveHttp((_, response) => response.end("x"));
    server.server.unref();
    server.server.on("connection", (socket) => socket.unref());
    const holding = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
    const before = holding();
    await Promise.all([transport.send(request(server.origin)), transport.send(request(server.origin))]);
    await expect.poll(holding).toBe(before);
    expect(server.open()).toBe(2);
  });
});
