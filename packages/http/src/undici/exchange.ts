import { HTTP_COLLECT_MAX, StoreError } from "@stowage/core";
import type { Dispatcher } from "undici";
import { networkError } from "../transport/network-error.js";
import type { BodyPlan, HttpRequest } from "../transport/request.js";
import { integerHeader } from "../transport/response.js";
import type { HttpResponse, ResponseHeaders } from "../transport/response.js";
import { ResponseBody } from "../transport/response-body.js";
import { BodyCollector } from "./collector.js";

const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** What an exchange tells the connection it runs on. */
export interface ExchangeOwner {
  /** The connection is free again and sound. */
  completed(): void;
  /** The connection is gone. */
  failed(): void;
  /** Stop connecting on behalf of this exchange. */
  abandon(reason: unknown): void;
}

/** One request and its answer: an undici handler that carries the body to where the request wants it. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly request: HttpRequest;
  /** Set by the pool: the next owner in line is told when this exchange has been aborted while it waited. */
  settled = false;
  #owner: ExchangeOwner | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #resolve: (response: HttpResponse) => void = ignore;
  #reject: (reason: unknown) => void = ignore;
  #status = 0;
  #headers: ResponseHeaders = {};
  #plan: BodyPlan = "collect";
  #collector: BodyCollector | undefined;
  #body: ResponseBody | undefined;
  #received = 0;
  /** Decides whether an error before the answer is worth one more try on a fresh connection. */
  #retryStale: ((error: Error) => boolean) | undefined;

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
  runOn(owner: ExchangeOwner, retryStale: (error: Error) => boolean): void {
    this.#owner = owner;
    this.#controller = undefined;
    this.#retryStale = retryStale;
  }

  /** The signal fired. */
  handleEvent(): void {
    this.cancel(this.request.signal?.reason);
  }

  /** Ends the exchange with `reason` itself and frees its connection. */
  cancel(reason: unknown): void {
    this.#settle();
    this.#reject(reason);
    this.#body?.fail(reason);
    const stop = new Error("aborted");
    if (this.#controller === undefined) this.#owner?.abandon(stop);
    else this.#controller.abort(stop);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.settled) controller.abort(new Error("aborted"));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status < 200) return;
    this.#retryStale = undefined;
    this.#status = status;
    this.#headers = headers;
    this.#plan = this.request.receive({ status, headers });
    if (this.#plan === "stream") this.#startStream();
    else if (this.#plan === "collect") {
      const length = this.request.method === "HEAD" ? undefined : integerHeader(headers, "content-length");
      this.#collector = new BodyCollector(length, this.request.collectMax ?? HTTP_COLLECT_MAX);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#body !== undefined) {
      if (!this.#body.push(chunk)) controller.pause();
    } else if (this.#collector !== undefined) {
      this.#collector.push(chunk);
    } else if (this.#plan instanceof Uint8Array) {
      if (this.#received + chunk.byteLength > this.#plan.byteLength) throw tooLong(this.#plan.byteLength);
      this.#plan.set(chunk, this.#received);
    }
    this.#received += chunk.byteLength;
  }

  onResponseEnd(): void {
    const wasSettled = this.settled;
    this.#settle();
    if (!wasSettled) {
      if (this.#body === undefined) this.#resolve(this.#response(this.#collector?.take() ?? NOTHING, undefined));
      else this.#body.finish();
    }
    this.#owner?.completed();
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#owner?.failed();
    if (this.settled) return;
    if (this.#retryStale?.(error) === true) return;
    this.#settle();
    const failure = networkError(error, this.request, this.#controller !== undefined);
    if (this.#body === undefined) this.#reject(failure);
    else this.#body.fail(failure);
  }

  #startStream(): void {
    this.#body = new ResponseBody({
      resume: () => this.#controller?.resume(),
      cancel: () => {
        this.#settle();
        this.#controller?.abort(new Error("cancelled"));
      },
    });
    this.#resolve(this.#response(NOTHING, this.#body));
  }

  #response(bytes: Uint8Array<ArrayBuffer>, body: ResponseBody | undefined): HttpResponse {
    const received = body === undefined ? this.#received : 0;
    return { status: this.#status, headers: this.#headers, bytes, received, body };
  }

  #settle(): void {
    if (this.settled) return;
    this.settled = true;
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
