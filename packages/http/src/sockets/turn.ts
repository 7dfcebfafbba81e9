/** A connection, as far as the event loop's turns go. */
export interface Turning {
  /** Writes what is ready to be sent. Does nothing when the connection has been given up meanwhile. */
  flush(): void;
  /** Idle since the turn began: the process may end. */
  release(): void;
}

/**
 * What the connections of a transport put off to the end of the event loop's turn.
 *
 * The first request of a turn is sent at once, those that follow go together at its end: a server that the first has woken takes
 * them in one go, instead of being woken for each. With 8 to 64 in flight this saves 5 to 10 % of CPU and of time.
 */
export class Turn {
  readonly #sending: Turning[] = [];
  readonly #freed: Turning[] = [];
  #sent = false;
  #ending = false;

  /** Calls `flush`, now or at the end of the turn. */
  send(connection: Turning): void {
    this.#endLater();
    if (this.#sent) {
      this.#sending.push(connection);
      return;
    }
    this.#sent = true;
    connection.flush();
  }

  /** Calls `release` at the end of the turn: most connections are busy again by then. */
  free(connection: Turning): void {
    this.#endLater();
    this.#freed.push(connection);
  }

  #endLater(): void {
    if (this.#ending) return;
    this.#ending = true;
    setImmediate(() => this.#end());
  }

  #end(): void {
    this.#ending = false;
    this.#sent = false;
    for (const connection of this.#sending.splice(0)) connection.flush();
    for (const connection of this.#freed.splice(0)) connection.release();
  }
}
