import { HTTP_CONNECTIONS_DEFAULT, HTTP_SOCKET_READ, StoreError } from "@stowage/core";
import { Clock } from "./sockets/clock.js";
import { SocketConnection } from "./sockets/socket-connection.js";
import { Turn } from "./sockets/turn.js";
import { Connector } from "./transport/connector.js";
import type { TlsOptions } from "./transport/connector.js";
import { Exchange } from "./transport/exchange.js";
import { OriginPool } from "./transport/origin-pool.js";
import { proxyFor } from "./transport/proxy.js";
import type { HttpRequest } from "./transport/request.js";
import type { HttpResponse } from "./transport/response.js";
import type { HttpTransport } from "./transport/transport.js";
import type { UndiciConnection } from "./undici/undici-connection.js";

export interface TransportOptions {
  /** Connections of one origin at most. Default HTTP_CONNECTIONS_DEFAULT. */
  readonly connections?: number | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Proxy URL, or `""` for none. Default: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment. */
  readonly proxy?: string | undefined;
  /** What speaks HTTP/1.1: Stowage's own client on Node's sockets, or undici's, which always does through a proxy. Default `"sockets"`. */
  readonly engine?: HttpEngine | undefined;
}

export type HttpEngine = "sockets" | "undici";

/** The data path. Idle connections do not keep the process alive. */
export function createTransport(options: TransportOptions = {}): HttpTransport {
  const { connections = HTTP_CONNECTIONS_DEFAULT, engine = "sockets" } = options;
  if (!Number.isSafeInteger(connections) || connections < 1)
    throw invalid("connections", "a positive integer", connections);
  if (engine !== "sockets" && engine !== "undici") throw invalid("engine", '"sockets" or "undici"', engine);
  return new PooledTransport(connections, engine, options.tls ?? {}, options.proxy);
}

class PooledTransport implements HttpTransport {
  readonly #pools = new Map<string, OriginPool>();
  readonly #connections: number;
  readonly #engine: HttpEngine;
  readonly #tls: TlsOptions;
  readonly #proxy: string | undefined;
  readonly #clock = new Clock();
  readonly #turn = new Turn();
  #inbox: Buffer | undefined;
  #closed: StoreError | undefined;

  constructor(connections: number, engine: HttpEngine, tls: TlsOptions, proxy: string | undefined) {
    this.#connections = connections;
    this.#engine = engine;
    this.#tls = tls;
    this.#proxy = proxy;
  }

  // oxlint-disable-next-line typescript/promise-function-async -- one promise a request is what the hot path pays for
  send(request: HttpRequest): Promise<HttpResponse> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (request.signal?.aborted === true) return Promise.reject(request.signal.reason);
    const pool = this.#pools.get(request.origin) ?? this.#open(request.origin);
    if (pool === undefined) return this.#sendByUndici(request);
    const exchange = new Exchange(request);
    const answer = exchange.start();
    pool.run(exchange);
    return answer;
  }

  /** undici costs every program that loads it 100 ms and 3.5 MB of heap: it is loaded by the first request that goes through it. */
  async #sendByUndici(request: HttpRequest): Promise<HttpResponse> {
    const { UndiciConnection } = await import("./undici/undici-connection.js");
    const { origin } = request;
    if (this.#closed === undefined && !this.#pools.has(origin)) {
      const tls = this.#tls;
      const route = { connector: new Connector(origin, tls), tls, proxy: proxyFor(origin, this.#proxy) };
      const make = (pool: OriginPool): UndiciConnection => new UndiciConnection(pool, origin, route);
      this.#pools.set(origin, new OriginPool(this.#connections, make));
    }
    return this.send(request);
  }

  async close(): Promise<void> {
    this.#closed ??= new StoreError({ code: "Closed", message: "The store has been closed.", retryable: false });
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.close(this.#closed)));
  }

  /** `undefined`: such requests go through undici, which has to be loaded. */
  #open(origin: string): OriginPool | undefined {
    if (this.#engine === "undici" || proxyFor(origin, this.#proxy) !== undefined) return undefined;
    const inbox = (this.#inbox ??= Buffer.allocUnsafeSlow(HTTP_SOCKET_READ));
    const route = {
      connector: new Connector(origin, this.#tls),
      host: new URL(origin).host,
      clock: this.#clock,
      turn: this.#turn,
      inbox,
    };
    const opened = new OriginPool(this.#connections, (pool) => new SocketConnection(pool, route));
    this.#pools.set(origin, opened);
    return opened;
  }
}

function invalid(name: string, wanted: string, got: unknown): StoreError {
  return new StoreError({ code: "InvalidArgument", message: `${name} must be ${wanted}, not ${String(got)}.` });
}
