import { once } from "node:events";
import { Agent, createServer } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { answerWithFault } from "./forward.mjs";

/**
 * What goes wrong with one request. Without any of the effects a fault only counts requests.
 *
 * @typedef {object} Fault
 * @property {(request: import("node:http").IncomingMessage, count: number) => boolean} [when] default: every request;
 *   `count` starts at 1 for the proxy's first request
 * @property {number} [times] how many requests it hits; default: all
 * @property {number} [delayMs] before anything else
 * @property {boolean} [silent] never answers, and never reads the body
 * @property {"reset" | "close"} [before] ends the connection (RST or FIN) before the server sees the request
 * @property {{ status: number, headers?: Record<string, string>, body?: string }} [answer] instead of the server's; the
 *   request's body is read first
 * @property {boolean} [loseAnswer] the server does the work; the client gets a reset instead of the answer
 * @property {number} [resetRequestAfter] bytes of the request's body that reach the server before a reset
 * @property {number} [resetResponseAfter] bytes of the answer's body that reach the client before a reset
 * @property {number} [closeResponseAfter] the same, with an orderly FIN: the body is shorter than announced
 * @property {number} [corruptByteAt] this byte of the answer's body is inverted
 * @property {number} [bytesPerSecond] of the answer's body
 * @property {(headers: import("node:http").OutgoingHttpHeaders) => import("node:http").OutgoingHttpHeaders} [requestHeaders]
 *   what the server gets instead
 * @property {(headers: import("node:http").IncomingHttpHeaders) => import("node:http").OutgoingHttpHeaders} [responseHeaders]
 *   what the client gets instead
 */

/**
 * @typedef {FaultProxyParts & AsyncDisposable} FaultProxy
 *
 * @typedef {object} FaultProxyParts
 * @property {string} endpoint the target's URL with the proxy's host and port; signatures made for it verify, because the
 *   Host header is passed on
 * @property {(fault: Fault) => void} inject the first injected fault that matches a request is the one it meets
 * @property {() => void} clear forgets the faults and the recorded requests
 * @property {{ method: string, url: string, headers: import("node:http").IncomingHttpHeaders, faulty: boolean }[]} requests
 *   all since the start or the last `clear`
 * @property {() => number} openSockets client connections open now: 0 proves that an abort left none
 * @property {() => Promise<void>} stop
 */

/**
 * Starts an HTTP proxy in this process that makes things go wrong on the way to `target`.
 *
 * @param {{ target: string, port?: number }} options
 * @returns {Promise<FaultProxy>}
 */
export async function startFaultProxy({ target, port = 0 }) {
  const upstream = new URL(target);
  if (upstream.protocol !== "http:") throw new TypeError(`startFaultProxy: ${target} is not an http: URL`);
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  /** @type {Fault[]} */
  const faults = [];
  /** @type {FaultProxy["requests"]} */
  const requests = [];
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  let count = 0;

  /** @param {import("node:http").IncomingMessage} request */
  const faultFor = (request) => {
    const fault = faults.find((one) => one.times !== 0 && (one.when?.(request, count) ?? true));
    if (fault?.times !== undefined) fault.times -= 1;
    return fault;
  };
  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   * @param {boolean} expectsContinue
   */
  const handle = (request, response, expectsContinue) => {
    const { method = "GET", url = "/", headers, socket } = request;
    // A request that its client has given up already meets no fault: it may be a straggler of an earlier case, and would use up
    // what is meant for the next. Two turns: the end of a connection is read in the turn after the last bytes on it.
    void twoTurns().then(() => {
      if (request.destroyed || socket.destroyed || socket.readableEnded) return void socket.destroy();
      count += 1;
      const fault = faultFor(request);
      requests.push({ method, url, headers, faulty: fault !== undefined });
      void answerWithFault({ request, response, socket, upstream, agent, fault: fault ?? {}, expectsContinue });
    });
  };

  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 });
  server.on("request", (request, response) => handle(request, response, false));
  server.on("checkContinue", (request, response) => handle(request, response, true));
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");

  const endpoint = new URL(upstream);
  endpoint.host = `127.0.0.1:${address.port}`;
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    agent.destroy();
    await closed;
  };
  return {
    endpoint: endpoint.href.replace(/\/$/, ""),
    inject: (fault) => void faults.push({ ...fault }),
    clear: () => {
      faults.length = 0;
      requests.length = 0;
    },
    requests,
    openSockets: () => sockets.size,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function twoTurns() {
  await nextTurn();
  await nextTurn();
}
