import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.mjs";

const BODY = Buffer.from("0123456789".repeat(100));

let origin: Server;
let seen: { method: string; headers: IncomingHttpHeaders; body: Buffer }[];
let proxy: FaultProxy;

beforeEach(async () => {
  seen = [];
  origin = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({ method: request.method ?? "", headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(200, { "content-length": BODY.length, etag: '"abc"' }).end(BODY);
    });
  });
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  const address = origin.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  proxy = await startFaultProxy({ target: `http://127.0.0.1:${address.port}/base` });
});

afterEach(async () => {
  await proxy.stop();
  origin.closeAllConnections();
  origin.close();
});

/** The body as far as it came, and how the answer ended. */
async function exchange(
  body?: Buffer,
): Promise<{ status?: number; headers?: IncomingHttpHeaders; body: Buffer; error?: string }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const url = new URL(`${proxy.endpoint}/key`);
    const request = httpRequest(url, { method: body ? "PUT" : "GET", headers: { "x-test": "1" }, agent: false });
    const fail = (error: NodeJS.ErrnoException): void =>
      resolve({ body: Buffer.concat(chunks), error: error.code ?? "" });
    request.on("error", fail);
    request.on("response", (response) => {
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.end(body);
  });
}

it("passes everything on unchanged, the Host header included, and records it", async () => {
  const answer = await exchange(Buffer.from("hello"));
  expect(answer).toMatchObject({ status: 200, body: BODY });
  expect(answer.headers).toMatchObject({ etag: '"abc"', "content-length": String(BODY.length) });
  expect(seen).toMatchObject([
    { method: "PUT", body: Buffer.from("hello"), headers: { host: new URL(proxy.endpoint).host } },
  ]);
  expect(proxy.requests).toMatchObject([{ method: "PUT", url: "/base/key", faulty: false }]);
});

it("hits only the requests meant, as often as meant", async () => {
  proxy.inject({ when: (request) => request.method === "GET", times: 2, answer: { status: 503 } });
  const statuses = [];
  for (const body of [Buffer.from("x"), undefined, undefined, undefined]) statuses.push((await exchange(body)).status);
  expect(statuses).toEqual([200, 503, 503, 200]);
});

it("answers instead of the server with status, headers and body", async () => {
  proxy.inject({ answer: { status: 429, headers: { "retry-after": "7" }, body: "slow down" } });
  const answer = await exchange(Buffer.from("x"));
  expect(answer).toMatchObject({ status: 429, body: Buffer.from("slow down"), headers: { "retry-after": "7" } });
  expect(seen).toEqual([]);
});

it("resets before the server sees the request", async () => {
  proxy.inject({ before: "reset" });
  expect((await exchange()).error).toBe("ECONNRESET");
  expect(seen).toEqual([]);
});

it("closes before the server sees the request", async () => {
  proxy.inject({ before: "close" });
  expect((await exchange()).error).toBe("ECONNRESET");
  expect(seen).toEqual([]);
});

it("loses the answer of work that was done", async () => {
  proxy.inject({ loseAnswer: true });
  expect((await exchange(Buffer.from("done"))).error).toBe("ECONNRESET");
  expect(seen).toMatchObject([{ body: Buffer.from("done") }]);
});

it("cuts a request's body, so that the server never sees it whole", async () => {
  proxy.inject({ resetRequestAfter: 1_000 });
  expect((await exchange(Buffer.alloc(300_000))).error).toMatch(/ECONNRESET|EPIPE/);
  expect(seen).toEqual([]);
});

it.each(["resetResponseAfter", "closeResponseAfter"])(
  "%s delivers exactly the bytes before the cut",
  async (effect) => {
    proxy.inject({ [effect]: 137 });
    const answer = await exchange();
    expect(answer.error).toBe("ECONNRESET");
    expect(answer.body).toEqual(BODY.subarray(0, 137));
  },
);

it("inverts one byte", async () => {
  proxy.inject({ corruptByteAt: 500 });
  const { body } = await exchange();
  expect([...body.keys()].filter((at) => body[at] !== BODY[at])).toEqual([500]);
});

it("stays silent until the client gives up", async () => {
  proxy.inject({ silent: true });
  const request = httpRequest(`${proxy.endpoint}/key`, { agent: false, timeout: 100 });
  const failed = once(request, "error");
  request.on("timeout", () => request.destroy(new Error("gave up"))).end();
  expect(String(await failed)).toContain("gave up");
  await expect.poll(() => proxy.openSockets()).toBe(0);
});

it("rewrites headers both ways", async () => {
  proxy.inject({
    requestHeaders: (headers) => ({ ...headers, "x-test": "changed" }),
    responseHeaders: (headers) => ({ ...headers, "x-amz-checksum-crc32": "AAAAAA==" }),
  });
  expect((await exchange()).headers).toMatchObject({ "x-amz-checksum-crc32": "AAAAAA==" });
  expect(seen).toMatchObject([{ headers: { "x-test": "changed" } }]);
});

it("spends no fault on a request that its client has given up", async () => {
  proxy.inject({ times: 1, answer: { status: 503 } });
  const { hostname, port } = new URL(proxy.endpoint);
  const gaveUp = connect(Number(port), hostname);
  await once(gaveUp, "connect");
  gaveUp.resume().end("GET /base/key HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(gaveUp, "close");
  expect(proxy.requests).toEqual([]);
  expect((await exchange()).status).toBe(503);
});
