import {
  HTTP_CLOCK_MS,
  HTTP_KEEP_ALIVE_MARGIN_MS,
  HTTP_KEEP_ALIVE_MS,
  HTTP_SOCKET_READ,
  HTTP_WRITE_SLICE,
} from "@stowage/core";
import type { Socket } from "node:net";
import type { Connector } from "../transport/connector.js";
import type { Exchange, ExchangeOwner } from "../transport/exchange.js";
import { isConnectionLoss } from "../transport/network-error.js";
import type { OriginPool, PooledConnection } from "../transport/origin-pool.js";
import { isRepeatable } from "../transport/request.js";
import type { HttpRequest } from "../transport/request.js";
import { AnswerReader } from "./answer-reader.js";
import { BodyWriter } from "./body-writer.js";
import { ClosedConnection, IdleTimeout } from "./broken-answer.js";
import { ticksOf } from "./clock.js";
import type { Clock, Ticking } from "./clock.js";
import { requestHead } from "./request-head.js";
import type { Turn, Turning } from "./turn.js";

/** What the connections of one origin share. */
export interface SocketRoute {
  readonly connector: Connector;
  /** Value of the `host` header. */
  readonly host: string;
  readonly clock: Clock;
  readonly turn: Turn;
  /**
   * What arrives is received into it unless it can go to its destination at once. Shared by all connections: whatever is in it has
   * been taken before anything else can be received.
   */
  readonly inbox: Buffer;
}

/**
 * One socket that speaks HTTP/1.1: heads are strings, bodies are received by the kernel's hand into the memory they are meant for.
 * It belongs to one socket for good; once that is gone the pool makes another.
 */
export class SocketConnection implements PooledConnection, ExchangeOwner, Ticking, Turning {
  readonly #pool: OriginPool;
  readonly #route: SocketRoute;
  readonly #answer = new AnswerReader();
  #socket: Socket | undefined;
  #connected = false;
  #gone = false;
  #referenced = true;
  #current: Exchange | undefined;
  /** Of the current exchange, until it is sent. */
  #head: string | undefined;
  #writer: BodyWriter | undefined;
  /** Where the next bytes are received. */
  #destination: Uint8Array | undefined;
  /** That memory belongs to the stream's consumer, not to the exchange. */
  #streamed = false;
  #paused = false;
  /** Exchanges that this socket has served: above zero, a sudden close may be a keep-alive that ran out. */
  #served = 0;
  /** The tick at which something last moved, or the exchange ended. */
  #activeAt = 0;
  #keepAliveTicks = 0;

  constructor(pool: OriginPool, route: SocketRoute) {
    this.#pool = pool;
    this.#route = route;
  }

