import { HTTP_HEAD_BYTES_MAX, HTTP_KEEP_ALIVE_MS } from "@stowage/core";
import type { Socket } from "node:net";
import { Client, ProxyAgent } from "undici";
import type { Dispatcher } from "undici";
import { isConnectionLoss } from "../transport/network-error.js";
import { tlsSettings } from "./connect.js";
import type { Connector, TlsOptions } from "./connect.js";
import type { Exchange, ExchangeOwner } from "./exchange.js";
import { outgoingBody } from "./outgoing-body.js";

/** How an origin is reached. */
export interface Route {
  readonly connector: Connector;
  readonly tls: TlsOptions;
  /** Proxy URL, with credentials if it wants any. */
  readonly proxy: string | undefined;
}

/** The connections of one origin: at most `max`, the most recently used first, further requests wait in line. */
export class OriginPool {
  readonly #origin: string;
  readonly #route: Route;
  readonly #max: number;
  readonly #connections = new Set<Connection>();
  readonly #idle: Connection[] = [];
  #waiting: Exchange[] = [];
  #nextWaiting = 0;

  constructor(origin: string, route: Route, max: number) {
    this.#origin = origin;
    this.#route = route;
    this.#max = max;
  }

  run(exchange: Exchange): void {
    const connection = this.#idle.pop() ?? this.#open();
    if (connection === undefined) this.#waiting.push(exchange);
    else connection.run(exchange);
  }

  /** One more try, on a connection that has served nothing yet. The failed one has just left, so there is room. */
  runFresh(exchange: Exchange): void {
    const connection = this.#open();
    if (connection === undefined) this.run(exchange);
    else connection.run(exchange);
  }

  free(connection: Connection): void {
    const next = this.#takeWaiting();
    if (next === undefined) this.#idle.push(connection);
    else connection.run(next);
  }

  drop(connection: Connection): void {
    this.#connections.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    queueMicrotask(() => {
      if (this.#nextWaiting >= this.#waiting.length) return;
      const replacement = this.#open();
      if (replacement === undefined) return;
      const next = this.#takeWaiting();
      if (next === undefined) this.#idle.push(replacement);
      else replacement.run(next);
    });
  }

  async close(reason: unknown): Promise<void> {
    const waiting = this.#waiting.slice(this.#nextWaiting);
    this.#waiting = [];
    this.#nextWaiting = 0;
    for (const exchange of waiting) if (!exchange.settled) exchange.cancel(reason);
    await Promise.all([...this.#connections].map((connection) => connection.close(reason)));
  }

  #open(): Connection | undefined {
    if (this.#connections.size >= this.#max) return undefined;
    const connection = new Connection(this, this.#origin, this.#route);
    this.#connections.add(connection);
    return connection;
  }

  #takeWaiting(): Exchange | undefined {
    while (this.#nextWaiting < this.#waiting.length) {
      const next = this.#waiting[this.#nextWaiting++];
      if (this.#nextWaiting === this.#waiting.length) {
        this.#waiting.length = 0;
        this.#nextWaiting = 0;
      }
      if (next !== undefined && !next.settled) return next;
    }
    return undefined;
  }
}

/** One connection: an undici client that never pipelines, so that one request's fate is never another's. */
class Connection implements ExchangeOwner {
  readonly #pool: OriginPool;
  readonly #origin: string;
  readonly #client: Dispatcher;
  #connecting: Socket | undefined;
  #current: Exchange | undefined;
  /** Requests that this socket has answered: above zero, a sudden close may be a keep-alive that ran out. */
  #answered = 0;

  constructor(pool: OriginPool, origin: string, route: Route) {
    this.#pool = pool;
    this.#origin = origin;
    this.#client = route.proxy === undefined ? this.#direct(route.connector) : this.#proxied(route.proxy, route.tls);
    this.#client.on("disconnect", () => {
      this.#answered = 0;
    });
  }

  #direct(connector: Connector): Dispatcher {
    return new Client(this.#origin, {
      ...CLIENT_OPTIONS,
      connect: (options, callback) => {
        const limitMs = this.#current?.request.timeouts.connect;
        this.#connecting = connector.open(options, limitMs, (...outcome) => {
          this.#connecting = undefined;
          callback(...outcome);
        });
      },
    });
  }

  #proxied(proxy: string, tls: TlsOptions): Dispatcher {
    return new ProxyAgent({ ...CLIENT_OPTIONS, uri: proxy, connections: 1, requestTls: tlsSettings(tls) });
  }

  run(exchange: Exchange): void {
    const { request } = exchange;
    const reused = this.#answered > 0;
    const repeatable = request.replayable && (request.body === undefined || request.body instanceof Uint8Array);
    this.#current = exchange;
    exchange.runOn(this, (error) => {
      if (!reused || !repeatable || !isConnectionLoss(error)) return false;
      this.#pool.runFresh(exchange);
      return true;
    });
    const idle = request.timeouts.idle ?? 0;
    const { body, length } = outgoingBody(request);
    const headers =
      length === undefined ? [...request.headers] : [...request.headers, "content-length", String(length)];
    this.#client.dispatch(
      {
        origin: this.#origin,
        method: request.method,
        path: request.target,
        headers,
        body,
        headersTimeout: idle,
        bodyTimeout: idle,
        // undici closes the connection after each HEAD unless told not to.
        reset: false,
      },
      exchange,
    );
  }

  completed(): void {
    this.#answered += 1;
    this.#current = undefined;
    this.#pool.free(this);
  }

  failed(): void {
    this.#current = undefined;
    this.#pool.drop(this);
    void this.#client.destroy();
  }

  abandon(reason: Error): void {
    this.#pool.drop(this);
    this.#connecting?.destroy(reason);
    void this.#client.destroy();
  }

  async close(reason: unknown): Promise<void> {
    this.#current?.cancel(reason);
    this.#connecting?.destroy();
    await this.#client.destroy();
  }
}

const CLIENT_OPTIONS = {
  pipelining: 1,
  keepAliveTimeout: HTTP_KEEP_ALIVE_MS,
  maxHeaderSize: HTTP_HEAD_BYTES_MAX,
} as const;
