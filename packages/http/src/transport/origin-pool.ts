import type { Exchange } from "./exchange.js";

/** One connection of a pool: it carries one exchange at a time, so that one request's fate is never another's. */
export interface PooledConnection {
  run(exchange: Exchange): void;
  /** Ends what it carries with `reason`. */
  close(reason: unknown): Promise<void>;
}

/** The connections of one origin: at most `max`, the most recently used first, further requests wait in line. */
export class OriginPool {
  readonly #connect: (pool: OriginPool) => PooledConnection;
  readonly #max: number;
  readonly #connections = new Set<PooledConnection>();
  readonly #idle: PooledConnection[] = [];
  #waiting: Exchange[] = [];
  #nextWaiting = 0;

  constructor(max: number, connect: (pool: OriginPool) => PooledConnection) {
    this.#max = max;
    this.#connect = connect;
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

  /** The connection is free again and sound. */
  free(connection: PooledConnection): void {
    const next = this.#takeWaiting();
    if (next === undefined) this.#idle.push(connection);
    else connection.run(next);
  }

  /** The connection is gone. */
  drop(connection: PooledConnection): void {
    if (!this.#connections.delete(connection)) return;
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    if (this.#nextWaiting >= this.#waiting.length) return;
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

  #open(): PooledConnection | undefined {
    if (this.#connections.size >= this.#max) return undefined;
    const connection = this.#connect(this);
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