  run(exchange: Exchange): void {
    this.#current = exchange;
    exchange.runOn(this);
    const { request } = exchange;
    try {
      this.#head = requestHead(request, this.#route.host, contentLength(request));
    } catch (error) {
      this.#current = undefined;
      exchange.fail(error, false);
      this.#pool.free(this);
      return;
    }
    if (this.#socket === undefined) this.#connect(exchange);
    else this.#begin(this.#socket, exchange);
  }

  abandon(): void {
    this.#current = undefined;
    this.#leave();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#answer.full = false;
    this.#activeAt = this.#route.clock.now;
    this.#socket?.resume();
  }

  async close(reason: unknown): Promise<void> {
    this.#current?.cancel(reason);
    this.#leave();
  }

  tick(now: number): void {
    const passed = now - this.#activeAt;
    const exchange = this.#current;
    if (exchange === undefined) {
      if (passed >= this.#keepAliveTicks) this.#leave();
      return;
    }
    const { idle } = exchange.request.timeouts;
    if (!this.#connected || idle === undefined || this.#paused || this.#writer?.waitsForSource === true) return;
    if (passed >= ticksOf(idle)) this.#fail(new IdleTimeout(exchange.answered, idle));
  }

  release(): void {
    if (this.#current !== undefined || !this.#referenced || this.#gone) return;
    this.#referenced = false;
    this.#socket?.unref();
  }

  #connect(exchange: Exchange): void {
    const { connector, clock, inbox } = this.#route;
    clock.add(this);
    const onread = {
      buffer: (): Uint8Array => this.#destination ?? inbox,
      callback: (count: number): boolean => this.#received(count),
    };
    const socket = connector.open({ limitMs: exchange.request.timeouts.connect, onread }, (error) => {
      if (this.#gone) return;
      if (error !== undefined) {
        this.#fail(error);
        return;
      }
      this.#connected = true;
      this.#begin(socket, exchange);
    });
    this.#socket = socket;
    socket.on("error", (error) => this.#fail(error));
    socket.once("end", () => this.#closed());
    socket.once("close", () => this.#closed());
  }

  #begin(socket: Socket, exchange: Exchange): void {
    this.#activeAt = this.#route.clock.now;
    if (!this.#referenced) {
      this.#referenced = true;
      socket.ref();
    }
    this.#answer.expect(exchange.request.method, exchange);
    this.#route.turn.send(this);
  }

  flush(): void {
    const [socket, exchange, head] = [this.#socket, this.#current, this.#head];
    if (this.#gone || socket === undefined || exchange === undefined || head === undefined) return;
    this.#head = undefined;
    const { request } = exchange;
    const { body } = request;
    if (body === undefined || (body instanceof Uint8Array && body.byteLength === 0)) {
      socket.write(head, "latin1");
      return;
    }
    socket.cork();
    socket.write(head, "latin1");
    if (body instanceof Uint8Array && body.byteLength <= HTTP_WRITE_SLICE) {
      socket.write(body);
      request.onSent?.(body.byteLength);
    } else {
      this.#writer = this.#bodyWriter(socket, exchange);
      if (body instanceof Uint8Array) this.#writer.writeBytes(body);
      else this.#writer.writeStream(body);
    }
    socket.uncork();
  }

  #bodyWriter(socket: Socket, exchange: Exchange): BodyWriter {
    const writer = new BodyWriter(socket, exchange.request.onSent, {
      progress: () => {
        this.#activeAt = this.#route.clock.now;
      },
      finished: () => {
        if (this.#writer === writer) this.#writer = undefined;
      },
      failed: (error) => this.#fail(error),
    });
    return writer;
  }

  /** `count` bytes are in the memory that was named last. False never: pausing is done by the socket's own means. */
  #received(count: number): boolean {
    try {
      this.#activeAt = this.#route.clock.now;
      this.#take(count);
    } catch (error) {
      this.#fail(error);
    }
    return true;
  }

  #take(count: number): void {
    const exchange = this.#current;
    const answer = this.#answer;
    if (exchange === undefined || this.#gone) {
      // Nothing was asked: a server that says it closes for lack of requests, or one that is not to be trusted.
      this.#leave();
      return;
    }
    if (this.#head !== undefined) throw new ClosedConnection("the server said something before it was asked");
    const destination = this.#destination;
    if (destination === undefined) answer.feed(this.#route.inbox, count);
    else {
      answer.skip(count);
      if (this.#streamed) {
        if (!exchange.given(count === destination.byteLength ? destination : destination.subarray(0, count)))
          answer.full = true;
      } else exchange.filled(count);
    }
    if (this.#gone) return;
    this.#destination = undefined;
    if (answer.done) this.#complete(exchange);
    else {
      if (answer.bodyLeft > 0) this.#aim(exchange, answer.bodyLeft);
      if (answer.full) this.#pause();
    }
  }

  /** Has the rest of the body received where it is wanted. */
  #aim(exchange: Exchange, left: number): void {
    const room = exchange.room();
    this.#streamed = room === undefined && exchange.streams;
    if (room !== undefined) this.#destination = room.byteLength > left ? room.subarray(0, left) : room;
    else if (this.#streamed) this.#destination = new Uint8Array(Math.min(left, HTTP_SOCKET_READ));
  }

  #pause(): void {
    this.#paused = true;
    this.#socket?.pause();
  }

  /** The answer is there whole. */
  #complete(exchange: Exchange): void {
    const { keepAlive, keepAliveMs } = this.#answer;
    const lasts = Math.min(HTTP_KEEP_ALIVE_MS, (keepAliveMs ?? Infinity) - HTTP_KEEP_ALIVE_MARGIN_MS);
    this.#current = undefined;
    exchange.end();
    // An answer that came before the body was sent leaves nothing to agree on.
    if (!keepAlive || lasts <= 0 || this.#writer !== undefined) {
      this.#leave();
      return;
    }
    this.#served += 1;
    this.#keepAliveTicks = Math.ceil(lasts / HTTP_CLOCK_MS);
    this.#route.turn.free(this);
    this.#pool.free(this);
  }

  /** The other side has ended the connection. */
  #closed(): void {
    if (this.#gone) return;
    const exchange = this.#current;
    if (exchange === undefined || !this.#connected) {
      this.#leave();
      return;
    }
    try {
      this.#answer.close();
      this.#complete(exchange);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#gone) return;
    const exchange = this.#current;
    this.#current = undefined;
    const stale = this.#served > 0 && !this.#answer.begun;
    const unsent = this.#head !== undefined;
    this.#leave();
    if (exchange === undefined) return;
    if (stale && isConnectionLoss(error) && (unsent || isRepeatable(exchange.request))) this.#pool.runFresh(exchange);
    else exchange.fail(error, this.#connected && !unsent);
  }

  /** The socket is given up, if it is not gone already. */
  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#writer?.stop();
    this.#route.clock.remove(this);
    this.#socket?.destroy();
    this.#pool.drop(this);
  }
}

/** PUT and POST always say how long they are. */
function contentLength({ method, body }: HttpRequest): number | undefined {
  if (body instanceof Uint8Array) return body.byteLength;
  if (body !== undefined) return body.length;
  return method === "PUT" || method === "POST" ? 0 : undefined;
}
