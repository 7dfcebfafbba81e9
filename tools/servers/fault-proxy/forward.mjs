// One request on its way through the fault proxy.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

/**
 * @typedef {object} Exchange
 * @property {import("node:http").IncomingMessage} request
 * @property {import("node:http").ServerResponse} response
 * @property {import("node:net").Socket} socket the client's, which outlives its mention in `request` and `response`
 * @property {URL} upstream
 * @property {import("node:http").Agent} agent
 * @property {import("./fault-proxy.mjs").Fault} fault
 * @property {boolean} expectsContinue the client waits for `100 Continue` before it sends the body
 */

/** @param {Exchange} exchange */
export async function answerWithFault(exchange) {
  const { request, response, socket, fault, expectsContinue } = exchange;
  // The client's end of the connection closing is an outcome here, never an error of the proxy's.
  request.on("error", () => {});
  response.on("error", () => {});
  if (fault.delayMs !== undefined) await wait(fault.delayMs);
  if (socket.destroyed || fault.silent) return;
  if (fault.before === "reset") return void socket.resetAndDestroy();
  if (fault.before === "close") return void socket.end();
  if (fault.answer !== undefined) return answerInstead(exchange, fault.answer);
  if (expectsContinue) response.writeContinue();
  forward(exchange);
}

/**
 * @param {Exchange} exchange
 * @param {NonNullable<import("./fault-proxy.mjs").Fault["answer"]>} answer
 */
function answerInstead({ request, response }, { status, headers, body = "" }) {
  request.resume();
  response.writeHead(status, { "content-length": String(Buffer.byteLength(body)), ...headers });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** @param {Exchange} exchange */
function forward({ request, response, socket, upstream, agent, fault }) {
  const onward = httpRequest({
    host: upstream.hostname,
    port: upstream.port || 80,
    method: request.method,
    path: request.url,
    headers: fault.requestHeaders?.({ ...request.headers }) ?? rawHeaders(request.rawHeaders),
    setHost: false,
    agent,
  });
  onward.on("response", (answer) => {
    if (fault.loseAnswer) {
      answer.resume();
      answer.once("close", () => socket.resetAndDestroy());
      return;
    }
    void sendBack(answer, { response, socket, fault }).catch(() => socket.destroy());
  });
  onward.on("error", () => socket.destroy());
  response.once("close", () => {
    if (!response.writableEnded) onward.destroy();
  });
  void sendOn({ request, socket, fault }, onward).catch(() => onward.destroy());
}

/**
 * The request's body, to the server.
 *
 * @param {Pick<Exchange, "request" | "socket" | "fault">} exchange
 * @param {import("node:http").ClientRequest} onward
 */
async function sendOn({ request, socket, fault }, onward) {
  onward.flushHeaders();
  let sent = 0;
  for await (const chunk of request) {
    sent += chunk.length;
    if (fault.resetRequestAfter !== undefined && sent > fault.resetRequestAfter) {
      onward.destroy();
      socket.resetAndDestroy();
      return;
    }
    if (!onward.write(chunk)) await drainedOrClosed(onward);
    if (onward.destroyed) return;
  }
  onward.end();
}

/**
 * The answer, to the client.
 *
 * @param {import("node:http").IncomingMessage} answer
 * @param {Pick<Exchange, "response" | "socket" | "fault">} exchange
 */
async function sendBack(answer, { response, socket, fault }) {
  response.writeHead(
    answer.statusCode ?? 502,
    fault.responseHeaders?.({ ...answer.headers }) ?? rawHeaders(answer.rawHeaders),
  );
  response.flushHeaders();
  const cut = fault.resetResponseAfter ?? fault.closeResponseAfter ?? Number.POSITIVE_INFINITY;
  let sent = 0;
  for await (const chunk of answer) {
    const rest = sent + chunk.length > cut ? chunk.subarray(0, cut - sent) : chunk;
    if (fault.bytesPerSecond !== undefined) await wait((rest.length / fault.bytesPerSecond) * 1000);
    const written = response.write(withCorruption(rest, sent, fault.corruptByteAt));
    sent += rest.length;
    if (rest.length < chunk.length) {
      await cutShort(answer, { response, socket, fault });
      return;
    }
    if (!written) await drainedOrClosed(response);
    if (response.destroyed) return;
  }
  response.end();
}

/**
 * @param {import("node:http").IncomingMessage} answer
 * @param {Pick<Exchange, "response" | "socket" | "fault">} exchange
 */
async function cutShort(answer, { response, socket, fault }) {
  answer.destroy();
  // A reset discards what the client's kernel has not handed over yet: what was promised has to leave first.
  while (socket.writableLength > 0) await Promise.race([once(response, "drain"), wait(1)]);
  if (fault.closeResponseAfter !== undefined) {
    socket.end();
    return;
  }
  await wait(RESET_GRACE_MS);
  socket.resetAndDestroy();
}

/** Leaves no listener, whichever comes first. @param {import("node:stream").Writable} stream */
async function drainedOrClosed(stream) {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race([once(stream, "drain", { signal }), once(stream, "close", { signal })]);
  } finally {
    settled.abort();
  }
}

/** Time for the client to read the bytes before a reset; without it a reset may overtake them. */
const RESET_GRACE_MS = 20;

/**
 * @param {Buffer} chunk
 * @param {number} offset of the chunk in the body
 * @param {number | undefined} at
 */
function withCorruption(chunk, offset, at) {
  if (at === undefined || at < offset || at >= offset + chunk.length) return chunk;
  const copy = Buffer.from(chunk);
  copy[at - offset] = (copy[at - offset] ?? 0) ^ 0xff;
  return copy;
}

/**
 * Headers as they came, repeated names included (Node joins or drops them in `headers`).
 *
 * @param {string[]} raw
 * @returns {Record<string, string | string[]>}
 */
function rawHeaders(raw) {
  /** @type {Record<string, string | string[]>} */
  const headers = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
