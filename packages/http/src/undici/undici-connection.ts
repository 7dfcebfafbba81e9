import { HTTP_HEAD_BYTES_MAX, HTTP_KEEP_ALIVE_MS } from "@stowage/core";
import type { Socket } from "node:net";
import { Client, ProxyAgent } from "undici";
import type { Dispatcher } from "undici";
import { tlsSettings } from "../transport/connector.js";
import type { Connector, TlsOptions } from "../transport/connector.js";
import type { Exchange, ExchangeOwner } from "../transport/exchange.js";
import { isConnectionLoss } from "../transport/network-error.js";
import type { OriginPool, PooledConnection } from "../transport/origin-pool.js";
import { isRepeatable } from "../transport/request.js";
import { integerHeader } from "../transport/response.js";
import type { ResponseHeaders } from "../transport/response.js";
import { outgoingBody } from "./outgoing-body.js";

/** How an origin is reached. */
export interface Route {
  readonly connector: Connector;
  readonly tls: TlsOptions;
  /** Proxy URL, with credentials if it wants any. */
  readonly proxy: string | undefined;
}

/** One connection: an undici client that never pipelines. */
export class UndiciConnection implements PooledConnection, ExchangeOwner {
  readonly #pool: OriginPool;
  readonly #origin: string;
  readonly #client: Dispatcher;
  #connecting: Socket | undefined;
  #current: Exchange | undefined;
  #controller: Dispatcher.DispatchController | undefined;
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

  run(exchange: Exchange): void {
    const { request } = exchange;
    const idle = request.timeouts.idle ?? 0;
    const { body, length } = outgoingBody(request);
    const headers =
      length === undefined ? [...request.headers] : [...request.headers, "content-length", String(length)];
    this.#current = exchange;
    this.#controller = undefined;
    exchange.runOn(this);
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
      this.#handler(exchange, this.#answered > 0 && isRepeatable(request)),
    );
  }

  abandon(): void {
    this.#current = undefined;
    this.#pool.drop(this);
    const stop = new Error("aborted");
    if (this.#controller === undefined) this.#connecting?.destroy(stop);
    else this.#controller.abort(stop);
    void this.#client.destroy();
  }

  resume(): void {
    this.#controller?.resume();
  }

  async close(reason: unknown): Promise<void> {
    this.#current?.cancel(reason);
    this.#connecting?.destroy();
    await this.#client.destroy();
  }

  /** `retries`: a close before the answer is worth one more try on a fresh connection. */
  #handler(exchange: Exchange, retries: boolean): Dispatcher.DispatchHandler {
    return {
      onRequestStart: (controller) => {
        this.#controller = controller;
        if (exchange.settled) controller.abort(new Error("aborted"));
      },
      onResponseStart: (_, status, headers: ResponseHeaders) => {
        if (status < 200) return;
        const length = exchange.request.method === "HEAD" ? undefined : integerHeader(headers, "content-length");
        exchange.head(status, headers, length);
      },
      onResponseData: (controller, chunk) => {
        if (!exchange.given(chunk)) controller.pause();
      },
      onResponseEnd: () => {
        exchange.end();
        if (this.#current !== exchange) return;
        this.#answered += 1;
        this.#current = undefined;
        this.#pool.free(this);
      },
      onResponseError: (_, error) => {
        const sent = this.#controller !== undefined;
        this.#current = undefined;
        this.#pool.drop(this);
        void this.#client.destroy();
        if (!exchange.settled && !exchange.answered && retries && isConnectionLoss(error))
          this.#pool.runFresh(exchange);
        else exchange.fail(error, sent);
      },
    };
  }

  #direct(connector: Connector): Dispatcher {
    return new Client(this.#origin, {
      ...CLIENT_OPTIONS,
      connect: (_, callback) => {
        this.#connecting = connector.open({ limitMs: this.#current?.request.timeouts.connect }, (error, socket) => {
          this.#connecting = undefined;
          if (error === undefined) callback(null, socket);
          else callback(error, null);
        });
      },
    });
  }

  #proxied(proxy: string, tls: TlsOptions): Dispatcher {
    return new ProxyAgent({ ...CLIENT_OPTIONS, uri: proxy, connections: 1, requestTls: tlsSettings(tls) });
  }
}

const CLIENT_OPTIONS = {
  pipelining: 1,
  keepAliveTimeout: HTTP_KEEP_ALIVE_MS,
  maxHeaderSize: HTTP_HEAD_BYTES_MAX,
} as const;
