import { HTTP_CONNECTIONS_DEFAULT, StoreError } from "@stowage/core";
import type { HttpRequest } from "../transport/request.js";
import type { HttpResponse } from "../transport/response.js";
import type { HttpTransport } from "../transport/transport.js";
import { Connector } from "./connect.js";
import type { TlsOptions } from "./connect.js";
import { Exchange } from "./exchange.js";
import { OriginPool } from "./origin-pool.js";
import { proxyFor } from "./proxy.js";

export interface TransportOptions {
  /** Connections of one origin at most. Default HTTP_CONNECTIONS_DEFAULT. */
  readonly connections?: number | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Proxy URL, or `""` for none. Default: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment. */
  readonly proxy?: string | undefined;
}

/** The data path over undici's HTTP/1.1 client. Idle connections do not keep the process alive. */
export function createTransport(options: TransportOptions = {}): HttpTransport {
  const connections = options.connections ?? HTTP_CONNECTIONS_DEFAULT;
  if (!Number.isSafeInteger(connections) || connections < 1)
    throw invalid("connections", "a positive integer", connections);
  return new UndiciTransport(connections, options.tls ?? {}, options.proxy);
}

class UndiciTransport implements HttpTransport {
  readonly #pools = new Map<string, OriginPool>();
  readonly #connections: number;
  readonly #tls: TlsOptions;
  readonly #proxy: string | undefined;
  #closed: StoreError | undefined;

  constructor(connections: number, tls: TlsOptions, proxy: string | undefined) {
    this.#connections = connections;
    this.#tls = tls;
    this.#proxy = proxy;
  }

  // oxlint-disable-next-line typescript/promise-function-async -- one promise a request is what the hot path pays for
  send(request: HttpRequest): Promise<HttpResponse> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (request.signal?.aborted === true) return Promise.reject(request.signal.reason);
    const exchange = new Exchange(request);
    const answer = exchange.start();
    this.#pool(request.origin).run(exchange);
    return answer;
  }

  async close(): Promise<void> {
    this.#closed ??= new StoreError({ code: "Closed", message: "The store has been closed.", retryable: false });
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.close(this.#closed)));
  }

  #pool(origin: string): OriginPool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      const route = { connector: new Connector(this.#tls), tls: this.#tls, proxy: proxyFor(origin, this.#proxy) };
      pool = new OriginPool(origin, route, this.#connections);
      this.#pools.set(origin, pool);
    }
    return pool;
  }
}

function invalid(name: string, wanted: string, got: unknown): StoreError {
  return new StoreError({ code: "InvalidArgument", message: `${name} must be ${wanted}, not ${String(got)}.` });
}
