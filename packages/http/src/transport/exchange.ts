import { HTTP_COLLECT_MAX, StoreError } from "@stowage/core";
import { BodyCollector, tooLarge } from "./collector.js";
import { networkError } from "./network-error.js";
import type { HttpRequest } from "./request.js";
import type { HttpResponse, ResponseHeaders } from "./response.js";
import { ResponseBody } from "./response-body.js";

const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** The connection that an exchange runs on. */
export interface ExchangeOwner {
  /** The exchange wants no more: the connection is closed, also while it is being opened. */
  abandon(): void;
  /** The consumer of a stream has room again. */
  resume(): void;
}

/**
 * One request and its answer, whatever carries them: the answer's body goes where the request wants it. A connection calls
 * `head`, then `data`, `given` or `filled`, then `end`; or `fail` at any time.
 */
export class Exchange {
  readonly request: HttpRequest;
  /** Nobody waits for the outcome any more: it has been told, or the exchange was aborted. */
  settled = false;
  /** The final head has arrived. */
  answered = false;
  #owner: ExchangeOwner | undefined;
  #resolve: (response: HttpResponse) => void = ignore;
  #reject: (reason: unknown) => void = ignore;
  #status = 0;
  #headers: ResponseHeaders = {};
  /** Where the bytes go, when their number is bounded: the caller's memory or fresh one. */
  #memory: Uint8Array = NOTHING;
  #fresh: Uint8Array<ArrayBuffer> | undefined;
  #collector: BodyCollector | undefined;
  #body: ResponseBody | undefined;
  #received = 0;

  constructor(request: HttpRequest) {
    this.request = request;
  }

  /** The answer; rejects with a StoreError, or with the signal's reason. */
  start(): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.request.signal?.addEventListener("abort", this);
    });
  }

  /** Called for each connection the exchange is tried on. */
  runOn(owner: ExchangeOwner): void {
    this.#owner = owner;
  }

  /** The signal fired. */
  handleEvent(): void {
    this.cancel(this.request.signal?.reason);
  }

  /** Ends the exchange with `reason` itself and frees its connection. */
  cancel(reason: unknown): void {
    const owner = this.#owner;
    this.#settle();
    // First, so that nothing is written to the caller's memory once the outcome is known.
    owner?.abandon();
    this.#reject(reason);
    this.#body?.fail(reason);
  }

  /** The final head; `length` is that of the body, when it is known. Throws what `receive` throws. */
  head(status: number, headers: ResponseHeaders, length: number | undefined): void {
    this.answered = true;
    this.#status = status;
    this.#headers = headers;
    const plan = this.request.receive({ status, headers });
    if (plan === "stream") this.#startStream();
    else if (plan !== "collect") this.#memory = plan;
    else {
      const max = this.request.collectMax ?? HTTP_COLLECT_MAX;
      if (length === undefined) this.#collector = new BodyCollector(max);
      else if (length > max) throw tooLarge(max);
      else if (length > 0) this.#memory = this.#fresh = new Uint8Array(length);
    }
  }

  /** Memory that the next bytes of the body may be put into directly, or `undefined`: then they come by `data`. */
  room(): Uint8Array | undefined {
    const memory = this.#memory;
    return this.#received < memory.byteLength ? memory.subarray(this.#received) : undefined;
  }

  /** Is the body handed over as a stream? */
  get streams(): boolean {
    return this.#body !== undefined;
  }

  /** So many bytes have been put into what `room` gave. */
  filled(count: number): void {
    this.#received += count;
  }

  /** The next bytes of the body, in memory that is the connection's. False: it must pause until it is told to resume. */
  data(chunk: Uint8Array): boolean {
    return this.given(this.#body === undefined ? chunk : new Uint8Array(chunk));
  }

  /** The same, in memory that the connection does not use again. */
  given(chunk: Uint8Array): boolean {
    const received = this.#received;
    this.#received += chunk.byteLength;
    if (this.#body !== undefined) return this.#body.push(chunk);
    if (this.#collector !== undefined) {
      this.#collector.push(chunk);
      return true;
    }
    if (this.#received > this.#memory.byteLength) throw tooLong(this.#memory.byteLength);
    this.#memory.set(chunk, received);
    return true;
  }

  /** The answer has arrived whole. */
  end(): void {
    if (this.settled) return;
    this.#settle();
    if (this.#body === undefined) this.#resolve(this.#response(this.#bytes()));
    else this.#body.finish();
  }

  /** The answer will not arrive, or not whole. `sent`: something of the request has left. */
  fail(error: unknown, sent: boolean): void {
    if (this.settled) return;
    this.#settle();
    const failure = networkError(error, this.request, sent);
    if (this.#body === undefined) this.#reject(failure);
    else this.#body.fail(failure);
  }

  #startStream(): void {
    this.#body = new ResponseBody({
      resume: () => this.#owner?.resume(),
      cancel: () => {
        const owner = this.#owner;
        this.#settle();
        owner?.abandon();
      },
    });
    this.#resolve(this.#response(NOTHING));
  }

  #bytes(): Uint8Array<ArrayBuffer> {
    if (this.#collector !== undefined) return this.#collector.take();
    if (this.#fresh === undefined) return NOTHING;
    return this.#received === this.#fresh.byteLength ? this.#fresh : this.#fresh.slice(0, this.#received);
  }

  #response(bytes: Uint8Array<ArrayBuffer>): HttpResponse {
    const body = this.#body;
    const received = body === undefined ? this.#received : 0;
    return { status: this.#status, headers: this.#headers, bytes, received, body };
  }

  #settle(): void {
    if (this.settled) return;
    this.settled = true;
    this.#owner = undefined;
    this.request.signal?.removeEventListener("abort", this);
  }
}

function tooLong(limit: number): StoreError {
  return new StoreError({
    code: "Internal",
    message: `The service sent more than the ${limit} bytes that were asked for.`,
    retryable: false,
  });
}

function ignore(): void {}
