import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTransport } from "../src/index.js";
import type { HttpTransport } from "../src/index.js";
import type { Socket } from "node:net";
import { certificate, serveHttp, serveHttps, serveTcp } from "./support/loopback.js";
import type { Loopback } from "./support/loopback.js";
import { request } from "./support/requests.js";

const MIB = 1024 * 1024;

function pattern(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
  return bytes;
}

async function bodyOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(["sockets", "undici"] as const)("over %s", (engine) => {
  let transport: HttpTransport;
  beforeEach(() => {
    transport = createTransport({ engine });
  });
  afterEach(async () => {
    await transport.close();
  });

  describe("answers", () => {
    it("collects a body of known length into memory that holds nothing else", async () => {
      const bytes = pattern(300_000);
      await using server = await serveHttp((_, response) => response.end(bytes));
      const answer = await transport.send(request(server.origin));
      expect(answer.status).toBe(200);
      expect(answer.received).toBe(300_000);
      expect(Buffer.compare(answer.bytes, bytes)).toBe(0);
      expect(answer.bytes.buffer.byteLength).toBe(300_000);
    });

    it("collects a chunked body", async () => {
      await using server = await serveHttp((_, response) => {
        response.write("one ");
        response.write("two");
        response.end();
      });
      const answer = await transport.send(request(server.origin));
      expect(Buffer.from(answer.bytes).toString()).toBe("one two");
    });

    it("puts a body straight into the caller's memory and nowhere else", async () => {
      const bytes = pattern(200_000);
      await using server = await serveHttp((_, response) => response.end(bytes));
      const target = new Uint8Array(200_010).fill(7);
      const answer = await transport.send(request(server.origin, { receive: () => target.subarray(5, 200_005) }));
      expect(answer.received).toBe(200_000);
      expect(answer.bytes.byteLength).toBe(0);
      expect(Buffer.compare(target.subarray(5, 200_005), bytes)).toBe(0);
      expect([...target.subarray(0, 5), ...target.subarray(200_005)]).toEqual(Array.from({ length: 10 }, () => 7));
    });

    it("fails a body that does not fit the caller's memory, without writing past its end", async () => {
      await using server = await serveHttp((_, response) => response.end(pattern(1000)));
      const target = new Uint8Array(1000);
      const sent = transport.send(request(server.origin, { receive: () => target.subarray(0, 999) }));
      await expect(sent).rejects.toMatchObject({ code: "Internal", retryable: false });
      expect(target[999]).toBe(0);
    });

    it("refuses to collect more than the limit, and frees the connection", async () => {
      await using server = await serveHttp((_, response) => {
        response.write(pattern(70_000));
        response.write(pattern(70_000));
        response.end();
      });
      await expect(transport.send(request(server.origin, { collectMax: 100_000 }))).rejects.toMatchObject({
        code: "Internal",
      });
      await expect.poll(() => server.open()).toBe(0);
    });

    it("streams a body with backpressure: an idle consumer holds the sender back", async () => {
      const total = 64 * MIB;
      let written = 0;
      await using server = await serveHttp(async (_, response) => {
        const chunk = pattern(MIB);
        while (written < total) {
          written += chunk.byteLength;
          if (!response.write(chunk)) await new Promise((taken) => response.once("drain", taken));
        }
        response.end();
      });
      const answer = await transport.send(request(server.origin, { receive: () => "stream" }));
      const first = await answer.body?.next();
      expect(first?.done).toBe(false);
      await expect
        .poll(async () => {
          const before = written;
          await new Promise((r) => setTimeout(r, 50));
          return written - before;
        })
        .toBe(0);
      expect(written).toBeLessThan(total / 2);
      let received = first?.value?.byteLength ?? 0;
      if (answer.body !== undefined) for await (const chunk of answer.body) received += chunk.byteLength;
      expect(received).toBe(total);
    });

    it("hands over chunks that own their whole buffer", async () => {
      await using server = await serveHttp((_, response) => response.end(pattern(500_000)));
      const answer = await transport.send(request(server.origin, { receive: () => "stream" }));
      if (answer.body === undefined) throw new Error("no body");
      for await (const chunk of answer.body) expect(chunk.byteLength).toBe(chunk.buffer.byteLength);
    });

    it("frees the connection of a stream that is given up", async () => {
      await using server = await serveHttp((_, response) => {
        response.write(pattern(5 * MIB));
      });
      const answer = await transport.send(request(server.origin, { receive: () => "stream" }));
      await answer.body?.next();
      await answer.body?.return?.();
      await expect.poll(() => server.open()).toBe(0);
    });

    it("gives every status as an answer and follows no redirect", async () => {
      await using server = await serveHttp((_, response) =>
        response.writeHead(307, { location: "/elsewhere" }).end("moved"),
      );
      const answer = await transport.send(request(server.origin));
      expect(answer.status).toBe(307);
      expect(answer.headers["location"]).toBe("/elsewhere");
    });

    it("answers HEAD without waiting for a body, and keeps the connection", async () => {
      await using server = await serveHttp((_, response) =>
        response.writeHead(200, { "content-length": "12345" }).end(),
      );
      for (let i = 0; i < 3; i++) {
        const answer = await transport.send(request(server.origin, { method: "HEAD" }));
        expect(answer.headers["content-length"]).toBe("12345");
        expect(answer.received).toBe(0);
      }
      expect(server.connections()).toBe(1);
    });

    it("takes what `receive` throws as the failure and frees the connection", async () => {
      await using server = await serveHttp((_, response) => response.end(pattern(100_000)));
      const refusal = new Error("not wanted");
      const sent = transport.send(
        request(server.origin, {
          receive: () => {
            throw refusal;
          },
        }),
      );
      await expect(sent).rejects.toMatchObject({ cause: { message: "not wanted" } });
      await expect.poll(() => server.open()).toBe(0);
    });
  });

  describe("answers that servers of all kinds give", () => {
    const raw = async (text: string, then: (socket: Socket) => void = () => undefined): Promise<Loopback> =>
      await serveTcp((socket) => socket.on("data", () => socket.write(text, () => then(socket))));

    it("in HTTP/1.0, without a length, end with the connection", async () => {
      await using server = await raw("HTTP/1.0 200 OK\r\ncontent-type: a/b\r\n\r\nall of it", (socket) => socket.end());
      for (let i = 0; i < 2; i++) {
        expect(Buffer.from((await transport.send(request(server.origin))).bytes).toString()).toBe("all of it");
        const streamed = await transport.send(request(server.origin, { receive: () => "stream" }));
        if (streamed.body === undefined) throw new Error("no body");
        expect((await bodyOf(streamed.body)).toString()).toBe("all of it");
      }
      expect(server.connections()).toBe(4);
    });

    it("may have a provisional one before them, and names in any case", async () => {
      // undici takes no 100 that it has not asked for.
      const early = engine === "undici" ? "103 Early Hints" : "100 Continue";
      await using server = await raw(
        `HTTP/1.1 ${early}\r\n\r\nHTTP/1.1 200 OK\r\nCONTENT-LENGTH: 2\r\nx-Amz-Meta-A: b\r\n\r\nok`,
      );
      const answer = await transport.send(request(server.origin, { method: "PUT", body: pattern(10) }));
      expect([Buffer.from(answer.bytes).toString(), answer.headers["x-amz-meta-a"]]).toEqual(["ok", "b"]);
    });

    it.each(["length", "chunks", "close"])("are streamed whole, byte for byte, with framing by %s", async (framing) => {
      const bytes = pattern(3 * MIB + 17);
      await using server = await serveHttp((_, response) => {
        if (framing === "length") response.setHeader("content-length", bytes.byteLength);
        // Then Node ends the body with the connection.
        if (framing === "close") response.removeHeader("transfer-encoding");
        for (let at = 0; at < bytes.byteLength; at += 100_000) response.write(bytes.subarray(at, at + 100_000));
        response.end();
      });
      const answer = await transport.send(request(server.origin, { receive: () => "stream" }));
      if (answer.body === undefined) throw new Error("no body");
      expect(Buffer.compare(await bodyOf(answer.body), bytes)).toBe(0);
    });

    it("may say that their connection ends: the next request goes over another", async () => {
      await using server = await raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
      await transport.send(request(server.origin, { replayable: false }));
      await transport.send(request(server.origin, { replayable: false }));
      expect(server.connections()).toBe(2);
    });

    it("may be followed by bytes that nobody asked for: they are no answer to the next request", async () => {
      await using server = await serveTcp((socket) => {
        socket.once("data", () => {
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
          setTimeout(() => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"), 20);
        });
      });
      await transport.send(request(server.origin));
      await expect.poll(() => server.open()).toBe(0);
      expect(Buffer.from((await transport.send(request(server.origin))).bytes).toString()).toBe("ok");
    });

    it("arrive byte by byte, heads and chunks cut anywhere", async () => {
      const text =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n4;x=y\r\n two\r\n0\r\nt: 1\r\n\r\n";
      await using server = await serveTcp((socket) => {
        socket.setNoDelay(true);
        socket.once("data", async () => {
          for (const char of text) {
            socket.write(char);
            await new Promise((sent) => setImmediate(sent));
          }
        });
      });
      expect(Buffer.from((await transport.send(request(server.origin))).bytes).toString()).toBe("one two");
    });

    it("in many at a time reach the memory they were meant for", async () => {
      await using server = await serveHttp((incoming, response) => {
        const [, length = "0", chunked] = (incoming.url ?? "").split("/");
        const bytes = pattern(Number(length));
        if (chunked === "chunked") response.write(bytes.subarray(0, 10));
        else response.setHeader("content-length", bytes.byteLength);
        response.end(chunked === "chunked" ? bytes.subarray(10) : bytes);
      });
      const sizes = Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? 100 + i : 60_000 + i * 700));
      await Promise.all(
        sizes.map(async (size, i) => {
          const target = new Uint8Array(size);
          const framing = i % 4 === 0 ? "chunked" : "length";
          const plan = i % 2 === 0 ? target : ("stream" as const);
          const answer = await transport.send(
            request(server.origin, { target: `/${size}/${framing}`, receive: () => plan }),
          );
          if (answer.body !== undefined) target.set(await bodyOf(answer.body));
          expect(Buffer.compare(target, pattern(size))).toBe(0);
        }),
      );
    });
  });

  describe("requests", () => {
    it("sends the target byte for byte, dots and escapes included", async () => {
      const seen: (string | undefined)[] = [];
      await using server = await serveHttp((incoming, response) => {
        seen.push(incoming.url);
        response.end();
      });
      for (const target of ["/b/../a", "/b/%2e%2e/a", "/a//b", "/a%20b?x=%2F&y", "/b/a'(b)!"]) {
        await transport.send(request(server.origin, { target }));
        expect(seen.at(-1)).toBe(target);
      }
    });

    it.each([0, 1, 16 * 1024, 256 * 1024, 256 * 1024 + 1, 9 * MIB])(
      "sends %i bytes whole, with their length and no Expect",
      async (size) => {
        const bytes = pattern(size);
        let received: Buffer = Buffer.alloc(0);
        let headers: NodeJS.Dict<string | string[]> = {};
        await using server = await serveHttp(async (incoming, response) => {
          headers = incoming.headers;
          received = await bodyOf(incoming);
          response.end();
        });
        const counts: number[] = [];
        await transport.send(
          request(server.origin, { method: "PUT", body: bytes, onSent: (sent) => counts.push(sent) }),
        );
        expect(headers["content-length"]).toBe(String(size));
        expect(headers["expect"]).toBeUndefined();
        expect(headers["transfer-encoding"]).toBeUndefined();
        expect(Buffer.compare(received, bytes)).toBe(0);
        if (size > 0) expect(counts.at(-1)).toBe(size);
      },
    );

    it("sends a view of larger memory as the view only", async () => {
      let received: Buffer = Buffer.alloc(0);
      await using server = await serveHttp(async (incoming, response) => {
        received = await bodyOf(incoming);
        response.end();
      });
      await transport.send(request(server.origin, { method: "PUT", body: pattern(1000).subarray(10, 20) }));
      expect(Buffer.compare(received, pattern(1000).subarray(10, 20))).toBe(0);
    });

    it("sends a body that is made on the way, empty chunks included", async () => {
      let received: Buffer = Buffer.alloc(0);
      await using server = await serveHttp(async (incoming, response) => {
        received = await bodyOf(incoming);
        response.end();
      });
      async function* chunks(): AsyncGenerator<Uint8Array> {
        yield pattern(10);
        yield new Uint8Array(0);
        yield pattern(600_000);
      }
      await transport.send(request(server.origin, { method: "PUT", body: { chunks: chunks(), length: 600_010 } }));
      expect(Buffer.compare(received, Buffer.concat([pattern(10), pattern(600_000)]))).toBe(0);
    });

    it.each([5, 15])("fails a streamed body that declared 10 bytes and brings %i", async (length) => {
      await using server = await serveHttp((incoming, response) => {
        incoming.resume();
        incoming.on("end", () => response.end());
      });
      const body = { chunks: [pattern(length)], length: 10 };
      await expect(transport.send(request(server.origin, { method: "PUT", body }))).rejects.toMatchObject({
        code: "InvalidArgument",
      });
      await expect.poll(() => server.open()).toBe(0);
    });

    it("fails with what a streamed body throws and releases it", async () => {
      await using server = await serveHttp((incoming) => {
        incoming.resume();
      });
      let released = false;
      async function* chunks(): AsyncGenerator<Uint8Array> {
        try {
          yield pattern(10);
          throw new Error("source broke");
        } finally {
          released = true;
        }
      }
      const sent = transport.send(request(server.origin, { method: "PUT", body: { chunks: chunks(), length: 20 } }));
      await expect(sent).rejects.toMatchObject({ cause: { message: "source broke" } });
      expect(released).toBe(true);
      await expect.poll(() => server.open()).toBe(0);
    });

    it("takes an early refusal as the answer although the body is not sent yet", async () => {
      await using server = await serveHttp((_, response) => response.writeHead(403).end("no"));
      const answer = await transport.send(request(server.origin, { method: "PUT", body: pattern(20 * MIB) }));
      expect(answer.status).toBe(403);
    });
  });

  describe("connections", () => {
    it("never opens more of them than allowed, and answers everyone", async () => {
      const narrow = createTransport({ engine, connections: 3 });
      await using server = await serveHttp((incoming, response) => setImmediate(() => response.end(incoming.url)));
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) => narrow.send(request(server.origin, { target: `/${i}` }))),
      );
      expect(answers.map((answer) => Buffer.from(answer.bytes).toString())).toEqual(
        Array.from({ length: 40 }, (_, i) => `/${i}`),
      );
      expect(server.connections()).toBe(3);
      await narrow.close();
    });

    it("closes all of them and refuses what comes later", async () => {
      await using server = await serveHttp((incoming, response) => {
        if (incoming.url === "/hang") return;
        response.end();
      });
      await transport.send(request(server.origin));
      const hanging = transport.send(request(server.origin, { target: "/hang" }));
      const outcome = expect(hanging).rejects.toMatchObject({ code: "Closed" });
      await transport.close();
      await outcome;
      await expect(transport.send(request(server.origin))).rejects.toMatchObject({ code: "Closed" });
      await expect.poll(() => server.open()).toBe(0);
    });

    it("reaches an IPv6 address", async () => {
      await using server = await serveHttp((_, response) => response.end("six"));
      const { server: node } = server;
      await new Promise((done) => node.close(done));
      await new Promise<void>((done) => node.listen(0, "::1", done));
      const address = node.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      const answer = await transport.send(request(`http://[::1]:${address.port}`));
      expect(Buffer.from(answer.bytes).toString()).toBe("six");
    });
  });

  describe("TLS", () => {
    it("refuses a certificate that nobody vouches for, naming the option that helps", async () => {
      await using server = await serveHttps(certificate(), (_, response) => response.end());
      await expect(transport.send(request(server.origin))).rejects.toMatchObject({
        code: "Unavailable",
        retryable: false,
        committed: false,
        message: expect.stringContaining("tls.ca"),
      });
    });

    it("trusts an authority of the caller's own, and resumes sessions", async () => {
      const pair = certificate();
      await using server = await serveHttps(pair, (incoming, response) => {
        response.setHeader("connection", "close");
        const { socket } = incoming;
        response.end(
          "isSessionReused" in socket && typeof socket.isSessionReused === "function"
            ? String(socket.isSessionReused())
            : "",
        );
      });
      const trusting = createTransport({ engine, tls: { ca: pair.cert } });
      const first = await trusting.send(request(server.origin));
      const second = await trusting.send(request(server.origin));
      expect([first, second].map((answer) => Buffer.from(answer.bytes).toString())).toEqual(["false", "true"]);
      await trusting.close();
    });
  });

  describe("a proxy", () => {
    it("is asked for a tunnel, and carries requests to plain and TLS origins", async () => {
      const pair = certificate();
      const asked: (string | undefined)[] = [];
      await using proxy = await serveHttp((_, response) => response.writeHead(500).end());
      proxy.server.on("connect", (incoming, client, head) => {
        asked.push(incoming.url, incoming.headers["proxy-authorization"]);
        const [host = "", port = ""] = (incoming.url ?? "").split(":");
        const upstream = connect(Number(port), host, () => {
          client.write("HTTP/1.1 200 OK\r\n\r\n");
          upstream.write(head);
          upstream.pipe(client);
          client.pipe(upstream);
        });
        for (const socket of [upstream, client]) socket.on("error", () => undefined);
      });
      await using plain = await serveHttp((_, response) => response.end("plain"));
      await using secure = await serveHttps(pair, (_, response) => response.end("secure"));
      const proxied = createTransport({
        engine,
        proxy: proxy.origin.replace("//", "//user:pass@"),
        tls: { ca: pair.cert },
      });
      for (const [server, text] of [
        [plain, "plain"],
        [secure, "secure"],
      ] as const) {
        const answer = await proxied.send(request(server.origin));
        expect(Buffer.from(answer.bytes).toString()).toBe(text);
        expect(asked).toContain(server.origin.replace(/^https?:\/\//, ""));
      }
      expect(asked).toContain(`Basic ${Buffer.from("user:pass").toString("base64")}`);
      await proxied.close();
    });
  });
});
